using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>
/// A convolution pass as a matrix product C = A B whose left side is gathered from the source while it is loaded (implicit GEMM). The
/// pixels are those of the pass's own grid, (Rows, Columns); pixel (p, q) and tap (r, s) meet the source at ((p * Scale + Shift + r *
/// TapStep) / Divisor, ...) where that division leaves no rest.
/// <para>
/// Forward: C = y (Pixels, Channels) = A (Pixels, Depth) B (Depth, Channels), A gathered from x, B the weights. Input gradient: C = dx of
/// the input's pixels, A gathered from dy, B the weights, transposed. Weight gradient: C = dw (Depth, Channels), A gathered from x and
/// transposed, B = dy (Pixels, Channels). Depth is taps x source channels, channels fastest.
/// </para>
/// </summary>
internal struct ConvArgs
{
    /// <summary>
    /// What A is gathered from (Images, SourceRows, SourceColumns, SourceChannels), B, a bias a channel of C or nothing, and C.
    /// </summary>
    public GpuSpan A, B, Bias, C;

    public int SourceRows, SourceColumns, SourceChannels;
    public int Rows, Columns, Channels;
    public int Pixels, DepthPerSplit;
    public int Kernel, Scale, Shift, TapStep, Divisor;
    public Into Into;

    /// <summary>Taps x source channels.</summary>
    public readonly int Depth => Kernel * Kernel * SourceChannels;

    /// <summary>Whether four channels of the source can be read at once.</summary>
    public readonly bool SourceInFloat4s => SourceChannels % 4 == 0 && A.Aligned != 0;

    /// <summary>A thread's accumulators at the start: the bias of its columns, zero where there is none.</summary>
    /// <param name="memory">The device's memory.</param>
    /// <param name="channel">First of the thread's first four columns.</param>
    /// <param name="apart">Columns from there to its second four.</param>
    public readonly Tile8x8 StartFromBias(ArrayView<float> memory, int channel, int apart)
    {
        Tile4x4 left = Tile4x4.Rows(Bias.Load4(memory, channel)), right = Tile4x4.Rows(Bias.Load4(memory, channel + apart));
        return new Tile8x8 { TopLeft = left, TopRight = right, BottomLeft = left, BottomRight = right };
    }

    /// <summary>A pass whose pixels are the output's: forward, or the weight gradient with its first words of C.</summary>
    public static ConvArgs OverOutputs(in ConvShape shape, GpuSpan a, GpuSpan b, GpuSpan bias, GpuSpan c) => new()
    {
        A = a,
        B = b,
        Bias = bias,
        C = c,
        SourceRows = shape.Height,
        SourceColumns = shape.Width,
        SourceChannels = shape.InChannels,
        Rows = shape.OutHeight,
        Columns = shape.OutWidth,
        Channels = shape.OutChannels,
        Pixels = shape.Batch * shape.OutHeight * shape.OutWidth,
        Kernel = shape.Kernel,
        Scale = shape.Stride,
        Shift = -shape.Pad,
        TapStep = shape.Dilation,
        Divisor = 1,
    };

    /// <summary>The input gradient, whose pixels are the input's.</summary>
    public static ConvArgs OverInputs(in ConvShape shape, GpuSpan dy, GpuSpan w, GpuSpan dx, Into into) => new()
    {
        A = dy,
        B = w,
        C = dx,
        SourceRows = shape.OutHeight,
        SourceColumns = shape.OutWidth,
        SourceChannels = shape.OutChannels,
        Rows = shape.Height,
        Columns = shape.Width,
        Channels = shape.InChannels,
        Pixels = shape.Batch * shape.Height * shape.Width,
        Kernel = shape.Kernel,
        Scale = 1,
        Shift = shape.Pad,
        TapStep = -shape.Dilation,
        Divisor = shape.Stride,
        Into = into,
    };
}
