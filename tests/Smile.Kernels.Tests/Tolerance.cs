namespace Smile.Kernels.Tests;

/// <summary>
/// How far a result may lie from the expected one: |difference| at most Absolute + Relative * |expected|.
/// docs/numerics.md gives the reason of each.
/// </summary>
internal readonly record struct Tolerance(double Absolute, double Relative)
{
    /// <summary>Half the distance from 1 to the next float32: the largest relative error of one rounding.</summary>
    public const double Unit = 1.0 / (1 << 24);

    /// <summary>Root mean square of <see cref="Golden.Seeded.Floats"/>, and of the product of two of them.</summary>
    public const double Operand = 0.577, Product = 1.0 / 3;

    /// <summary>
    /// A float32 sum of <paramref name="terms"/> terms of either sign with the root mean square <paramref name="magnitude"/>. Partial sums
    /// grow as sqrt(k), so the roundings of a plain loop add up to about Unit * magnitude * terms / sqrt(2); 8 leaves
    /// room for the worst of thousands of elements, and for a golden number that has such an error itself.
    /// </summary>
    public static Tolerance Sum(long terms, double magnitude) => new(8 * Unit * magnitude * terms, 8 * Unit);

    /// <summary>The same with errors <paramref name="factor"/> times as large.</summary>
    public Tolerance Times(double factor) => new(Absolute * factor, Relative * factor);

    /// <summary>
    /// A float32 sum of <paramref name="terms"/> positive terms: the roundings, each relative to the sum so far, go either way.
    /// </summary>
    public static Tolerance SumOfPositives(long terms) => new(8 * Unit, 8 * Unit * Math.Sqrt(terms));

    /// <summary>
    /// A few float32 operations on one element: <paramref name="roundings"/> of them, each within a unit of the largest value met.
    /// </summary>
    public static Tolerance Element(int roundings, double largest = 1) => new(roundings * Unit * largest, roundings * Unit);
}
