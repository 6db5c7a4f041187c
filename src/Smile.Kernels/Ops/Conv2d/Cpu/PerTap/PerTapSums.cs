namespace Smile.Kernels.Ops.Conv2d.Cpu.PerTap;

/// <summary>
/// A convolution to few target channels would leave most lanes empty. Its taps are therefore laid side by side across the lanes: a 1x1
/// product gives every source pixel's contribution to each tap and target channel (taps, Channels), and a target pixel adds up those that
/// belong to it. The weight gradient likewise: the output gradients that read an input pixel are laid out beside it, and a 1x1 weight
/// gradient gives all taps at once. It packs the input then, which pays for 1x1 convolutions to more channels too: the side with fewer
/// channels is packed.
/// </summary>
internal static class PerTapSums
{
    /// <summary>Most sums of a pixel: two panels of the widest vectors.</summary>
    public const int Most = 64;

    /// <summary>
    /// Most input channels of a 1x1 convolution whose weight gradient is taken this way: with 256 rows of sums packing costs little.
    /// </summary>
    private const int MostSwapped = 128;

    /// <summary>Sums of a pixel.</summary>
    public static int Count(int taps, int channels) => taps * taps * channels;

    /// <summary>Whether a pass has few enough channels on the one side.</summary>
    public static bool Supports(in ConvShape shape, ConvPass pass)
    {
        if (shape is { Kernel: 1, Stride: 1, Pad: 0 })
            return pass == ConvPass.WeightGradient && shape.OutChannels >= 2 * shape.InChannels && shape.InChannels <= MostSwapped;
        return shape.Kernel > 1 && Count(shape.Kernel, pass == ConvPass.InputGradient ? shape.InChannels : shape.OutChannels) <= Most;
    }
}
