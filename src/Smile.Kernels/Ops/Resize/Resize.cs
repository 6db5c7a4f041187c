using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Resize;

/// <summary>
/// Bilinear resampling with half-pixel centres (align_corners false), borders clamped: output pixel o reads the input at
/// max(0, (o + 0.5) * In / Out - 0.5). x (Batch, Height, Width, Channels), y (Batch, OutHeight, OutWidth, Channels).
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="OutHeight">Output rows.</param>
/// <param name="OutWidth">Output columns.</param>
/// <param name="Channels">Channels, fastest.</param>
public readonly record struct ResizeShape(int Batch, int Height, int Width, int OutHeight, int OutWidth, int Channels)
{
    /// <summary>Elements of x.</summary>
    public long InputCount => (long)Batch * Height * Width * Channels;

    /// <summary>Elements of y.</summary>
    public long OutputCount => (long)Batch * OutHeight * OutWidth * Channels;

    internal void Validate(Place input, Place output)
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Height, 1);
        Check.AtLeast(Width, 1);
        Check.AtLeast(OutHeight, 1);
        Check.AtLeast(OutWidth, 1);
        Check.AtLeast(Channels, 1);
        Check.Length(input, Check.Count(InputCount, "x"));
        Check.Length(output, Check.Count(OutputCount, "y"));
        Check.Apart(output, input);
    }

    /// <summary>
    /// The two input positions that output position <paramref name="o"/> reads along one axis, and the weight of the second.
    /// </summary>
    internal static (int Low, int High, float Weight) Tap(int o, int inSize, int outSize)
    {
        float at = MathF.Max(0, (o + 0.5f) * ((float)inSize / outSize) - 0.5f);
        int low = Math.Min((int)at, inSize - 1);
        return (low, Math.Min(low + 1, inSize - 1), at - low);
    }
}

/// <summary>Bilinear resampling.</summary>
public interface IResize
{
    /// <summary>Resamples x to the size of y; see <see cref="ResizeShape"/>.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Batch, Height, Width, Channels).</param>
    /// <param name="y">float32 (Batch, OutHeight, OutWidth, Channels), overwritten.</param>
    /// <exception cref="ArgumentException">A place has not the length that the shape asks for, or the places overlap. Nothing is
    /// queued.</exception>
    void ResizeForward(in ResizeShape shape, Place x, Place y);

    /// <summary>The adjoint of <see cref="ResizeForward"/>, applied to dy.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Batch, OutHeight, OutWidth, Channels), the gradient of y.</param>
    /// <param name="dx">float32 (Batch, Height, Width, Channels).</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="ResizeForward"/>. Nothing is queued.</exception>
    void ResizeBackward(in ResizeShape shape, Place dy, Place dx, Into into);
}
