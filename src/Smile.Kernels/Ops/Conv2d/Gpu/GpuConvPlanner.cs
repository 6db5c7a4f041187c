using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

// Shape -> kernel -> file: of a pass the first row that holds. float4s: channels of the result in whole fours, everything on 16 bytes.
//
// | pass            | where                                                    | kernel               | file                              |
// |-----------------|----------------------------------------------------------|----------------------|-----------------------------------|
// | forward         | tf32 asked, channels in fours on 16 bytes, room to pack  | ConvTensorTf32       | TensorCore/TensorConvKernels.cs   |
// | forward         | bf16 asked, channels in eights on 16 bytes, room to pack | ConvTensorBf16       | TensorCore/TensorConvKernels.cs   |
// | forward         | 7x7 of stride 2, 1 to 4 channels in, float4s             | ConvStemForward      | Float32/StemKernels.cs            |
// | forward         | float4s, channels in in eights, 128 large tiles or more  | ConvForward128       | Float32/ImplicitGemmKernels.cs    |
// | forward         | float4s, channels in in eights                           | ConvForward64        | Float32/ImplicitGemmKernels.cs    |
// | forward         | all else                                                 | ConvForwardAny       | Float32/ImplicitGemmAnyKernels.cs |
// | input gradient  | tf32, as forward                                         | ConvTensorTf32       | TensorCore/TensorConvKernels.cs   |
// | input gradient  | bf16, as forward                                         | ConvTensorBf16       | TensorCore/TensorConvKernels.cs   |
// | input gradient  | float4s, channels out in eights, 128 large tiles or more | ConvBackInput128     | Float32/ImplicitGemmKernels.cs    |
// | input gradient  | float4s, channels out in eights                          | ConvBackInput64      | Float32/ImplicitGemmKernels.cs    |
// | input gradient  | all else                                                 | ConvBackInputAny     | Float32/ImplicitGemmAnyKernels.cs |
// | weight gradient | tf32, as forward, but nothing is packed                  | ConvTensorWeightTf32 | TensorCore/TensorWeightKernels.cs |
// | weight gradient | bf16, as forward                                         | ConvTensorWeightBf16 | TensorCore/TensorWeightKernels.cs |
// | weight gradient | 7x7 of stride 2, 1 to 4 channels in, float4s             | ConvStemBackWeight   | Float32/StemKernels.cs            |
// | weight gradient | float4s both sides, weights of over 64 rows and columns  | ConvBackWeight128    | Float32/ImplicitGemmKernels.cs    |
// | weight gradient | float4s both sides                                       | ConvBackWeight64     | Float32/ImplicitGemmKernels.cs    |
// | weight gradient | all else                                                 | ConvBackWeightAny    | Float32/ImplicitGemmAnyKernels.cs |
//
// The depth is cut into splits where that is sooner done (Gemm/SplitCost.cs). Large tiles are those of 128x128. They take a group of 256
// threads; a device that has it not takes those of 64x64. A test holds the table to the code.

/// <summary>
/// Chooses how a GPU computes a pass of a convolution. Whoever wants to know asks here: the launches, <c>smile profile</c> and the reports
/// of bench. The answer depends on the shape, the precision, the alignment of the operands and the device, and so do the bits of a result;
/// on nothing else.
/// </summary>
/// <param name="groupSize">Threads of a group that the device takes.</param>
/// <param name="precision">What convolutions are asked to multiply in.</param>
/// <param name="packedRoom">Words that there are for packed operands; asked once the device's memory is reserved.</param>
internal sealed class GpuConvPlanner(int groupSize, Precision precision, Func<long> packedRoom)
{
    // The stem's weight gradient is split over pixels, as the weight gradient of any channels is, and a forward pass of any channels over
    // taps and channels, until this many groups run.
    private const int GroupsAimedAt = 512;

    // Groups of the large tile that are worth it: about one for each processor of the larger devices (A100: 108, H100: 132).
    private const int LeastLargeGroups = 128;

    private bool TakesLargeTiles => groupSize >= Block<Tile128>.Threads;

    /// <summary>The plan of a pass.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="pass">The pass of it.</param>
    /// <param name="aligned">Which operands start on 16 bytes.</param>
    /// <param name="isPacked">Whether pixels come packed, so that only weights take room.</param>
    public GpuConvPlan Plan(in ConvShape shape, ConvPass pass, ConvAlignment aligned, bool isPacked = false)
    {
        var product = new Product(shape, pass, isPacked);
        PrecisionChoice choice = Choose(product, aligned);
        return choice.Reason == Fp32Reason.None ? Tensor(product, choice)
            : pass == ConvPass.WeightGradient ? WeightGradient(product, choice, aligned)
            : OverTaps(product, choice, aligned);
    }

    /// <summary>
    /// Copies of 16 bytes are why channels come in fours (TF32) or eights (bfloat16) and places on 16 bytes: the stem of 1 to 3 channels
    /// and the heads, one channel an organ, stay in float32.
    /// </summary>
    private PrecisionChoice Choose(in Product product, ConvAlignment aligned)
    {
        ConvShape shape = product.Shape;
        int multiple = PrecisionChoice.Multiple(precision);
        long room = precision == Precision.Fp32 ? 0 : packedRoom(), packed = product.PackedWords(precision, images: 1);
        Fp32Reason reason = precision == Precision.Fp32 ? Fp32Reason.Asked
            : shape.InChannels % multiple != 0 || shape.OutChannels % multiple != 0 ? Fp32Reason.Channels
            : aligned != ConvAlignment.All ? Fp32Reason.Alignment
            : packed > room ? Fp32Reason.Room
            : Fp32Reason.None;
        return new PrecisionChoice(precision, reason, shape.InChannels, shape.OutChannels, packed, room);
    }

    /// <summary>In bfloat16 as many images at a time as fit, packed.</summary>
    private GpuConvPlan Tensor(in Product product, in PrecisionChoice choice)
    {
        bool isWeightGradient = product.Pass == ConvPass.WeightGradient;
        long weights = product.PackedWords(precision, images: 0), image = product.PackedWords(precision, images: 1) - weights;
        int batch = product.Shape.Batch, images = image == 0 ? batch : (int)Math.Min(batch, (choice.Room - weights) / image);
        int pixels = product.Pixels / batch * images;
        GpuKernel kernel = (isWeightGradient, precision) switch
        {
            (false, Precision.Tf32) => TensorConvKernels.Tf32,
            (false, _) => TensorConvKernels.Bf16,
            (true, Precision.Tf32) => TensorWeightKernels.Tf32,
            _ => TensorWeightKernels.Bf16,
        };
        GpuConvPlan plan = Tiles(product, kernel, GpuConvAlgorithm.TensorCores, choice, TensorConvKernels.Tile,
            isWeightGradient ? product.Depth : pixels) with
        {
            Precision = precision,
            Images = images,
        };
        if (isWeightGradient)
            return Split(plan, pixels, TensorWeightKernels.Step(precision), SplitCost.TensorWeight);
        int words = product.SourceChannels / (precision == Precision.Bf16 ? 2 : 1);
        int steps = TensorLoader.Steps(product.Shape.Kernel * product.Shape.Kernel, words);
        return Split(plan, steps, 1, SplitCost.Tensor);
    }

    /// <summary>
    /// Forward or input gradient in float32. A large tile reads its operands half as often, a small one keeps more processors busy: large
    /// where there are channels and groups enough.
    /// </summary>
    private GpuConvPlan OverTaps(in Product product, in PrecisionChoice choice, ConvAlignment aligned)
    {
        bool isForward = product.Pass == ConvPass.Forward;
        if (isForward && TakesStem(product, aligned))
        {
            GpuConvPlan stem = Tiles(product, StemKernels.Forward, GpuConvAlgorithm.Stem, choice, StemKernels.Channels, rows: 0);
            return stem with { RowTiles = StemTile.Count(product.Shape) };
        }

        int largeGroups = Integers.CeilingDivide(product.Pixels, Tile128.Size) * Integers.CeilingDivide(product.Channels, Tile128.Size);
        bool isLarge = TakesLargeTiles && product.Channels > Tile64.Size && largeGroups >= LeastLargeGroups;
        (GpuConvAlgorithm algorithm, GpuKernel kernel, int tile) = (product.InFloat4s(Panel.Depth, aligned), isLarge, isForward) switch
        {
            (false, _, true) => (GpuConvAlgorithm.ImplicitGemmAny, ImplicitGemmAnyKernels.Forward, ImplicitGemmAnyKernels.TileSize),
            (false, _, _) => (GpuConvAlgorithm.ImplicitGemmAny, ImplicitGemmAnyKernels.BackInput, ImplicitGemmAnyKernels.TileSize),
            (_, true, true) => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.Forward128, Tile128.Size),
            (_, true, _) => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.BackInput128, Tile128.Size),
            (_, _, true) => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.Forward64, Tile64.Size),
            _ => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.BackInput64, Tile64.Size),
        };
        GpuConvPlan plan = Tiles(product, kernel, algorithm, choice, tile, product.Pixels);
        return algorithm == GpuConvAlgorithm.ImplicitGemm
            ? Split(plan, product.Depth, Panel.Depth, isLarge ? SplitCost.Taps128 : SplitCost.Taps64)
            : isForward ? Split(plan, product.Depth, GroupsAimedAt, ImplicitGemmAnyKernels.DepthStep)
            : plan;
    }

    private GpuConvPlan WeightGradient(in Product product, in PrecisionChoice choice, ConvAlignment aligned)
    {
        if (TakesStem(product, aligned))
        {
            GpuConvPlan stem = Tiles(product, StemKernels.BackWeight, GpuConvAlgorithm.Stem, choice, StemKernels.Channels, rows: 0);
            // Whole tiles, those that overhang the image too.
            return Split(stem with { RowTiles = product.SourceChannels }, StemTile.Count(product.Shape) * StemTile.Pixels, GroupsAimedAt,
                StemTile.Pixels);
        }

        bool isLarge = TakesLargeTiles && Math.Min(product.Depth, product.Channels) > Tile64.Size;
        (GpuConvAlgorithm algorithm, GpuKernel kernel, int tile) = (product.InFloat4s(4, aligned), isLarge) switch
        {
            (false, _) => (GpuConvAlgorithm.ImplicitGemmAny, ImplicitGemmAnyKernels.BackWeight, ImplicitGemmAnyKernels.TileSize),
            (_, true) => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.BackWeight128, Tile128.Size),
            _ => (GpuConvAlgorithm.ImplicitGemm, ImplicitGemmKernels.BackWeight64, Tile64.Size),
        };
        GpuConvPlan plan = Tiles(product, kernel, algorithm, choice, tile, product.Depth);
        return algorithm == GpuConvAlgorithm.ImplicitGemm
            ? Split(plan, product.Pixels, Panel.Depth, isLarge ? SplitCost.Weight128 : SplitCost.Weight64)
            : Split(plan, product.Pixels, GroupsAimedAt, Panel.Depth);
    }

    private static GpuConvPlan Tiles(in Product product, GpuKernel kernel, GpuConvAlgorithm algorithm, in PrecisionChoice choice, int tile,
        int rows) =>
        new(product.Shape, product.Pass, kernel, algorithm, Precision.Fp32, choice)
        {
            Tile = tile,
            RowTiles = Integers.CeilingDivide(rows, tile),
            ColumnTiles = Integers.CeilingDivide(product.Channels, tile),
        };

    /// <summary>The plan with the product's depth cut into splits of whole steps, as many as are soonest done.</summary>
    private static GpuConvPlan Split(in GpuConvPlan plan, int depth, int step, SplitCost cost)
    {
        ConvShape images = plan.Shape with { Batch = plan.Images };
        bool isWeightGradient = plan.Pass == ConvPass.WeightGradient;
        long words = isWeightGradient ? images.WeightCount : plan.Pass == ConvPass.Forward ? images.OutputCount : images.InputCount;
        int each = step * cost.StepsPerSplit(Integers.CeilingDivide(depth, step), plan.RowTiles * plan.ColumnTiles, words,
            isWeightGradient ? SplitK.MostDepth / step : int.MaxValue);
        return plan with { Splits = Integers.CeilingDivide(depth, each), DepthPerSplit = each };
    }

    /// <summary>The plan with the product's depth cut into splits of whole steps, until so many groups run.</summary>
    private static GpuConvPlan Split(in GpuConvPlan plan, int depth, int groupsAimedAt, int step)
    {
        long words = plan.Pass == ConvPass.WeightGradient ? plan.Shape.WeightCount : plan.Shape.OutputCount;
        int each = SplitK.DepthPerSplit(depth, plan.RowTiles * plan.ColumnTiles, groupsAimedAt, words, step);
        return plan with { Splits = Integers.CeilingDivide(depth, each), DepthPerSplit = each };
    }

    private static bool TakesStem(in Product product, ConvAlignment aligned) =>
        StemKernels.Supports(product.Shape) && aligned.B && aligned.C;

    /// <summary>The pass as a matrix product, as in <see cref="ConvArgs"/>.</summary>
    private readonly struct Product(ConvShape shape, ConvPass pass, bool isPacked)
    {
        private readonly long _image = isPacked ? 0 : pass == ConvPass.WeightGradient
            ? (shape.InputCount + shape.OutputCount) / shape.Batch
            : (pass == ConvPass.Forward ? shape.InputCount : shape.OutputCount) / shape.Batch;

        public readonly ConvShape Shape = shape;

        public readonly ConvPass Pass = pass;

        public readonly int SourceChannels = pass == ConvPass.InputGradient ? shape.OutChannels : shape.InChannels;

        public readonly int Channels = pass == ConvPass.InputGradient ? shape.InChannels : shape.OutChannels;

        public readonly int Pixels = shape.Batch
            * (pass == ConvPass.InputGradient ? shape.Height * shape.Width : shape.OutHeight * shape.OutWidth);

        public readonly int Depth = shape.Kernel * shape.Kernel * (pass == ConvPass.InputGradient ? shape.OutChannels : shape.InChannels);

        /// <summary>Whether the source's channels come in whole multiples of so many and everything can be accessed in float4s.</summary>
        public bool InFloat4s(int channels, ConvAlignment aligned) =>
            SourceChannels % channels == 0 && Channels % 4 == 0 && aligned.A && aligned.B && aligned.C;

        /// <summary>
        /// Words of the operands that are packed: TF32 packs the weights, rounded, of the passes that have them; bfloat16 packs both
        /// operands, two values a word.
        /// </summary>
        public long PackedWords(Precision precision, int images) => precision switch
        {
            Precision.Tf32 => Pass == ConvPass.WeightGradient ? 0 : Shape.WeightCount,
            Precision.Bf16 => (Pass == ConvPass.WeightGradient ? 0 : Shape.WeightCount / 2) + images * (_image / 2),
            _ => 0,
        };
    }
}
