namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    /// <summary>The compute capability from which on tensor cores take TF32 and bfloat16: Ampere.</summary>
    public const int TensorCapability = 8;

    private const int MostPackedWords = 16 << 20; // 64 MiB of operands in the form that tensor cores take

    private readonly Precision _precision = precision;
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

    /// <summary>Words that the largest operand can take, packed: no place is larger than an arena.</summary>
    private static long PackedWords(Precision precision, ArenaPlan plan) =>
        precision == Precision.Fp32 ? 0 : Math.Min(MostPackedWords, Enum.GetValues<Arena>().Max(plan.Words) * 2);

    /// <summary>The pass in tensor cores; false where it is one for float32.</summary>
    private bool TensorForward(in ConvShape shape, Place x, Place w, Place bias, Place y) => TensorPass(shape, transposed: true, new TensorConvArgs
    {
        Source = Span(x),
        Weight = Span(w),
        Bias = Span(bias),
        Destination = Span(y),
        SourceRows = shape.Height,
        SourceColumns = shape.Width,
        SourceWords = shape.InChannels,
        Rows = shape.OutHeight,
        Columns = shape.OutWidth,
        Channels = shape.OutChannels,
        Pixels = shape.Batch * shape.OutHeight * shape.OutWidth,
        Kernel = shape.Kernel,
        Scale = shape.Stride,
        Shift = -shape.Pad,
        TapStep = shape.Dilation,
        Divisor = 1,
    });

    /// <inheritdoc cref="TensorForward"/>
    private bool TensorBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into) => TensorPass(shape, transposed: false, new TensorConvArgs
    {
        Source = Span(dy),
        Weight = Span(w),
        Destination = Span(dx),
        SourceRows = shape.OutHeight,
        SourceColumns = shape.OutWidth,
        SourceWords = shape.OutChannels,
        Rows = shape.Height,
        Columns = shape.Width,
        Channels = shape.InChannels,
        Pixels = shape.Batch * shape.Height * shape.Width,
        Kernel = shape.Kernel,
        Scale = 1,
        Shift = shape.Pad,
        TapStep = -shape.Dilation,
        Divisor = shape.Stride,
        Accumulate = Flag(into),
    });

    /// <summary>
    /// Packs the weights, rounded, with the channels of the sum in a row: transposed for the forward pass, whose sum is over their slower index. TF32 sources are rounded
    /// on their way to the tensor cores; bfloat16 sources are packed first, as many images at a time as fit: each element is read once for each tap and each 128 channels, in half the bytes.
    /// </summary>
    private bool TensorPass(in ConvShape shape, bool transposed, TensorConvArgs args)
    {
        bool half = _precision == Precision.Bf16;
        long weights = shape.WeightCount / (half ? 2 : 1), image = half ? (long)args.SourceRows * args.SourceColumns * args.SourceWords / 2 : 0;
        bool aligned = (args.Source.Aligned & args.Weight.Aligned & args.Destination.Aligned) != 0 && (args.Bias.Length == 0 || args.Bias.Aligned != 0);
        if (WhyFp32(_precision, shape, aligned, weights + image, _packed.Length) is not null)
            return false;
        args.Weight = PackWeights(shape, args.Weight, Part(_packed, 0, weights), transposed);
        runtime.Launch(TensorConvKernels.Tf32, Groups(args.Pixels, TensorConvKernels.Tile), Groups(args.Channels, TensorConvKernels.Tile), args);
        return true;
    }

    private GpuSpan PackWeights(in ConvShape shape, GpuSpan from, GpuSpan to, bool transposed)
    {
        bool half = _precision == Precision.Bf16;
        var args = new TensorPackArgs(from, to, shape.InChannels, shape.OutChannels);
        int tiles = Groups(shape.InChannels, TensorPack.Tile) * Groups(shape.OutChannels, TensorPack.Tile);
        if (transposed)
            runtime.Launch(half ? TensorPack.TransposeHalve : TensorPack.TransposeRound, tiles, shape.Kernel * shape.Kernel, args);
        else
            Elements(half ? TensorPack.Halve : TensorPack.Round, to.Length, args);
        return to;
    }
}
