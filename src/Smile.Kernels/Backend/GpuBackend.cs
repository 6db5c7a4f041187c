using System.Runtime.InteropServices;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
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

namespace Smile.Kernels.Backend;

/// <summary>
/// Every operation as kernels over an <see cref="IGpuRuntime"/>: what each does stands in its folder under Ops/, what they share in
/// <see cref="GpuQueue"/>.
/// </summary>
internal sealed class GpuBackend : IBackend
{
    private readonly GpuQueue _queue;
    private readonly AdamWGpu _adamW;
    private readonly AddGpu _add;
    private readonly AtrousSumGpu<GpuBackend> _atrous;
    private readonly BatchNormGpu _norm;
    private readonly ConcatGpu _concat;
    private readonly ConfusionGpu _confusion;
    private readonly MaskedBceGpu _maskedBce;
    private readonly MaskedLossGpu _maskedLoss;
    private readonly MaxPoolGpu _maxPool;
    private readonly MeanPoolGpu _meanPool;
    private readonly MovingAverageGpu _average;
    private readonly ReluGpu _relu;
    private readonly ResizeGpu _resize;
    private readonly ResizedBceGpu _resizedBce;
    private readonly SgdGpu _sgd;
    private readonly SoftmaxCrossEntropyGpu _softmax;
    private readonly SoftmaxLossGpu _softmaxLoss;
    private readonly SumSquaresGpu _sumSquares;
    private readonly TopFractionGpu _topFraction;

    /// <param name="runtime">The device; it is disposed of with the backend.</param>
    /// <param name="precision">What convolutions multiply in, where they can.</param>
    /// <param name="resizedBceWords">Words for the sums of the resized loss, for tests.</param>
    /// <param name="mostPackedWords">The most words for operands in the form that tensor cores take, for tests.</param>
    /// <param name="atrousWords">Words for the columns of summed convolutions, for tests.</param>
    /// <param name="packs">Whether tensors are packed where they are made, for tests; else where they are used.</param>
    /// <exception cref="BackendException">The device cannot compute in the precision.</exception>
    public GpuBackend(IGpuRuntime runtime, Precision precision = Precision.Fp32, int resizedBceWords = ResizedBceGpu.WorkspaceWords,
        int mostPackedWords = PackedOperands.MostWords, int atrousWords = AtrousArgs.WorkspaceWords, bool packs = true)
    {
        _queue = new GpuQueue(runtime);
        Conv2d = new Conv2dGpu(_queue, precision, mostPackedWords, packs);
        _adamW = new AdamWGpu(_queue);
        _add = new AddGpu(_queue);
        _atrous = new AtrousSumGpu<GpuBackend>(_queue, Conv2d, this, atrousWords);
        _norm = new BatchNormGpu(_queue);
        _concat = new ConcatGpu(_queue);
        _confusion = new ConfusionGpu(_queue);
        _maskedBce = new MaskedBceGpu(_queue);
        _maskedLoss = new MaskedLossGpu(_queue);
        _maxPool = new MaxPoolGpu(_queue);
        _meanPool = new MeanPoolGpu(_queue);
        _average = new MovingAverageGpu(_queue);
        _relu = new ReluGpu(_queue);
        _resize = new ResizeGpu(_queue);
        _resizedBce = new ResizedBceGpu(_queue, resizedBceWords);
        _sgd = new SgdGpu(_queue);
        _softmax = new SoftmaxCrossEntropyGpu(_queue);
        _softmaxLoss = new SoftmaxLossGpu(_queue);
        _sumSquares = new SumSquaresGpu(_queue);
        _topFraction = new TopFractionGpu(_queue);
    }

    public string Name => _queue.Runtime.Name;

    /// <summary>What the operations queue to.</summary>
    public GpuQueue Queue => _queue;

    /// <summary>Convolutions, whose plans the reports of bench ask for.</summary>
    public Conv2dGpu Conv2d { get; }

    public void Reserve(ArenaPlan plan) => _queue.Reserve(plan);

    public void Write(Place to, ReadOnlySpan<float> from) => Write(to, MemoryMarshal.Cast<float, uint>(from));

    public void Write(Place to, ReadOnlySpan<uint> from)
    {
        Check.Length(to, from.Length);
        if (!from.IsEmpty)
            _queue.Runtime.Upload(_queue.Span(to).Offset, from);
    }

    public void Read(Place from, Span<float> to) => Read(from, MemoryMarshal.Cast<float, uint>(to));

    public void Read(Place from, Span<uint> to)
    {
        Check.Length(from, to.Length);
        if (!to.IsEmpty)
            _queue.Runtime.Download(_queue.Span(from).Offset, to);
    }

    public void Fill(Place at, float value) => _queue.LaunchFloat4s(FillKernels.Kernel, at.Length, new FillArgs(_queue.Span(at), value));

    public void Finish() => _queue.Runtime.Synchronise();

    public Action Record(Action work) => _queue.Runtime.Capture(work);

    public LaunchCount Launches => _queue.Runtime.Launches;

    public void AdamW(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment) =>
        _adamW.Update(rate, gradient, weight, moment, secondMoment);

    public void AddForward(Place a, Place b, Place y) => _add.Forward(a, b, y);

    public void AddBackward(Place dy, Place dx, Into into) => _add.Backward(dy, dx, into);

    public string AtrousSumAlgorithmOf(in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, ConvPass pass) =>
        _atrous.AlgorithmOf(shape, branches, pass);

    public void AtrousSumForward(in AtrousSumShape shape, Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part) =>
        _atrous.Forward(shape, x, branches, y, part);

    public void AtrousSumBackward(in AtrousSumShape shape, Place x, Place dy, ReadOnlySpan<AtrousBranch> branches,
        ReadOnlySpan<AtrousBranch> gradients, Place dx, Into into) =>
        _atrous.Backward(shape, x, dy, branches, gradients, dx, into);

    public void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y, Place packed = default) =>
        _norm.Forward(shape, x, residual, channels, y, packed);

    public void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta, Place packed = default) =>
        _norm.Backward(shape, x, y, dy, channels, dx, into, dresidual, residualInto, dgamma, dbeta, packed);

    public void ConcatForward(in ConcatShape shape, Place x, Place y) => _concat.Forward(shape, x, y);

    public void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into) => _concat.Backward(shape, dy, dx, into);

    public void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into) =>
        _confusion.Count(shape, predicted, isOrgan, isKnown, counts, into);

    public string ConvAlgorithmOf(in ConvShape shape, ConvPass pass) => Conv2d.Plan(shape, pass).ToString();

    public int ConvPackedWords(long count, int channels) => Conv2d.PackedWords(count, channels);

    public void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y, Place packedX = default) =>
        Conv2d.Forward(shape, x, w, bias, y, packedX);

    public void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into, Place packedDy = default) =>
        Conv2d.BackInput(shape, dy, w, dx, into, packedDy);

    public void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into, Place packedX = default,
        Place packedDy = default) => Conv2d.BackWeight(shape, x, dy, dw, into, packedX, packedDy);

    public void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into) => Conv2d.BackBias(shape, dy, dbias, into);

    public void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) =>
        _maskedBce.Compute(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public void MaskedLoss(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums, Place counts,
        Place dlogits) => _maskedLoss.Compute(shape, logits, isOrgan, isKnown, annotated, sums, counts, dlogits);

    public void MaxPoolForward(in PoolShape shape, Place x, Place index, Place y) => _maxPool.Forward(shape, x, index, y);

    public void MaxPoolBackward(in PoolShape shape, Place dy, Place index, Place dx, Into into) =>
        _maxPool.Backward(shape, dy, index, dx, into);

    public void MeanPoolForward(in MeanShape shape, Place x, Place y) => _meanPool.Forward(shape, x, y);

    public void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into) => _meanPool.Backward(shape, dy, dx, into);

    public void MovingAverage(float share, Place value, Place average) => _average.Update(share, value, average);

    public void ReluForward(Place x, Place y) => _relu.Forward(x, y);

    public void ReluBackward(Place y, Place dy, Place dx, Into into) => _relu.Backward(y, dy, dx, into);

    public void ResizeForward(in ResizeShape shape, Place x, Place y) => _resize.Forward(shape, x, y);

    public void ResizeBackward(in ResizeShape shape, Place dy, Place dx, Into into) => _resize.Backward(shape, dy, dx, into);

    public void ResizedBce(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) =>
        _resizedBce.Compute(shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment) => _sgd.Update(rate, gradient, weight, moment);

    public void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits) =>
        _softmax.Compute(shape, logits, labels, lossSum, usedCount, dlogits);

    public void SoftmaxLoss(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits) =>
        _softmaxLoss.Compute(shape, logits, labels, sums, counts, dlogits);

    public void SumSquares(Place x, Place result) => _sumSquares.Compute(x, result);

    public void TopFraction(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary) =>
        _topFraction.Select(shape, scores, candidates, selected, summary);

    public void Dispose() => _queue.Dispose();
}
