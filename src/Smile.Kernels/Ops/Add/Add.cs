using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Add;

/// <summary>The sum of two tensors, element by element: where a residual joins, or the heads of an ASPP.</summary>
public interface IAdd
{
    /// <summary>y = a + b.</summary>
    /// <param name="a">float32, of any length and shape.</param>
    /// <param name="b">float32, as long as <paramref name="a"/>.</param>
    /// <param name="y">float32, as long, overwritten; it may be the same place as a or b.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a destination overlaps a source in part. Nothing is queued.</exception>
    void AddForward(Place a, Place b, Place y);

    /// <summary>dx = dy: the gradient of either summand.</summary>
    /// <param name="dy">float32, the gradient of y, of any length and shape.</param>
    /// <param name="dx">float32, as long; it shares no word with <paramref name="dy"/>.</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the places overlap. Nothing is queued.</exception>
    void AddBackward(Place dy, Place dx, Into into);
}

internal static class AddOperands
{
    public static void Validate(Place a, Place b, Place y)
    {
        Check.Length(b, a.Length);
        Check.Length(y, a.Length);
        if (y != a)
            Check.Apart(y, a);
        if (y != b)
            Check.Apart(y, b);
    }

    public static void Validate(Place dy, Place dx)
    {
        Check.Length(dx, dy.Length);
        Check.Apart(dx, dy);
    }
}
