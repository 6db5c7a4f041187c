using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    /// <summary>Words for operands in the form that tensor cores take (64 MiB): passes whose operands take more run in several lots of images.</summary>
    public const int MostPackedWords = 16 << 20;

    // Two groups of a weight gradient for each of the A100's 108 multiprocessors.
    private const int TensorGroupsAimedAt = 216;

    private readonly Precision _precision = Supported(runtime, precision);
    private GpuSpan _packed;

    /// <summary>
    /// Why a convolution is computed in float32 although <paramref name="precision"/> says else; null where tensor cores take it. Copies of 16 bytes are why channels come in fours (TF32) or eights
    /// (bfloat16) and places on 16 bytes: the stem of 1 to 3 channels and the heads, one channel an organ, stay in float32.
    /// </summary>
    /// <param name="precision">What is asked for.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="aligned">Whether all operands start on 16 bytes.</param>
    /// <param name="packedWords">Words that the pass needs for operands in the form that tensor cores take.</param>
    /// <param name="room">Words that there are for them.</param>
    internal static string? WhyFp32(Precision precision, in ConvShape shape, bool aligned, long packedWords, long room)
    {
        int multiple = precision == Precision.Bf16 ? 8 : 4;
        return precision == Precision.Fp32 ? "float32 is asked for"
            : shape.InChannels % multiple != 0 || shape.OutChannels % multiple != 0 ? $"{shape.InChannels} to {shape.OutChannels} channels: both have to be multiples of {multiple}"
            : !aligned ? "an operand does not start on 16 bytes"
            : packedWords > room ? $"the packed operands take {packedWords} words of {room}"
            : null;
    }

    private static Precision Supported(IGpuRuntime runtime, Precision precision) =>
        precision == Precision.Fp32 || runtime.CanRun(TensorConvKernels.Tf32) ? precision
            : throw new BackendException(Unsupported(runtime.Name, precision));

    /// <summary>What is said where a device has no tensor cores for the precision.</summary>
    internal static string Unsupported(string device, Precision precision) =>
        $"{device} cannot compute in {precision.ToString().ToLowerInvariant()}: that takes an NVIDIA GPU of compute capability 8.0 (Ampere) or newer through CUDA. Take --precision fp32.";

    /// <summary>Words that the largest operands can take, packed: no place is larger than an arena.</summary>
    private static long PackedWords(Precision precision, ArenaPlan plan) => precision == Precision.Fp32 ? 0 : Enum.GetValues<Arena>().Max(plan.Words) * 2;

    /// <summary>
    /// A pass over pixels in tensor cores; false where it is one for float32. Packs the weights, rounded, with the channels of the sum in a row: transposed for the forward pass, whose sum is over their slower index. TF32 sources are rounded
    /// on their way to the tensor cores; bfloat16 sources are packed first, as many images at a time as fit: each element is read once for each tap and each 128 channels, in half the bytes.
    /// </summary>
    private bool TensorPass(in ConvShape shape, bool transposed, ConvArgs args)
    {
        bool half = _precision == Precision.Bf16;
        long weights = shape.WeightCount / (half ? 2 : 1), image = half ? (long)args.SourceRows * args.SourceColumns * args.SourceChannels / 2 : 0;
        bool aligned = (args.Source.Aligned & args.Weight.Aligned & args.Destination.Aligned) != 0 && (args.Bias.Length == 0 || args.Bias.Aligned != 0);
        if (WhyFp32(_precision, shape, aligned, weights + image, _packed.Length) is not null)
            return false;
        args.Weight = PackWeights(shape, args.Weight, Part(_packed, 0, weights), transposed);
        if (!half)
        {
            Launch(TensorConvKernels.Tf32, args);
            return true;
        }

        int images = (int)Math.Min(shape.Batch, (_packed.Length - weights) / image), pixels = args.Pixels / shape.Batch;
        GpuSpan source = args.Source, destination = args.Destination;
        args.SourceChannels /= 2; // two a word
        for (int first = 0; first < shape.Batch; first += images)
        {
            int now = Math.Min(images, shape.Batch - first);
            args.Source = Pack(Images(source, first, now, shape.Batch), Part(_packed, (int)weights, now * image));
            args.Destination = Images(destination, first, now, shape.Batch);
            args.Pixels = now * pixels;
            Launch(TensorConvKernels.Bf16, args);
        }

        return true;
    }

    /// <summary>
    /// The weight gradient in tensor cores; false where it is one for float32. Pixels are split as in float32, each split has its own copy of the result, and a second launch adds the copies in order.
    /// bfloat16 packs both sources, as many images at a time as fit; each lot after the first is added.
    /// </summary>
    private bool TensorBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        bool half = _precision == Precision.Bf16;
        int perWord = half ? 2 : 1;
        GpuSpan source = Span(x), gradient = Span(dy), destination = Span(dw);
        long image = half ? (shape.InputCount + shape.OutputCount) / shape.Batch / 2 : 0;
        if (WhyFp32(_precision, shape, (source.Aligned & gradient.Aligned & destination.Aligned) != 0, image, _packed.Length) is not null)
            return false;
        var args = new TensorWeightArgs
        {
            Source = source,
            Gradient = gradient,
            SourceRows = shape.Height,
            SourceColumns = shape.Width,
            SourceWords = shape.InChannels / perWord,
            GradientWords = shape.OutChannels / perWord,
            Rows = shape.OutHeight,
            Columns = shape.OutWidth,
            Channels = shape.OutChannels,
            Depth = shape.Kernel * shape.Kernel * shape.InChannels,
            Kernel = shape.Kernel,
            Stride = shape.Stride,
            Dilation = shape.Dilation,
            Pad = shape.Pad,
        };
        int images = half ? (int)Math.Min(shape.Batch, _packed.Length / image) : shape.Batch;
        for (int first = 0; first < shape.Batch; first += images)
        {
            int now = Math.Min(images, shape.Batch - first);
            if (half)
            {
                long sourceWords = now * shape.InputCount / shape.Batch / 2;
                args.Source = Pack(Images(source, first, now, shape.Batch), Part(_packed, 0, sourceWords));
                args.Gradient = Pack(Images(gradient, first, now, shape.Batch), Part(_packed, (int)sourceWords, now * shape.OutputCount / shape.Batch / 2));
            }

            args.Pixels = now * shape.OutHeight * shape.OutWidth;
            Launch(half ? TensorWeightKernels.Bf16 : TensorWeightKernels.Tf32, args, destination, first == 0 ? into : Into.Add, TensorWeightKernels.Step(perWord));
        }

        return true;
    }

    private void Launch(GpuKernel<TensorWeightArgs> kernel, TensorWeightArgs args, GpuSpan destination, Into into, int step)
    {
        int rowTiles = Groups(args.Depth, TensorWeightKernels.Tile), columnTiles = Groups(args.Channels, TensorWeightKernels.Tile);
        args.PixelsPerSplit = PixelsPerSplit(args.Pixels, rowTiles * columnTiles, TensorGroupsAimedAt, destination.Length, step);
        int splits = Groups(args.Pixels, args.PixelsPerSplit);
        args.Destination = splits == 1 ? destination : Part(_workspace, 0, (long)splits * destination.Length);
        args.Accumulate = Flag(splits == 1 && into == Into.Add);
        runtime.Launch(kernel, rowTiles, columnTiles * splits, args);
        if (splits > 1)
            Elements(ConvKernels.SumSplits, destination.Length, new SplitArgs(args.Destination, splits, destination, Flag(into)));
    }

    private void Launch(GpuKernel<ConvArgs> kernel, in ConvArgs args) =>
        runtime.Launch(kernel, Groups(args.Pixels, TensorConvKernels.Tile), Groups(args.Channels, TensorConvKernels.Tile), args);

    private static GpuSpan Images(GpuSpan all, int first, int count, int batch) => Part(all, all.Length / batch * first, all.Length / batch * (long)count);

    /// <summary>Two bfloat16 a word.</summary>
    private GpuSpan Pack(GpuSpan from, GpuSpan to)
    {
        Elements(TensorPack.Halve, from.Length, new TensorPackArgs(from, to, 0, 0));
        return to;
    }

    private GpuSpan PackWeights(in ConvShape shape, GpuSpan from, GpuSpan to, bool transposed)
    {
        bool half = _precision == Precision.Bf16;
        var args = new TensorPackArgs(from, to, shape.InChannels, shape.OutChannels);
        int tiles = Groups(shape.InChannels, TensorPack.Tile) * Groups(shape.OutChannels, TensorPack.Tile);
        if (transposed)
            runtime.Launch(half ? TensorPack.TransposeHalve : TensorPack.TransposeRound, tiles, shape.Kernel * shape.Kernel, args);
        else
            Elements(half ? TensorPack.Halve : TensorPack.Round, args.From.Length, args);
        return to;
    }
}
