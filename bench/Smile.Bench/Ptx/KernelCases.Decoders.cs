using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Resize;

namespace Smile.Bench.Ptx;

/// <summary>
/// What the decoders add to a network: fine maps of some hundred channels that come together from two, and their upsampling.
/// </summary>
internal sealed partial record KernelCases
{
    private int DecoderBatch => Math.Max(Batch / 8, 1);

    private int FinerChannels => Math.Max(8, Width * 3 / 4 / 8 * 8);

    /// <summary>DeepLab v3+ at stride 4, of images half as large: the features beside the finer map, 256 + 48 channels of ResNet.</summary>
    private ConvShape V3Plus => new(DecoderBatch, Size / 8, Size / 8, 4 * Width + FinerChannels, 4 * Width, 3, Pad: 1);

    /// <summary>The finer map through a 1x1.</summary>
    private ConvShape Finer => new(DecoderBatch, Size / 8, Size / 8, Width, FinerChannels, 1);

    /// <summary>A U-Net at stride 2: what came up beside the stem.</summary>
    private ConvShape UNet => new(DecoderBatch, Size / 4, Size / 4, 2 * Width, Width, 3, Pad: 1);

    /// <summary>A U-Net at stride 1: what came up beside the image's one channel.</summary>
    private ConvShape UNetImage => new(DecoderBatch, Size / 4, Size / 4, Width + 1, Width / 2, 3, Pad: 1);

    private ResizeShape Upsampling => new(DecoderBatch, Size / 8, Size / 8, Size / 4, Size / 4, Width);

    private ConcatShape UnevenConcat => new(DecoderBatch * Size / 4 * Size / 4, FinerChannels, 4 * Width + FinerChannels, 4 * Width);

    private IEnumerable<KernelCase> Decoders() =>
    [
        .. Passes("conv 3x3 v3plus", Bar.Convolution, Bar.ConvolutionGradient, V3Plus),
        .. Passes("conv 3x3 v3plus tf32", Bar.Tensor, Bar.None, V3Plus).Select(one => one with { Precision = Precision.Tf32 }),
        .. Passes("conv 3x3 v3plus bf16", Bar.Tensor, Bar.None, V3Plus).Select(one => one with { Precision = Precision.Bf16 }),
        .. Passes("conv 1x1 v3plus", Bar.None, Bar.None, Finer),
        .. Passes("conv 3x3 unet", Bar.Convolution, Bar.ConvolutionGradient, UNet),
        .. Passes("conv 3x3 unet with the image", Bar.None, Bar.None, UNetImage),
        new("upsampling x2, forward", Bar.None, o =>
        {
            ResizeShape shape = Upsampling;
            Place x = o.Source("x", shape.InputCount), y = o.Result(shape.OutputCount);
            return backend => backend.ResizeForward(shape, x, y);
        }),
        new("upsampling x2, backward", Bar.None, o =>
        {
            ResizeShape shape = Upsampling;
            Place dy = o.Source("dy", shape.OutputCount), dx = o.Result(shape.InputCount);
            return backend => backend.ResizeBackward(shape, dy, dx, Into.Set);
        }),
        new("concat of uneven maps, forward", Bar.Stream, o =>
        {
            ConcatShape shape = UnevenConcat;
            long part = (long)shape.Rows * shape.InChannels;
            Place x = o.Source("x", part), y = o.Result((long)shape.Rows * shape.OutChannels, needed: part);
            return backend => backend.ConcatForward(shape, x, y);
        }),
        new("concat of uneven maps, backward", Bar.Stream, o =>
        {
            ConcatShape shape = UnevenConcat;
            long part = (long)shape.Rows * shape.InChannels;
            Place dy = o.Source("dy", (long)shape.Rows * shape.OutChannels, needed: part), dx = o.Result(part);
            return backend => backend.ConcatBackward(shape, dy, dx, Into.Set);
        }),
    ];

    private static IEnumerable<KernelCase> Passes(string name, Bar forward, Bar gradients, ConvShape shape) =>
        [Forward(name, forward, shape), BackInput(name, gradients, shape), BackWeight(name, gradients, shape)];
}
