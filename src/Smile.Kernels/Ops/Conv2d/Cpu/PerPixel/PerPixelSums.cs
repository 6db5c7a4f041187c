namespace Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;

/// <summary>
/// A 1x1 convolution to a few output channels, as a classifier of few organs is. Output channels across the lanes would leave most of them
/// empty; here the input channels lie across them in all three passes, and the image is read once, where it lies: memory is the bound.
/// </summary>
internal static class PerPixelSums
{
    /// <summary>Most output channels: their sums are held in registers.</summary>
    public const int Most = 4;

    /// <summary>Whether a convolution is one of these.</summary>
    public static bool Supports(in ConvShape shape) => shape is { Kernel: 1, Stride: 1, Pad: 0, OutChannels: <= Most };
}
