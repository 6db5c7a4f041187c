using System.Globalization;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>How a GPU computes one pass of a convolution: what <see cref="GpuConvPlanner"/> answers and a launch does.</summary>
/// <param name="Shape">The problem.</param>
/// <param name="Pass">The pass of it.</param>
/// <param name="Kernel">What is launched.</param>
/// <param name="Algorithm">How it computes.</param>
/// <param name="Precision">What it multiplies in.</param>
/// <param name="Choice">Why in this precision.</param>
internal readonly record struct GpuConvPlan(ConvShape Shape, ConvPass Pass, GpuKernel Kernel, GpuConvAlgorithm Algorithm,
    Precision Precision, PrecisionChoice Choice)
{
    /// <summary>Rows and columns of the result that a group makes.</summary>
    public required int Tile { get; init; }

    /// <summary>Tiles of the result's rows: groups along x.</summary>
    public required int RowTiles { get; init; }

    /// <summary>Tiles of the result's columns.</summary>
    public required int ColumnTiles { get; init; }

    /// <summary>
    /// Splits of the product's depth, each with its own copy of the result; 1 where the result itself is written.
    /// </summary>
    public int Splits { get; init; } = 1;

    /// <summary>
    /// What a split adds of the depth: pixels of a weight gradient, taps x channels of the other passes, of which tensor cores count the
    /// stages; 0 where none can be.
    /// </summary>
    public int DepthPerSplit { get; init; }

    /// <summary>
    /// Images that a launch takes; the grid is that of such a launch. Below the batch where the packed operands of all do not fit.
    /// </summary>
    public int Images { get; init; } = Shape.Batch;

    /// <summary>Groups along x.</summary>
    public int GridX => RowTiles;

    /// <summary>Groups along y.</summary>
    public int GridY => ColumnTiles * Splits;

    /// <summary>
    /// The forward pass in float32 by a kernel of the caller's, whose group makes a tile of pixels (along x) and channels (along y).
    /// </summary>
    public static GpuConvPlan Forward(in ConvShape shape, GpuKernel<ConvArgs> kernel, int tile) =>
        new(shape, ConvPass.Forward, kernel, GpuConvAlgorithm.ImplicitGemm, Precision.Fp32, default)
        {
            Tile = tile,
            RowTiles = Integers.CeilingDivide(shape.Batch * shape.OutHeight * shape.OutWidth, tile),
            ColumnTiles = Integers.CeilingDivide(shape.OutChannels, tile),
            DepthPerSplit = shape.Kernel * shape.Kernel * shape.InChannels,
        };

    /// <summary>For people: "implicit GEMM 64x64, fp32, not bf16: 512 to 3 channels, of which both have to be multiples of 8".</summary>
    public override string ToString()
    {
        string algorithm = Algorithm switch
        {
            GpuConvAlgorithm.Stem => "7x7 stem",
            GpuConvAlgorithm.ImplicitGemmAny => Text($"implicit GEMM {Tile}x{Tile} of any channels"),
            GpuConvAlgorithm.TensorCores => Text($"tensor cores {Tile}x{Tile}"),
            _ => Text($"implicit GEMM {Tile}x{Tile}"),
        };
        string splits = Splits > 1 ? Text($", split-K {Splits}") : "", precision = Precision.ToString().ToLowerInvariant();
        return $"{algorithm}{splits}, {precision}{(Choice.Asked == Precision ? "" : $", not {Choice}")}";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How a kernel computes a convolution.</summary>
internal enum GpuConvAlgorithm
{
    /// <summary>A matrix product whose left side is gathered while it is loaded, of whole float4s, eight deep at a time.</summary>
    ImplicitGemm,

    /// <summary>The same for any number of channels.</summary>
    ImplicitGemmAny,

    /// <summary>The 7x7 stem by patches of the image.</summary>
    Stem,

    /// <summary>The matrix product in tensor cores.</summary>
    TensorCores,
}

/// <summary>Why a convolution is computed in float32 or not.</summary>
internal enum Fp32Reason
{
    /// <summary>It is not: tensor cores take it.</summary>
    None,

    /// <summary>float32 is asked for.</summary>
    Asked,

    /// <summary>Channels do not come in whole pieces of 16 bytes.</summary>
    Channels,

    /// <summary>An operand does not start on 16 bytes.</summary>
    Alignment,

    /// <summary>The packed operands of one image do not fit.</summary>
    Room,
}

/// <summary>The precision asked for, and why it is not the one that is taken.</summary>
/// <param name="Asked">What is asked for.</param>
/// <param name="Reason">Why it is float32 instead.</param>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="OutChannels">Channels of the output.</param>
/// <param name="PackedWords">Words that the pass needs for packed operands: all weights and one image.</param>
/// <param name="Room">Words that there are for them.</param>
internal readonly record struct PrecisionChoice(Precision Asked, Fp32Reason Reason, int InChannels, int OutChannels, long PackedWords,
    long Room)
{
    /// <summary>"bf16: 512 to 3 channels, of which both have to be multiples of 8".</summary>
    public override string ToString()
    {
        string reason = Reason switch
        {
            Fp32Reason.None => "",
            Fp32Reason.Asked => "float32 is asked for",
            Fp32Reason.Channels => Text($"{InChannels} to {OutChannels} channels, of which both have to be multiples of {Multiple(Asked)}"),
            Fp32Reason.Alignment => "an operand does not start on 16 bytes",
            _ => Text($"the packed operands take {PackedWords} words of {Room}"),
        };
        string asked = Asked.ToString().ToLowerInvariant();
        return reason.Length == 0 ? asked : $"{asked}: {reason}";
    }

    /// <summary>Channels in 16 bytes of a packed operand.</summary>
    public static int Multiple(Precision precision) => precision == Precision.Bf16 ? 8 : 4;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
