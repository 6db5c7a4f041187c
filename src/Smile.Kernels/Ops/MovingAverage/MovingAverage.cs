using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MovingAverage;

internal static class MovingAverageOperands
{
    public static void Validate(float share, Place value, Place average)
    {
        if (!(share is >= 0 and <= 1))
            throw new ArgumentException($"share is {share}; it must lie in [0, 1].", nameof(share));
        Check.Length(average, value.Length);
        Check.Apart(average, value);
    }
}

public interface IMovingAverage
{
    /// <summary>average += share * (value - average), element by element. An average of 0 takes the value at share 1, to the bit.</summary>
    void MovingAverage(float share, Place value, Place average);
}
