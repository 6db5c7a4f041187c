using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>The order in which tiles take the target pixels.</summary>
internal enum PixelOrder
{
    /// <summary>As they lie in memory: along a row, row by row, image by image.</summary>
    Raster,

    /// <summary>
    /// The same pixel of every image, then the next: a tile's pixels meet padding together, which is then skipped almost exactly.
    /// </summary>
    ImagesInnermost,
}

/// <summary>
/// The forward pass and the input gradient as one problem. Target pixel t reads, through a tap, position t * Step - Pad + tap * Dilation
/// along either axis; a source pixel stands at every Spread-th position. The weight gradient reads the forward pass's source and, in the
/// target's place, the output gradient.
/// </summary>
internal unsafe struct ConvProblem
{
    /// <summary>(Batch, SourceHeight, SourceWidth, SourceChannels).</summary>
    public float* Source;

    public int Batch, SourceHeight, SourceWidth, SourceChannels;

    /// <summary>(Batch, Height, Width, Channels).</summary>
    public float* Target;

    public int Height, Width, Channels;

    /// <summary>Taps along each axis.</summary>
    public int Taps;

    /// <summary>
    /// Positions between neighbours: target pixels (the stride of a forward pass), taps, source pixels (the stride of an input gradient).
    /// </summary>
    public int Step, Dilation, Spread;

    /// <summary>How far before itself a target pixel reads; may be negative.</summary>
    public int Pad;

    public ConvWeights Weights;

    /// <summary>(Channels), or null.</summary>
    public float* Bias;

    /// <summary>Whether the target is overwritten.</summary>
    public Into Into;

    public readonly PixelOrder Order => Dilation > 1 || Spread > 1 ? PixelOrder.ImagesInnermost : PixelOrder.Raster;

    /// <summary>y from x; without weights, x and dy as the weight gradient reads them.</summary>
    public static ConvProblem Forward(in ConvShape shape, float* x, float* weights, float* bias, float* y) => new()
    {
        Source = x,
        Batch = shape.Batch,
        SourceHeight = shape.Height,
        SourceWidth = shape.Width,
        SourceChannels = shape.InChannels,
        Target = y,
        Height = shape.OutHeight,
        Width = shape.OutWidth,
        Channels = shape.OutChannels,
        Taps = shape.Kernel,
        Step = shape.Stride,
        Dilation = shape.Dilation,
        Spread = 1,
        Pad = shape.Pad,
        Weights = new ConvWeights(weights, shape.Kernel * shape.Kernel, shape.InChannels, shape.OutChannels, WeightOrder.Stored),
        Bias = bias,
        Into = Into.Set,
    };

    /// <summary>dx from dy.</summary>
    public static ConvProblem InputGradient(in ConvShape shape, float* dy, float* weights, float* dx, Into into) => new()
    {
        Source = dy,
        Batch = shape.Batch,
        SourceHeight = shape.OutHeight,
        SourceWidth = shape.OutWidth,
        SourceChannels = shape.OutChannels,
        Target = dx,
        Height = shape.Height,
        Width = shape.Width,
        Channels = shape.InChannels,
        Taps = shape.Kernel,
        Step = 1,
        Dilation = shape.Dilation,
        Spread = shape.Stride,
        Pad = shape.Reach - 1 - shape.Pad,
        Weights = new ConvWeights(weights, shape.Kernel * shape.Kernel, shape.InChannels, shape.OutChannels, WeightOrder.Transposed),
        Into = into,
    };
}
