using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaxPool;

/// <summary>
/// Maximum over windows: x (Batch, Height, Width, Channels), y (Batch, OutHeight, OutWidth, Channels); padding never wins.
/// The first maximum in row order wins a tie, as in PyTorch; a NaN wins over numbers.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Height">Input rows.</param>
/// <param name="Width">Input columns.</param>
/// <param name="Channels">Channels, fastest.</param>
/// <param name="Kernel">Pixels of a window along each side.</param>
/// <param name="Stride">Step between windows, in input pixels.</param>
/// <param name="Pad">Pixels assumed on each border; at most half of Kernel.</param>
public readonly record struct PoolShape(int Batch, int Height, int Width, int Channels, int Kernel, int Stride, int Pad)
{
    /// <summary>Output rows.</summary>
    public int OutHeight => (Height + 2 * Pad - Kernel) / Stride + 1;

    /// <summary>Output columns.</summary>
    public int OutWidth => (Width + 2 * Pad - Kernel) / Stride + 1;

    /// <summary>Elements of x.</summary>
    public long InputCount => (long)Batch * Height * Width * Channels;

    /// <summary>Elements of y and of the index.</summary>
    public long OutputCount => (long)Batch * OutHeight * OutWidth * Channels;

    internal void Validate(Place input, Place index, Place output)
    {
        Check.AtLeast(Batch, 1);
        Check.AtLeast(Channels, 1);
        Check.AtLeast(Kernel, 1);
        Check.AtLeast(Stride, 1);
        Check.AtLeast(Pad, 0);
        Check.AtMost(2 * Pad, Kernel); // no window lies in padding alone
        Check.AtLeast(Height + 2 * Pad, Kernel);
        Check.AtLeast(Width + 2 * Pad, Kernel);
        Check.Length(input, Check.Count(InputCount, "x"));
        Check.Length(output, OutputCount);
        Check.Length(index, OutputCount);
        Check.Apart(output, input);
        Check.Apart(index, input);
        Check.Apart(index, output);
    }
}

/// <summary>The maximum over windows.</summary>
public interface IMaxPool
{
    /// <summary>y = maximum of each window; index = the winner's tap, row * Kernel + column.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">float32 (Batch, Height, Width, Channels).</param>
    /// <param name="index">uint32 (Batch, OutHeight, OutWidth, Channels), overwritten.</param>
    /// <param name="y">float32 (Batch, OutHeight, OutWidth, Channels), overwritten.</param>
    /// <exception cref="ArgumentException">No window fits or one lies in padding alone, a place has not the length that the shape asks for,
    /// or places overlap. Nothing is queued.</exception>
    void MaxPoolForward(in PoolShape shape, Place x, Place index, Place y);

    /// <summary>dx[input pixel] = sum of dy over the windows that it won.</summary>
    /// <param name="shape">The problem of the forward pass.</param>
    /// <param name="dy">float32 (Batch, OutHeight, OutWidth, Channels), the gradient of y.</param>
    /// <param name="index">uint32, the forward pass's.</param>
    /// <param name="dx">float32 (Batch, Height, Width, Channels).</param>
    /// <param name="into">Whether dx is overwritten or added to.</param>
    /// <exception cref="ArgumentException">As of <see cref="MaxPoolForward"/>. Nothing is queued.</exception>
    void MaxPoolBackward(in PoolShape shape, Place dy, Place index, Place dx, Into into);
}
