using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MovingAverage;

/// <summary>The meaning of <see cref="IMovingAverage"/>.</summary>
internal static class MovingAverageScalar
{
    public static void Compute(HostMemory memory, float share, Place value, Place average)
    {
        MovingAverageOperands.Validate(share, value, average);
        Span<float> values = memory.Floats(value), averages = memory.Floats(average);
        for (int i = 0; i < averages.Length; i++)
            averages[i] = (float)(averages[i] + share * ((double)values[i] - averages[i]));
    }
}
