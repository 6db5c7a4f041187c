using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.MovingAverage;
using Smile.Kernels.Ops.Relu;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Ops.SumSquares;
using Smile.Kernels.Ops.TopFraction;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

/// <summary>
/// The host backend: vectors and all cores. Each operation stands in its folder under Ops/ and owns its scratch; what they share stands in
/// Simd/. Work is split into chunks by the shape alone and every sum has a fixed order, so the bits do not depend on the number of threads.
/// </summary>
internal sealed class SimdBackend : ScalarBackend
{
    private readonly SimdContext _context;
    private readonly AdamWSimd _adamW;
    private readonly AddSimd _add;
    private readonly BatchNormSimd _norm;
    private readonly ConcatSimd _concat;
    private readonly ConfusionSimd _confusion;
    private readonly Conv2dSimd _conv;
    private readonly MaskedBceSimd _maskedBce;
    private readonly MaskedLossSimd _maskedLoss;
    private readonly MaxPoolSimd _maxPool;
    private readonly MeanPoolSimd _meanPool;
    private readonly MovingAverageSimd _average;
    private readonly ReluSimd _relu;
    private readonly ResizeSimd _resize;
    private readonly ResizedBceSimd _resizedBce;
    private readonly SgdSimd _sgd;
    private readonly SoftmaxCrossEntropySimd _softmax;
    private readonly SoftmaxLossSimd _softmaxLoss;
    private readonly SumSquaresSimd _sumSquares;
    private readonly TopFractionSimd _topFraction;

    /// <param name="threads">Threads; 0 stands for one a processor.</param>
    /// <param name="bits">Vector width of the convolutions, for tests; 0 stands for the widest.</param>
    /// <param name="convolution">The convolution algorithm, for tests and benches; null stands for the planner's choice.</param>
    /// <param name="streamedWords">Words from which a result goes past the caches, for tests and benches.</param>
    /// <exception cref="BackendException"><see cref="ConvPlanner.Variable"/> names no algorithm.</exception>
    public SimdBackend(int threads = 0, int bits = 0, ConvAlgorithm? convolution = null, long streamedWords = Streaming.LeastWords)
        : this(threads, bits, streamedWords, convolution is { } only
            ? ConvPlanner.Only(only) : ConvPlanner.Named(Environment.GetEnvironmentVariable(ConvPlanner.Variable)))
    {
    }

    /// <param name="threads">Threads; 0 stands for one a processor.</param>
    /// <param name="table">What was measured on this machine.</param>
    public SimdBackend(int threads, ConvTable table)
        : this(threads, table.Bits, Streaming.LeastWords, ConvPlanner.Measured(table, threads > 0 ? threads : Environment.ProcessorCount))
    {
    }

    private SimdBackend(int threads, int bits, long streamedWords, ConvPlanner planner)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _context = new SimdContext(Memory, threads, bits, streamedWords);
        _adamW = new(_context);
        _add = new(_context);
        _norm = new(_context);
        _concat = new(_context);
        _confusion = new(_context);
        _conv = new(_context, planner);
        _maskedBce = new(_context);
        _maskedLoss = new(_context);
        _maxPool = new(_context);
        _meanPool = new(_context);
        _average = new(_context);
        _relu = new(_context);
        _resize = new(_context);
        _resizedBce = new(_context);
        _sgd = new(_context);
        _softmax = new(_context);
        _softmaxLoss = new(_context);
        _sumSquares = new(_context);
        _topFraction = new(_context);
    }

    public override string Name => $"simd-{_context.Kernels.Bits} x{_context.Pool.Threads}";

    public override void AdamW(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment) =>
        _adamW.Compute(rate, gradient, weight, moment, secondMoment);

    public override void AddForward(Place a, Place b, Place y) => _add.Forward(a, b, y);

    public override void AddBackward(Place dy, Place dx, Into into) => _add.Backward(dy, dx, into);

    public override void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y,
        Place packed = default) =>
        _norm.Forward(shape, x, residual, channels, y);

    public override void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta, Place packed = default) =>
        _norm.Backward(shape, x, y, dy, channels, dx, into, dresidual, residualInto, dgamma, dbeta);

    public override void ConcatForward(in ConcatShape shape, Place x, Place y) => _concat.Forward(shape, x, y);

    public override void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into) => _concat.Backward(shape, dy, dx, into);

    public override void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into) =>
        _confusion.Compute(shape, predicted, isOrgan, isKnown, counts, into);

    public override string ConvAlgorithmOf(in ConvShape shape, ConvPass pass) => _conv.AlgorithmOf(shape, pass);

    public override void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y, Place packedX = default) =>
        _conv.Forward(shape, x, w, bias, y);

    public override void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into, Place packedDy = default) =>
        _conv.BackInput(shape, dy, w, dx, into);

    public override void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into, Place packedX = default,
        Place packedDy = default) =>
        _conv.BackWeight(shape, x, dy, dw, into);

    public override void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into) => _conv.BackBias(shape, dy, dbias, into);

    public override void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) => _maskedBce.Compute(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public override void MaskedLoss(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums,
        Place counts, Place dlogits) =>
        _maskedLoss.Compute(shape, logits, isOrgan, isKnown, annotated, sums, counts, dlogits);

    public override void MaxPoolForward(in PoolShape shape, Place x, Place index, Place y) => _maxPool.Forward(shape, x, index, y);

    public override void MaxPoolBackward(in PoolShape shape, Place dy, Place index, Place dx, Into into) =>
        _maxPool.Backward(shape, dy, index, dx, into);

    public override void MeanPoolForward(in MeanShape shape, Place x, Place y) => _meanPool.Forward(shape, x, y);

    public override void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into) => _meanPool.Backward(shape, dy, dx, into);

    public override void MovingAverage(float share, Place value, Place average) => _average.Compute(share, value, average);

    public override void ReluForward(Place x, Place y) => _relu.Forward(x, y);

    public override void ReluBackward(Place y, Place dy, Place dx, Into into) => _relu.Backward(y, dy, dx, into);

    public override void ResizeForward(in ResizeShape shape, Place x, Place y) => _resize.Forward(shape, x, y);

    public override void ResizeBackward(in ResizeShape shape, Place dy, Place dx, Into into) => _resize.Backward(shape, dy, dx, into);

    public override void ResizedBce(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) => _resizedBce.Compute(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public override void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment) => _sgd.Compute(rate, gradient, weight, moment);

    public override void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount,
        Place dlogits) => _softmax.Compute(shape, logits, labels, lossSum, usedCount, dlogits);

    public override void SoftmaxLoss(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits) =>
        _softmaxLoss.Compute(shape, logits, labels, sums, counts, dlogits);

    public override void SumSquares(Place x, Place result) => _sumSquares.Compute(x, result);

    public override void TopFraction(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary) =>
        _topFraction.Compute(shape, scores, candidates, selected, summary);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _context.Dispose(); // no thread works in the scratch any more
            _norm.Dispose();
            _confusion.Dispose();
            _conv.Dispose();
            _maskedBce.Dispose();
            _maskedLoss.Dispose();
            _meanPool.Dispose();
            _resize.Dispose();
            _resizedBce.Dispose();
            _softmax.Dispose();
            _softmaxLoss.Dispose();
            _sumSquares.Dispose();
            _topFraction.Dispose();
        }

        base.Dispose(disposing);
    }
}
