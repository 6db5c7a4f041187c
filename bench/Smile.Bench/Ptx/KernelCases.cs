using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Ops.TopFraction;

namespace Smile.Bench.Ptx;

/// <summary>
/// Every kernel at a shape that it has in a training step: DeepLab ResNet-18, output stride 8, 8 x 128 x 128 x 1, three organs. The
/// convolution that bars are set for is 3x3, 256 to 256 channels, dilation 2, 32x32, batch 4.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Size">Rows and columns of an image; a multiple of 16.</param>
/// <param name="Width">Channels of the first stage; a multiple of 4.</param>
/// <param name="Weights">Words that SGD changes.</param>
internal sealed partial record KernelCases(int Batch, int Size, int Width, int Weights)
{
    private const int Organs = 3;

    /// <summary>The shapes of the report.</summary>
    public static KernelCases Full { get; } = new(8, 128, 64, 4 << 20);

    /// <summary>The same operations in little, for tests.</summary>
    public static KernelCases Small { get; } = new(1, 32, 8, 5000);

    private ConvShape Barred => new(Math.Max(Batch / 2, 1), Size / 4, Size / 4, 4 * Width, 4 * Width, 3, Dilation: 2, Pad: 2);

    private ConvShape Stem => new(Batch, Size, Size, 1, Width, 7, Stride: 2, Pad: 3);

    private ConvShape Shortcut => new(Batch, Size / 4, Size / 4, Width, 2 * Width, 1, Stride: 2);

    private ConvShape Head => new(Batch, Size / 8, Size / 8, 8 * Width, Organs, 3, Dilation: 6, Pad: 6);

    private int HalfSizePixels => Batch * Size / 2 * Size / 2;

    private int Pixels => Batch * Size * Size;

    private long HalfSizeWords => (long)HalfSizePixels * Width;

    public IReadOnlyList<KernelCase> All() =>
    [
        .. Convolutions(), .. Decoders(), .. Norms(), .. ElementWise(), .. Windows(), .. Losses(), .. Reductions(),
    ];

    private static KernelCase Forward(string name, Bar bar, ConvShape shape, bool bias = false) => new($"{name}, forward", bar, o =>
    {
        Place x = o.Source("x", shape.InputCount), w = o.Source("w", shape.WeightCount), b = bias
            ? o.Source("bias", shape.OutChannels)
            : Place.None;
        Place y = o.Result(shape.OutputCount);
        return backend => backend.ConvForward(shape, x, w, b, y);
    })
    { Conv = new ConvTiling(shape, ConvPass.Forward) };

    private static KernelCase BackInput(string name, Bar bar, ConvShape shape) => new($"{name}, input gradient", bar, o =>
    {
        Place dy = o.Source("dy", shape.OutputCount), w = o.Source("w", shape.WeightCount), dx = o.Result(shape.InputCount);
        return backend => backend.ConvBackInput(shape, dy, w, dx, Into.Set);
    })
    { Conv = new ConvTiling(shape, ConvPass.InputGradient) };

    private static KernelCase BackWeight(string name, Bar bar, ConvShape shape) => new($"{name}, weight gradient", bar, o =>
    {
        Place x = o.Source("x", shape.InputCount), dy = o.Source("dy", shape.OutputCount), dw = o.Result(shape.WeightCount);
        return backend => backend.ConvBackWeight(shape, x, dy, dw, Into.Set);
    })
    { Conv = new ConvTiling(shape, ConvPass.WeightGradient) };

    private IEnumerable<KernelCase> Convolutions() =>
    [
        Forward("conv 3x3 dilated", Bar.Convolution, Barred),
        BackInput("conv 3x3 dilated", Bar.ConvolutionGradient, Barred),
        BackWeight("conv 3x3 dilated", Bar.ConvolutionGradient, Barred),
        .. Tensor(Precision.Tf32, "tf32"),
        .. Tensor(Precision.Bf16, "bf16"),
        Forward("conv 7x7 stem", Bar.None, Stem),
        BackWeight("conv 7x7 stem", Bar.None, Stem),
        Forward("conv 1x1 stride 2", Bar.None, Shortcut),
        BackInput("conv 1x1 stride 2", Bar.None, Shortcut),
        BackWeight("conv 1x1 stride 2", Bar.None, Shortcut),
        Forward("conv 1x1 in large tiles", Bar.None, new(1, 128, 128, 64, 128, 1)),
        BackInput("conv 1x1 in large tiles", Bar.None, new(1, 128, 128, 128, 64, 1)),
        BackWeight("conv 1x1 in large tiles", Bar.None, new(1, 16, 16, 128, 128, 1)),
        Forward("conv 3x3 head", Bar.None, Head, bias: true),
        BackInput("conv 3x3 head", Bar.None, Head),
        BackWeight("conv 3x3 head", Bar.None, Head),
        new("head at four rates", Bar.None, o =>
        {
            Place x = o.Source("x", Head.InputCount), dy = o.Source("dy", Head.OutputCount), y = o.Result(Head.OutputCount),
                part = o.Unused(Head.OutputCount), dx = o.Result(Head.InputCount);
            var shape = new AtrousSumShape(Head.Batch, Head.Height, Head.Width, Head.InChannels, Organs, 3);
            int[] rates = [6, 12, 18, 24];
            AtrousBranch[] branches =
                [.. rates.Select(rate => new AtrousBranch(rate, o.Source($"w{rate}", Head.WeightCount), o.Source($"b{rate}", Organs)))];
            AtrousBranch[] gradients =
                [.. rates.Select(rate => new AtrousBranch(rate, o.Result(Head.WeightCount), o.Result(Organs)))];
            return backend =>
            {
                backend.AtrousSumForward(shape, x, branches, y, part);
                backend.AtrousSumBackward(shape, x, dy, branches, gradients, dx, Into.Set);
            };
        }),
        new("conv bias gradient", Bar.Stream, o =>
        {
            ConvShape shape = Shortcut;
            Place dy = o.Source("dy", shape.OutputCount), dbias = o.Result(shape.OutChannels);
            return backend => backend.ConvBackBias(shape, dy, dbias, Into.Set);
        }),
    ];

    private IEnumerable<KernelCase> Tensor(Precision precision, string name) =>
    [
        Forward($"conv 3x3 dilated {name}", Bar.Tensor, Barred) with { Precision = precision },
        BackInput($"conv 3x3 dilated {name}", Bar.Tensor, Barred) with { Precision = precision },
        BackWeight($"conv 3x3 dilated {name}", Bar.None, Barred) with { Precision = precision },
    ];

    private IEnumerable<KernelCase> Norms() =>
    [
        Norm("norm with residual, forward", NormMode.Batch),
        Norm("norm with running statistics, forward", NormMode.Running),
        new("norm with residual, backward", Bar.Stream, o =>
        {
            var shape = new NormShape(HalfSizePixels, Width, NormMode.Batch, Relu: true);
            Place x = o.Source("x", HalfSizeWords), y = o.Source("y", HalfSizeWords), dy = o.Source("dy", HalfSizeWords);
            var channels = new NormPlaces(o.Source("gamma", Width), o.Unused(Width), o.Unused(Width), o.Unused(Width),
                o.Source("mean", Width), o.Source("inverse", Width));
            Place dx = o.Result(HalfSizeWords), dresidual = o.Result(HalfSizeWords), dgamma = o.Result(Width), dbeta = o.Result(Width);
            return backend => backend.NormBackward(shape, x, y, dy, channels, dx, Into.Set, dresidual, Into.Set, dgamma, dbeta);
        }),
    ];

    private KernelCase Norm(string name, NormMode mode) => new(name, Bar.Stream, o =>
    {
        var shape = new NormShape(HalfSizePixels, Width, mode, Relu: true);
        Place x = o.Source("x", HalfSizeWords), residual = o.Source("residual", HalfSizeWords);
        Place mean = mode == NormMode.Batch ? o.State("running mean", Width) : o.Source("running mean", Width);
        Place variance = mode == NormMode.Batch
            ? o.State("running variance", Width)
            : o.Constant(BitConverter.SingleToUInt32Bits(2), Width);
        var channels = new NormPlaces(o.Source("gamma", Width), o.Source("beta", Width), mean, variance, o.Result(Width), o.Result(Width));
        Place y = o.Result(HalfSizeWords);
        return backend => backend.NormForward(shape, x, residual, channels, y);
    });

    private IEnumerable<KernelCase> ElementWise() =>
    [
        new("fill", Bar.Stream, o =>
        {
            Place y = o.Result(HalfSizeWords);
            return backend => backend.Fill(y, 3);
        }),
        Pair("relu, forward", (backend, x, y) => backend.ReluForward(x, y)),
        Triple("relu, backward", (backend, y, dy, dx) => backend.ReluBackward(y, dy, dx, Into.Set)),
        Triple("add, forward", (backend, a, b, y) => backend.AddForward(a, b, y)),
        Pair("add, backward", (backend, dy, dx) => backend.AddBackward(dy, dx, Into.Set)),
        new("concat, forward", Bar.Stream, o =>
        {
            ConcatShape shape = Concat;
            long part = (long)shape.Rows * shape.InChannels;
            Place x = o.Source("x", part), y = o.Result((long)shape.Rows * shape.OutChannels, needed: part);
            return backend => backend.ConcatForward(shape, x, y);
        }),
        new("concat, backward", Bar.Stream, o =>
        {
            ConcatShape shape = Concat;
            long part = (long)shape.Rows * shape.InChannels;
            Place dy = o.Source("dy", (long)shape.Rows * shape.OutChannels, needed: part), dx = o.Result(part);
            return backend => backend.ConcatBackward(shape, dy, dx, Into.Set);
        }),
        new("sgd", Bar.Stream, o =>
        {
            Place gradient = o.Source("gradient", Weights), weight = o.State("weight", Weights), moment = o.State("moment", Weights);
            return backend => backend.Sgd(new SgdRate(0.01f, 0.9f, 5e-4f), gradient, weight, moment);
        }),
        new("adamw", Bar.Stream, o =>
        {
            Place gradient = o.Source("gradient", Weights), weight = o.State("weight", Weights), moment = o.State("moment", Weights);
            Place second = o.State(BitConverter.SingleToUInt32Bits(2), Weights);
            return backend => backend.AdamW(new AdamWRate(0.01f, 0.9f, 0.99f, 5e-4f, 3), gradient, weight, moment, second);
        }),
        new("moving average", Bar.Stream, o =>
        {
            Place value = o.Source("value", Weights), average = o.State("average", Weights);
            return backend => backend.MovingAverage(0.001f, value, average);
        }),
    ];

    private ConcatShape Concat => new(HalfSizePixels / 4, Width, 4 * Width, Width);

    private KernelCase Pair(string name, Action<IBackend, Place, Place> run) => new(name, Bar.Stream, o =>
    {
        Place x = o.Source("x", HalfSizeWords), y = o.Result(HalfSizeWords);
        return backend => run(backend, x, y);
    });

    private KernelCase Triple(string name, Action<IBackend, Place, Place, Place> run) => new(name, Bar.Stream, o =>
    {
        Place a = o.Source("a", HalfSizeWords), b = o.Source("b", HalfSizeWords), y = o.Result(HalfSizeWords);
        return backend => run(backend, a, b, y);
    });

    private IEnumerable<KernelCase> Windows() =>
    [
        new("max pool, forward", Bar.None, o =>
        {
            PoolShape shape = Pool;
            Place x = o.Source("x", shape.InputCount), index = o.Integers(shape.OutputCount), y = o.Result(shape.OutputCount);
            return backend => backend.MaxPoolForward(shape, x, index, y);
        }),
        new("max pool, backward", Bar.None, o =>
        {
            PoolShape shape = Pool;
            Place dy = o.Source("dy", shape.OutputCount), index = o.Constant(4, shape.OutputCount), dx = o.Result(shape.InputCount);
            return backend => backend.MaxPoolBackward(shape, dy, index, dx, Into.Set);
        }),
        new("resize, forward", Bar.None, o =>
        {
            ResizeShape shape = Resize;
            Place x = o.Source("x", shape.InputCount), y = o.Result((long)Pixels * Organs);
            return backend => backend.ResizeForward(shape, x, y);
        }),
        new("resize, backward", Bar.None, o =>
        {
            ResizeShape shape = Resize;
            Place dy = o.Source("dy", (long)Pixels * Organs), dx = o.Result(shape.InputCount);
            return backend => backend.ResizeBackward(shape, dy, dx, Into.Set);
        }),
    ];

    private PoolShape Pool => new(Batch, Size / 2, Size / 2, Width, 3, 2, 1);

    private ResizeShape Resize => new(Batch, Size / 8, Size / 8, Size, Size, Organs);

    private IEnumerable<KernelCase> Losses() =>
    [
        new("masked cross-entropy", Bar.Stream, o =>
        {
            var shape = new MaskedBceShape(Pixels, Organs, 1f / Pixels);
            Place z = o.Source("z", (long)Pixels * Organs), isOrgan = o.Bits("is organ", Pixels), isKnown = o.Bits("is known", Pixels);
            Place sums = o.Result(Organs), counts = o.Integers(Organs), dz = o.Result((long)Pixels * Organs);
            return backend => backend.MaskedBce(shape, z, isOrgan, isKnown, sums, counts, dz);
        }),
        new("masked loss", Bar.Stream, o =>
        {
            var shape = new MaskedLossShape(Batch, Size * Size, Organs, new LossTerms(1, RegionWeight: 1));
            Place z = o.Source("z", shape.Count), isOrgan = o.Bits("is organ", Pixels), isKnown = o.Bits("is known", Pixels),
                annotated = o.Bits("annotated", Batch);
            Place sums = o.Result(LossSums.Words * Organs), counts = o.Integers(LossCounts.Words * Organs), dz = o.Result(shape.Count);
            return backend => backend.MaskedLoss(shape, z, isOrgan, isKnown, annotated, sums, counts, dz);
        }),
        new("resized masked cross-entropy", Bar.Stream, o =>
        {
            var shape = new ResizedBceShape(Batch, Size / 8, Size / 8, Size, Size, Organs, 1f / Pixels);
            Place z = o.Source("z", shape.Count), isOrgan = o.Bits("is organ", Pixels), isKnown = o.Bits("is known", Pixels);
            Place sums = o.Result(Organs), counts = o.Integers(Organs), dz = o.Result(shape.Count);
            return backend => backend.ResizedBce(shape, z, isOrgan, isKnown, sums, counts, dz);
        }),
        new("softmax cross-entropy", Bar.Stream, o =>
        {
            var shape = new SoftmaxShape(Pixels, Organs + 1, 1f / Pixels);
            Place z = o.Source("z", (long)Pixels * (Organs + 1)), labels = o.Constant(2, Pixels), sum = o.Result(1), count = o.Integers(1);
            Place dz = o.Result((long)Pixels * (Organs + 1));
            return backend => backend.SoftmaxCrossEntropy(shape, z, labels, sum, count, dz);
        }),
        new("softmax loss", Bar.Stream, o =>
        {
            var shape = new SoftmaxLossShape(Pixels, Organs + 1, new LossTerms(1, RegionWeight: 1));
            Place z = o.Source("z", shape.Count), labels = o.Constant(2, Pixels);
            Place sums = o.Result(LossSums.Words * shape.Classes), counts = o.Integers(LossCounts.Words * shape.Classes);
            Place dz = o.Result(shape.Count);
            return backend => backend.SoftmaxLoss(shape, z, labels, sums, counts, dz);
        }),
    ];

    private IEnumerable<KernelCase> Reductions() =>
    [
        new("mean pool, forward", Bar.Stream, o =>
        {
            MeanShape shape = Mean;
            Place x = o.Source("x", (long)shape.Batch * shape.Pixels * shape.Channels), y = o.Result((long)shape.Batch * shape.Channels);
            return backend => backend.MeanPoolForward(shape, x, y);
        }),
        new("mean pool, backward", Bar.Stream, o =>
        {
            MeanShape shape = Mean;
            Place dy = o.Source("dy", (long)shape.Batch * shape.Channels), dx = o.Result((long)shape.Batch * shape.Pixels * shape.Channels);
            return backend => backend.MeanPoolBackward(shape, dy, dx, Into.Set);
        }),
        new("top fraction", Bar.Stream, o =>
        {
            Place scores = o.Source("scores", Pixels), candidates = o.Constant(1, Pixels), selected = o.Integers(Pixels),
                summary = o.Integers(TopFractionShape.SummaryWords);
            return backend => backend.TopFraction(new TopFractionShape(Pixels, 0.33), scores, candidates, selected, summary);
        }),
        new("confusion", Bar.Stream, o =>
        {
            Place predicted = o.Bits("predicted", Pixels), isOrgan = o.Bits("is organ", Pixels), isKnown = o.Bits("is known", Pixels),
                counts = o.Integers(3 * Organs);
            return backend => backend.Confusion(new ConfusionShape(Pixels, Organs), predicted, isOrgan, isKnown, counts, Into.Set);
        }),
        new("sum of squares", Bar.Stream, o =>
        {
            Place x = o.Source("x", Weights), result = o.Result(2);
            return backend => backend.SumSquares(x, result);
        }),
    ];

    private MeanShape Mean => new(Batch, Size / 8 * Size / 8, 8 * Width);
}
