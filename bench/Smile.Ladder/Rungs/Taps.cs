using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

internal static class Taps
{
    /// <summary>The first word of the tap's weights, (SourceChannels, Channels).</summary>
    public static int FirstWeight(this Tap tap, in ConvArgs args) =>
        (tap.Row * args.Kernel + tap.Column) * args.SourceChannels * args.Channels;
}
