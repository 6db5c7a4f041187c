using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SumSquares;

internal static class SumSquaresOperands
{
    public const int ResultWords = 2;

    public static void Validate(Place x, Place result)
    {
        Check.AtLeast(x.Length, 1);
        Check.Length(result, ResultWords);
        Check.Apart(result, x);
    }
}

/// <summary>The size of a gradient, and whether it is finite.</summary>
public interface ISumSquares
{
    /// <summary>The sum of the squares of the finite elements, and the number of those that are NaN or infinite.</summary>
    /// <param name="x">float32, of any length from 1 on.</param>
    /// <param name="result">(2), overwritten: the sum as float32, then the number as uint32.</param>
    /// <exception cref="ArgumentException">x is empty, result has not 2 words, or they overlap. Nothing is queued.</exception>
    void SumSquares(Place x, Place result);
}
