using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SumSquares;

/// <summary><see cref="ISumSquares"/> as plain loops with sums in double.</summary>
internal static class SumSquaresScalar
{
    public static void Compute(HostMemory memory, Place x, Place result)
    {
        SumSquaresOperands.Validate(x, result);
        double sum = 0;
        uint bad = 0;
        foreach (float value in memory.Floats(x))
        {
            if (float.IsFinite(value))
                sum += (double)value * value;
            else
                bad++;
        }

        memory.Floats(result)[0] = (float)sum;
        memory.Words(result)[1] = bad;
    }
}
