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

public interface ISumSquares
{
    /// <summary>result[0] (float32) = sum of the squares of the finite elements; result[1] (uint32) = number of elements that are NaN or infinite.</summary>
    void SumSquares(Place x, Place result);
}
