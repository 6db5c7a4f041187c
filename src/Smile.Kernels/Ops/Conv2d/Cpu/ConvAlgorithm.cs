using Smile.Kernels.Ops.Conv2d.Cpu.Padded;
using Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;
using Smile.Kernels.Ops.Conv2d.Cpu.PerTap;
using Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>How the SIMD backend computes a convolution.</summary>
internal enum ConvAlgorithm
{
    /// <summary>An implicit GEMM: pixels gathered tile by tile and tap by tap, times packed weights. Any shape.</summary>
    Gemm,

    /// <summary>
    /// Few source channels, dense: the product reads a padded copy of the images where it lies (<see cref="PaddedImages"/>).
    /// </summary>
    Padded,

    /// <summary>
    /// Few target channels: the taps side by side across the lanes (<see cref="PerTapSums"/>). The weight gradient of a 1x1 convolution to
    /// more channels.
    /// </summary>
    PerTap,

    /// <summary>A 1x1 convolution to few channels: the input channels across the lanes (<see cref="PerPixelSums"/>).</summary>
    PerPixel,

    /// <summary>Winograd's F(2x2,3x3): 3x3, stride 1, any dilation.</summary>
    Winograd2,

    /// <summary>Winograd's F(4x4,3x3): as <see cref="Winograd2"/>; a quarter of the products, some five times the rounding error.</summary>
    Winograd4,
}

internal static class ConvAlgorithms
{
    /// <summary>Side of the output tile; 0 where there are no tiles.</summary>
    public static int Tile(this ConvAlgorithm algorithm) => algorithm switch
    {
        ConvAlgorithm.Winograd2 => 2,
        ConvAlgorithm.Winograd4 => 4,
        _ => 0,
    };

    /// <summary>For people: "gemm", "direct, padded", "winograd 4x4".</summary>
    public static string Text(this ConvAlgorithm algorithm) => algorithm switch
    {
        ConvAlgorithm.Gemm => "gemm",
        ConvAlgorithm.Padded => "direct, padded",
        ConvAlgorithm.PerTap => "direct, per-tap sums",
        ConvAlgorithm.PerPixel => "direct, per-pixel sums",
        _ => $"winograd {algorithm.Tile()}x{algorithm.Tile()}",
    };

    /// <summary>True where the algorithm can do this pass of this convolution.</summary>
    public static bool Supports(this ConvAlgorithm algorithm, in ConvShape shape, ConvPass pass) => algorithm switch
    {
        ConvAlgorithm.Padded => PaddedConvolution.Supports(shape, pass),
        ConvAlgorithm.PerTap => PerTapSums.Supports(shape, pass),
        ConvAlgorithm.PerPixel => PerPixelSums.Supports(shape),
        ConvAlgorithm.Winograd2 or ConvAlgorithm.Winograd4 => WinogradConvolution.Supports(shape),
        _ => true,
    };
}
