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

namespace Smile.Bench.Micro;

/// <summary>
/// Every operation of a backend once, by the name of its method, at a size that a step of the default has: eight slices of 128 x 128, three
/// organs, 64 channels at a quarter of the size. A test holds the names to those of <see cref="IBackend"/>.
/// </summary>
internal static class MicroOperations
{
    private const int Batch = 8, Size = 128, Small = 32, Channels = 64, Organs = 3, Weights = 1 << 20;
    private const int Pixels = Batch * Size * Size, Rows = Batch * Small * Small;

    private static readonly int[] _rates = [6, 12, 18, 24];
    private static readonly ConvShape _conv = new(Batch, Small, Small, Channels, Channels, 3, Pad: 1);
    private static readonly AtrousSumShape _atrous = new(Batch, 16, 16, 128, Organs, 3);
    private static readonly NormShape _norm = new(Rows, Channels, NormMode.Batch, Relu: true);
    private static readonly PoolShape _pool = new(Batch, 64, 64, Channels, 3, 2, 1);
    private static readonly MeanShape _mean = new(Batch, Small * Small, Channels);
    private static readonly ConcatShape _concat = new(Rows, Channels, 2 * Channels, Channels);
    private static readonly ResizeShape _resize = new(Batch, Small, Small, Size, Size, Organs);
    private static readonly ResizedBceShape _resizedBce = new(Batch, Small, Small, Size, Size, Organs, 1f / Pixels);
    private static readonly LossTerms _terms = new(PixelWeight: 1, PerKnown: true, RegionWeight: 1);

    private static readonly Dictionary<string, Func<ArenaPlan, Action<IBackend>>> _all = new(StringComparer.Ordinal)
    {
        [nameof(IBackend.AdamW)] = plan =>
        {
            Place[] w = Takes(plan, Weights, 4);
            return b => b.AdamW(new AdamWRate(1e-3f, 0.9f, 0.99f, 0.01f, 1), w[0], w[1], w[2], w[3]);
        },
        [nameof(IBackend.AddForward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 3);
            return b => b.AddForward(x[0], x[1], x[2]);
        },
        [nameof(IBackend.AddBackward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 2);
            return b => b.AddBackward(x[0], x[1], Into.Add);
        },
        [nameof(IBackend.AtrousSumForward)] = plan =>
        {
            Place x = Take(plan, _atrous.At(1).InputCount);
            Place[] y = Takes(plan, _atrous.OutputCount, 2);
            AtrousBranch[] branches = Branches(plan);
            return b => b.AtrousSumForward(_atrous, x, branches, y[0], y[1]);
        },
        [nameof(IBackend.AtrousSumBackward)] = plan =>
        {
            Place[] x = Takes(plan, _atrous.At(1).InputCount, 2);
            Place dy = Take(plan, _atrous.OutputCount);
            AtrousBranch[] branches = Branches(plan), gradients = Branches(plan);
            return b => b.AtrousSumBackward(_atrous, x[0], dy, branches, gradients, x[1], Into.Set);
        },
        [nameof(IBackend.ConcatForward)] = plan =>
        {
            Place x = Take(plan, Rows * Channels), y = Take(plan, 2 * Rows * Channels);
            return b => b.ConcatForward(_concat, x, y);
        },
        [nameof(IBackend.ConcatBackward)] = plan =>
        {
            Place x = Take(plan, Rows * Channels), y = Take(plan, 2 * Rows * Channels);
            return b => b.ConcatBackward(_concat, y, x, Into.Set);
        },
        [nameof(IBackend.Confusion)] = plan =>
        {
            Place[] masks = Takes(plan, Pixels, 3);
            Place counts = Take(plan, 3 * Organs);
            return b => b.Confusion(new ConfusionShape(Pixels, Organs), masks[0], masks[1], masks[2], counts, Into.Set);
        },
        [nameof(IBackend.ConvForward)] = plan =>
        {
            Place x = Take(plan, _conv.InputCount), w = Take(plan, _conv.WeightCount), y = Take(plan, _conv.OutputCount);
            return b => b.ConvForward(_conv, x, w, Place.None, y);
        },
        [nameof(IBackend.ConvBackInput)] = plan =>
        {
            Place x = Take(plan, _conv.InputCount), w = Take(plan, _conv.WeightCount), y = Take(plan, _conv.OutputCount);
            return b => b.ConvBackInput(_conv, y, w, x, Into.Set);
        },
        [nameof(IBackend.ConvBackWeight)] = plan =>
        {
            Place x = Take(plan, _conv.InputCount), w = Take(plan, _conv.WeightCount), y = Take(plan, _conv.OutputCount);
            return b => b.ConvBackWeight(_conv, x, y, w, Into.Set);
        },
        [nameof(IBackend.ConvBackBias)] = plan =>
        {
            Place y = Take(plan, _conv.OutputCount), bias = Take(plan, Channels);
            return b => b.ConvBackBias(_conv, y, bias, Into.Set);
        },
        [nameof(IBackend.MaskedBce)] = plan =>
        {
            var (logits, masks, sums) = (Takes(plan, Pixels * Organs, 2), Takes(plan, Pixels, 2), Takes(plan, Organs, 2));
            return b => b.MaskedBce(new MaskedBceShape(Pixels, Organs, 1f / Pixels), logits[0], masks[0], masks[1], sums[0], sums[1],
                logits[1]);
        },
        [nameof(IBackend.MaskedLoss)] = plan =>
        {
            var (logits, masks, annotated) = (Takes(plan, Pixels * Organs, 2), Takes(plan, Pixels, 2), Take(plan, Batch));
            Place sums = Take(plan, LossSums.Words * Organs), counts = Take(plan, LossCounts.Words * Organs);
            return b => b.MaskedLoss(new MaskedLossShape(Batch, Size * Size, Organs, _terms), logits[0], masks[0], masks[1], annotated,
                sums, counts, logits[1]);
        },
        [nameof(IBackend.MaxPoolForward)] = plan =>
        {
            Place x = Take(plan, _pool.InputCount);
            Place[] y = Takes(plan, _pool.OutputCount, 2);
            return b => b.MaxPoolForward(_pool, x, y[0], y[1]);
        },
        [nameof(IBackend.MaxPoolBackward)] = plan =>
        {
            Place x = Take(plan, _pool.InputCount);
            Place[] y = Takes(plan, _pool.OutputCount, 2);
            return b => b.MaxPoolBackward(_pool, y[0], y[1], x, Into.Set);
        },
        [nameof(IBackend.MeanPoolForward)] = plan =>
        {
            Place x = Take(plan, Rows * Channels), y = Take(plan, Batch * Channels);
            return b => b.MeanPoolForward(_mean, x, y);
        },
        [nameof(IBackend.MeanPoolBackward)] = plan =>
        {
            Place x = Take(plan, Rows * Channels), y = Take(plan, Batch * Channels);
            return b => b.MeanPoolBackward(_mean, y, x, Into.Set);
        },
        [nameof(IBackend.MovingAverage)] = plan =>
        {
            Place[] w = Takes(plan, Weights, 2);
            return b => b.MovingAverage(0.01f, w[0], w[1]);
        },
        [nameof(IBackend.NormForward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 2), c = Takes(plan, Channels, 6);
            return b => b.NormForward(_norm, x[0], Place.None, new NormPlaces(c[0], c[1], c[2], c[3], c[4], c[5]), x[1]);
        },
        [nameof(IBackend.NormBackward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 4), c = Takes(plan, Channels, 8);
            return b => b.NormBackward(_norm, x[0], x[1], x[2], new NormPlaces(c[0], c[1], c[2], c[3], c[4], c[5]), x[3], Into.Set,
                Place.None, Into.Set, c[6], c[7]);
        },
        [nameof(IBackend.ReluForward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 2);
            return b => b.ReluForward(x[0], x[1]);
        },
        [nameof(IBackend.ReluBackward)] = plan =>
        {
            Place[] x = Takes(plan, Rows * Channels, 3);
            return b => b.ReluBackward(x[0], x[1], x[2], Into.Set);
        },
        [nameof(IBackend.ResizeForward)] = plan =>
        {
            Place x = Take(plan, _resize.InputCount), y = Take(plan, _resize.OutputCount);
            return b => b.ResizeForward(_resize, x, y);
        },
        [nameof(IBackend.ResizeBackward)] = plan =>
        {
            Place x = Take(plan, _resize.InputCount), y = Take(plan, _resize.OutputCount);
            return b => b.ResizeBackward(_resize, y, x, Into.Set);
        },
        [nameof(IBackend.ResizedBce)] = plan =>
        {
            var (logits, masks, sums) = (Takes(plan, _resizedBce.Count, 2), Takes(plan, Pixels, 2), Takes(plan, Organs, 2));
            return b => b.ResizedBce(_resizedBce, logits[0], masks[0], masks[1], sums[0], sums[1], logits[1]);
        },
        [nameof(IBackend.Sgd)] = plan =>
        {
            Place[] w = Takes(plan, Weights, 3);
            return b => b.Sgd(new SgdRate(1e-3f, 0.9f, 5e-4f), w[0], w[1], w[2]);
        },
        [nameof(IBackend.SoftmaxCrossEntropy)] = plan =>
        {
            var (logits, labels, sums) = (Takes(plan, Pixels * (Organs + 1), 2), Take(plan, Pixels), Takes(plan, 1, 2));
            return b => b.SoftmaxCrossEntropy(new SoftmaxShape(Pixels, Organs + 1, 1f / Pixels), logits[0], labels, sums[0], sums[1],
                logits[1]);
        },
        [nameof(IBackend.SoftmaxLoss)] = plan =>
        {
            var (logits, labels) = (Takes(plan, Pixels * (Organs + 1), 2), Take(plan, Pixels));
            Place sums = Take(plan, LossSums.Words * (Organs + 1)), counts = Take(plan, LossCounts.Words * (Organs + 1));
            return b => b.SoftmaxLoss(new SoftmaxLossShape(Pixels, Organs + 1, _terms), logits[0], labels, sums, counts, logits[1]);
        },
        [nameof(IBackend.SumSquares)] = plan =>
        {
            Place w = Take(plan, Weights), result = Take(plan, 2);
            return b => b.SumSquares(w, result);
        },
        [nameof(IBackend.TopFraction)] = plan =>
        {
            Place[] pixels = Takes(plan, Pixels, 3);
            Place summary = Take(plan, TopFractionShape.SummaryWords);
            return b => b.TopFraction(new TopFractionShape(Pixels, 0.5), pixels[0], pixels[1], pixels[2], summary);
        },
    };

    /// <summary>All, by the name of the method.</summary>
    public static IReadOnlyCollection<string> Names => _all.Keys;

    /// <summary>What runs an operation once: its operands are planned, and zeros.</summary>
    public static Action<IBackend> Plan(string name, ArenaPlan plan) => _all[name](plan);

    private static Place Take(ArenaPlan plan, long words) => plan.Take(Arena.Activations, (int)words);

    private static Place[] Takes(ArenaPlan plan, long words, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Take(plan, words))];

    private static AtrousBranch[] Branches(ArenaPlan plan) => [.. _rates.Select(rate =>
        new AtrousBranch(rate, Take(plan, _atrous.At(rate).WeightCount), Take(plan, Organs)))];
}
