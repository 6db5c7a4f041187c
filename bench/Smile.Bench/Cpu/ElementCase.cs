using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using static TorchSharp.torch;

namespace Smile.Bench.Cpu;

/// <summary>A pass over memory on both sides.</summary>
/// <param name="Name">For people.</param>
/// <param name="Words">
/// Words that must move: each operand once; x twice where a statistic of all of it comes before the first result.
/// </param>
/// <param name="Smile">Takes the operands and returns the operation.</param>
/// <param name="Torch">
/// Makes the operands in a layout (true: channels_last) and returns the operation; null where libtorch has none.
/// </param>
/// <param name="Layouts">Whether the layout makes a difference to libtorch.</param>
internal sealed record ElementCase(string Name, double Words, Func<Operands, Action<IBackend>> Smile, Func<bool, Func<Tensor?>>? Torch,
    bool Layouts = false)
{
    /// <summary>False where arithmetic, not memory, is the bound: then the share of the bandwidth is told only.</summary>
    public bool Barred { get; init; } = true;

    /// <summary>
    /// What else than the memory bounds it, measured on the machine of docs/log/2026-11-29-cpu.md; told where the bar is missed.
    /// </summary>
    public string Bound { get; init; } = "";
}

/// <summary>The cases: tensors of 34 MB, larger than the caches of the cores, or as large as the network's largest.</summary>
internal static class ElementCases
{
    private const int Batch = 8, Size = 128, Channels = 64, Rows = Batch * Size * Size, Organs = 3, Features = 64, Labels = 512,
        Weights = 24 << 20;
    private const long Count = (long)Rows * Channels;
    private const int LabelPixels = Batch * Labels * Labels;

    /// <summary>Where all traffic is stores: a plain fill past the caches.</summary>
    private const string WritesAlone = "all of it is stores, and a fill past the caches moves 36 GB/s on one thread, 69 on two";

    private static readonly PoolShape _pool = new(Batch, Size, Size, Channels, Kernel: 3, Stride: 2, Pad: 1);
    private static readonly ResizeShape _resize = new(Batch, Features, Features, Labels, Labels, Organs);
    private static readonly ResizeShape _upsampling = new(Batch, Size / 2, Size / 2, Size, Size, Channels);
    private static readonly MeanShape _mean = new(Batch, Size * Size, Channels);

    public static IReadOnlyList<ElementCase> All { get; } =
    [
        NormForward("batch norm, forward", 3, relu: false, residual: false),
        NormForward("batch norm + ReLU, forward", 3, relu: true, residual: false),
        NormForward("batch norm + residual + ReLU, forward", 4, relu: true, residual: true),
        NormBackward("batch norm, backward", 5, relu: false, residual: false),
        NormBackward("batch norm + ReLU, backward", 7, relu: true, residual: false),
        NormBackward("batch norm + residual + ReLU, backward", 8, relu: true, residual: true),
        new("ReLU, forward", 2 * Count, o =>
        {
            Place x = o.Source("x", Count), y = o.Result(Count);
            return backend => backend.ReluForward(x, y);
        }, _ => Unary(x => x.relu())),
        new("ReLU, backward", 3 * Count, o =>
        {
            Place y = o.Source("x", Count), dy = o.Source("dy", Count), dx = o.Result(Count);
            return backend => backend.ReluBackward(y, dy, dx, Into.Set);
        }, channelsLast => Gradient(Image(channelsLast), x => x.relu())),
        new("add, forward", 3 * Count, o =>
        {
            Place a = o.Source("x", Count), b = o.Source("b", Count), y = o.Result(Count);
            return backend => backend.AddForward(a, b, y);
        }, channelsLast =>
        {
            (Tensor a, Tensor b) = (Image(channelsLast), Image(channelsLast));
            return () => a + b;
        }),
        new("max pool 3x3 / 2, forward", Count + 2.0 * _pool.OutputCount, o =>
        {
            Place x = o.Source("x", Count), index = o.Integers(_pool.OutputCount), y = o.Result(_pool.OutputCount);
            return backend => backend.MaxPoolForward(_pool, x, index, y);
        }, channelsLast =>
        {
            Tensor x = Image(channelsLast);
            return () => MaxPool(x);
        }, Layouts: true),
        new("max pool 3x3 / 2, backward", Count + 2.0 * _pool.OutputCount, o =>
        {
            Place dy = o.Source("dy", _pool.OutputCount), index = o.Constant(4, _pool.OutputCount), dx = o.Result(Count);
            return backend => backend.MaxPoolBackward(_pool, dy, index, dx, Into.Set);
        }, channelsLast => Gradient(Image(channelsLast), MaxPool), Layouts: true),
        new("mean pool, forward", Count, o =>
        {
            Place x = o.Source("x", Count), y = o.Result(Batch * Channels);
            return backend => backend.MeanPoolForward(_mean, x, y);
        }, channelsLast =>
        {
            Tensor x = Image(channelsLast);
            return () => x.mean([2, 3], keepdim: true);
        }, Layouts: true),
        new("mean pool, backward", Count, o =>
        {
            Place dy = o.Source("dy", Batch * Channels), dx = o.Result(Count);
            return backend => backend.MeanPoolBackward(_mean, dy, dx, Into.Set);
        }, channelsLast => Gradient(Image(channelsLast), x => x.mean([2, 3], keepdim: true)), Layouts: true) { Bound = WritesAlone },
        new("bilinear x8, forward", _resize.InputCount + _resize.OutputCount, o =>
        {
            Place x = o.Source("x", _resize.InputCount), y = o.Result(_resize.OutputCount);
            return backend => backend.ResizeForward(_resize, x, y);
        }, channelsLast =>
        {
            Tensor x = Logits(channelsLast, Features);
            return () => Resize(x);
        }, Layouts: true) { Bound = WritesAlone },
        new("bilinear x8, backward", _resize.InputCount + _resize.OutputCount, o =>
        {
            Place dy = o.Source("dy", _resize.OutputCount), dx = o.Result(_resize.InputCount);
            return backend => backend.ResizeBackward(_resize, dy, dx, Into.Set);
        }, channelsLast => Gradient(Logits(channelsLast, Features), Resize), Layouts: true)
        {
            Bound = "work in the core: a gradient row is added to two source rows and their pixels gathered, "
                + "25 GB/s a thread with all operands in the cache",
        },
        new("bilinear x2 of features, forward", _upsampling.InputCount + _upsampling.OutputCount, o =>
        {
            Place x = o.Source("x", _upsampling.InputCount), y = o.Result(_upsampling.OutputCount);
            return backend => backend.ResizeForward(_upsampling, x, y);
        }, channelsLast =>
        {
            Tensor x = HalfImage(channelsLast);
            return () => Upsample(x);
        }, Layouts: true),
        new("bilinear x2 of features, backward", _upsampling.InputCount + _upsampling.OutputCount, o =>
        {
            Place dy = o.Source("dy", _upsampling.OutputCount), dx = o.Result(_upsampling.InputCount);
            return backend => backend.ResizeBackward(_upsampling, dy, dx, Into.Set);
        }, channelsLast => Gradient(HalfImage(channelsLast), Upsample), Layouts: true),
        new("masked BCE, forward and backward", (2.0 * Organs + 2) * LabelPixels, o =>
        {
            var shape = new MaskedBceShape(LabelPixels, Organs, 1f / LabelPixels);
            Place z = o.Source("z", (long)LabelPixels * Organs), isOrgan = o.Bits("is organ", LabelPixels),
                isKnown = o.Bits("is known", LabelPixels);
            Place sums = o.Result(Organs), counts = o.Integers(Organs), dz = o.Result((long)LabelPixels * Organs);
            return backend => backend.MaskedBce(shape, z, isOrgan, isKnown, sums, counts, dz);
        }, channelsLast => Loss(Libtorch.Leaf(Logits(channelsLast, Labels)), z => z))
        {
            Bound = "arithmetic: 47 vector instructions and a division for 16 logits take 6 ns with all operands in the cache, "
                + "28 GB/s a thread",
        },
        new("bilinear x8 + masked BCE, forward and backward", 2.0 * LabelPixels, o =>
        {
            var shape = new ResizedBceShape(Batch, Features, Features, Labels, Labels, Organs, 1f / LabelPixels);
            Place z = o.Source("z", shape.Count), isOrgan = o.Bits("is organ", LabelPixels), isKnown = o.Bits("is known", LabelPixels);
            Place sums = o.Result(Organs), counts = o.Integers(Organs), dz = o.Result(shape.Count);
            return backend => backend.ResizedBce(shape, z, isOrgan, isKnown, sums, counts, dz);
        }, channelsLast => Loss(Libtorch.Leaf(Logits(channelsLast, Features)), Resize)) { Barred = false },
        new("concatenation of two, forward", 4 * Count, o =>
        {
            Place a = o.Source("x", Count), b = o.Source("b", Count), y = o.Result(2 * Count);
            return backend =>
            {
                backend.ConcatForward(new ConcatShape(Rows, Channels, 2 * Channels, 0), a, y);
                backend.ConcatForward(new ConcatShape(Rows, Channels, 2 * Channels, Channels), b, y);
            };
        }, channelsLast =>
        {
            (Tensor a, Tensor b) = (Image(channelsLast), Image(channelsLast));
            return () => cat([a, b], 1);
        }, Layouts: true),
        new("sum of squares", Weights, o =>
        {
            Place x = o.Source("x", Weights), result = o.Integers(2);
            return backend => backend.SumSquares(x, result);
        }, _ =>
        {
            Tensor x = rand(Weights);
            return () => linalg.vector_norm(x);
        }),
        new("SGD", 5.0 * Weights, o =>
        {
            Place gradient = o.Source("g", Weights), weight = o.State("w", Weights), moment = o.State("m", Weights);
            return backend => backend.Sgd(new SgdRate(1e-3f, 0.9f, 5e-4f), gradient, weight, moment);
        }, _ =>
        {
            const int tensors = 24; // of 4 MB each, as a network's are; one of 100 MB is ten times as slow
            var weights = Enumerable.Range(0, tensors)
                .Select(_ => new TorchSharp.Modules.Parameter(rand(Weights / tensors)) { grad = rand(Weights / tensors) });
            var optimiser = optim.SGD([.. weights], 1e-3, momentum: 0.9, weight_decay: 5e-4);
            return () => optimiser.step();
        }),
    ];

    private static ElementCase NormForward(string name, int words, bool relu, bool residual) => new(name, words * Count, o =>
    {
        var shape = new NormShape(Rows, Channels, NormMode.Batch, relu);
        Place x = o.Source("x", Count), r = residual ? o.Source("residual", Count) : Place.None;
        var channels = new NormPlaces(o.Source("gamma", Channels), o.Source("beta", Channels), o.State("running mean", Channels),
            o.State("running variance", Channels), o.Result(Channels), o.Result(Channels));
        Place y = o.Result(Count);
        return backend => backend.NormForward(shape, x, r, channels, y);
    }, channelsLast =>
    {
        Tensor x = Image(channelsLast), r = Image(channelsLast);
        TorchNorm norm = new(relu, residual);
        return () => norm.Forward(x, r);
    }, Layouts: true);

    private static ElementCase NormBackward(string name, int words, bool relu, bool residual) => new(name, words * Count, o =>
    {
        var shape = new NormShape(Rows, Channels, NormMode.Batch, relu);
        Place x = o.Source("x", Count), y = o.Source("y", Count), dy = o.Source("dy", Count);
        var channels = new NormPlaces(o.Source("gamma", Channels), o.Unused(Channels), o.Unused(Channels), o.Unused(Channels),
            o.Source("mean", Channels), o.Source("inverse", Channels));
        Place dx = o.Result(Count), dr = residual ? o.Result(Count) : Place.None, dgamma = o.Result(Channels), dbeta = o.Result(Channels);
        return backend => backend.NormBackward(shape, x, y, dy, channels, dx, Into.Set, dr, Into.Set, dgamma, dbeta);
    }, channelsLast =>
    {
        Tensor x = Libtorch.Leaf(Image(channelsLast)), r = Libtorch.Leaf(Image(channelsLast)), dy = Image(channelsLast);
        TorchNorm norm = new(relu, residual);
        Tensor y = norm.Forward(x, r);
        Tensor[] wanted = residual ? [x, norm.Gamma, norm.Beta, r] : [x, norm.Gamma, norm.Beta];
        return () => autograd.grad([y], wanted, [dy], retain_graph: true)[0];
    }, Layouts: true);

    private sealed class TorchNorm(bool relu, bool residual)
    {
        private readonly Tensor _mean = zeros(Channels), _variance = ones(Channels);

        public Tensor Gamma { get; } = Libtorch.Leaf(rand(Channels));

        public Tensor Beta { get; } = Libtorch.Leaf(rand(Channels));

        public Tensor Forward(Tensor x, Tensor r)
        {
            Tensor y = nn.functional.batch_norm(x, _mean, _variance, Gamma, Beta, training: true);
            if (residual)
                y = y.add_(r);
            return relu ? y.relu_() : y;
        }
    }

    private static Tensor Image(bool channelsLast) => Libtorch.InLayout(rand(Batch, Channels, Size, Size) - 0.5, channelsLast);

    private static Tensor Logits(bool channelsLast, int size) => Libtorch.InLayout(rand(Batch, Organs, size, size) - 0.5, channelsLast);

    private static Tensor MaxPool(Tensor x) => nn.functional.max_pool2d(x, [3, 3], [2, 2], [1, 1]);

    private static Tensor Resize(Tensor x) =>
        nn.functional.interpolate(x, size: [Labels, Labels], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Tensor HalfImage(bool channelsLast) => Libtorch.InLayout(rand(Batch, Channels, Size / 2, Size / 2) - 0.5, channelsLast);

    private static Tensor Upsample(Tensor x) =>
        nn.functional.interpolate(x, size: [Size, Size], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Func<Tensor> Unary(Func<Tensor, Tensor> operation)
    {
        Tensor x = Image(channelsLast: false);
        return () => operation(x);
    }

    private static Func<Tensor> Gradient(Tensor of, Func<Tensor, Tensor> operation)
    {
        Tensor x = Libtorch.Leaf(of), y = operation(x), dy = rand_like(y);
        return () => autograd.grad([y], [x], [dy], retain_graph: true)[0];
    }

    private static Func<Tensor> Loss(Tensor z, Func<Tensor, Tensor> resize)
    {
        Tensor isOrgan = rand(Batch, Organs, Labels, Labels).round(), isKnown = rand(Batch, Organs, Labels, Labels).round();
        return () =>
            autograd.grad([nn.functional.binary_cross_entropy_with_logits(resize(z), isOrgan, isKnown, nn.Reduction.None).sum()
                / LabelPixels], [z])[0];
    }
}
