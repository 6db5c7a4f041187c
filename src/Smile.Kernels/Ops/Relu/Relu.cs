using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Relu;

/// <summary>The rectifier by itself; batch normalisation has one of its own.</summary>
public interface IRelu
{
    /// <summary>y = max(x, 0); NaN stays NaN.</summary>
    /// <param name="x">float32, of any length and shape.</param>
    /// <param name="y">float32, as long, overwritten; it may be the same place as x.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a destination overlaps a source in part. Nothing is queued.</exception>
    void ReluForward(Place x, Place y);

    /// <summary>dx = dy where y &gt; 0, else 0.</summary>
    /// <param name="y">float32, the forward output, of any length and shape.</param>
    /// <param name="dy">float32, the gradient of y, as long.</param>
    /// <param name="dx">float32, as long; it may be the same place as dy, and shares no word with y.</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">The lengths differ, or dx overlaps y, or dy in part. Nothing is queued.</exception>
    void ReluBackward(Place y, Place dy, Place dx, Into into);
}

internal static class ReluOperands
{
    public static void Validate(Place x, Place y)
    {
        Check.Length(y, x.Length);
        if (x != y)
            Check.Apart(y, x);
    }

    public static void Validate(Place y, Place dy, Place dx)
    {
        Check.Length(dy, y.Length);
        Check.Length(dx, y.Length);
        Check.Apart(dx, y);
        if (dx != dy)
            Check.Apart(dx, dy);
    }
}
