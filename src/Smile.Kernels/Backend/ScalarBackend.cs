using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d;
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
/// States what each operation means: plain loops, sums in double, one thread. The reference that every other backend is
/// checked against. Each operation stands in its folder under Ops/.
/// </summary>
internal class ScalarBackend : IBackend
{
    public virtual string Name => "scalar";

    public LaunchCount Launches => default;

    /// <summary>The arenas, once reserved.</summary>
    protected HostMemory Memory { get; } = new();

    public void Reserve(ArenaPlan plan) => Memory.Reserve(plan);

    public void Write(Place to, ReadOnlySpan<float> from)
    {
        Check.Length(to, from.Length);
        from.CopyTo(Memory.Floats(to));
    }

    public void Write(Place to, ReadOnlySpan<uint> from)
    {
        Check.Length(to, from.Length);
        from.CopyTo(Memory.Words(to));
    }

    public void Read(Place from, Span<float> to)
    {
        Check.Length(from, to.Length);
        Memory.Floats(from).CopyTo(to);
    }

    public void Read(Place from, Span<uint> to)
    {
        Check.Length(from, to.Length);
        Memory.Words(from).CopyTo(to);
    }

    public void Fill(Place at, float value) => Memory.Floats(at).Fill(value);

    public void Finish()
    {
    }

    public Action Record(Action work) => work;

    public virtual void AdamW(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment) =>
        AdamWScalar.Compute(Memory, rate, gradient, weight, moment, secondMoment);

    public virtual void AddForward(Place a, Place b, Place y) => AddScalar.Forward(Memory, a, b, y);

    public virtual void AddBackward(Place dy, Place dx, Into into) => AddScalar.Backward(Memory, dy, dx, into);

    public string AtrousSumAlgorithmOf(in AtrousSumShape shape, ReadOnlySpan<AtrousBranch> branches, ConvPass pass) =>
        AtrousSumByBranch.AlgorithmOf(this, shape, branches, pass);

    public void AtrousSumForward(in AtrousSumShape shape, Place x, ReadOnlySpan<AtrousBranch> branches, Place y, Place part)
    {
        Find(branches, x, y, part);
        AtrousSumByBranch.Forward(this, shape, x, branches, y, part);
    }

    public void AtrousSumBackward(in AtrousSumShape shape, Place x, Place dy, ReadOnlySpan<AtrousBranch> branches,
        ReadOnlySpan<AtrousBranch> gradients, Place dx, Into into)
    {
        Find(branches, x, dy, dx);
        Find(gradients);
        AtrousSumByBranch.Backward(this, shape, x, dy, branches, gradients, dx, into);
    }

    public virtual void NormForward(in NormShape shape, Place x, Place residual, in NormPlaces channels, Place y, Place packed = default) =>
        BatchNormScalar.Forward(Memory, shape, x, residual, channels, y);

    public virtual void NormBackward(in NormShape shape, Place x, Place y, Place dy, in NormPlaces channels, Place dx, Into into,
        Place dresidual, Into residualInto, Place dgamma, Place dbeta, Place packed = default) =>
        BatchNormScalar.Backward(Memory, shape, x, y, dy, channels, dx, into, dresidual, residualInto, dgamma, dbeta);

    public virtual void ConcatForward(in ConcatShape shape, Place x, Place y) => ConcatScalar.Forward(Memory, shape, x, y);

    public virtual void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into) =>
        ConcatScalar.Backward(Memory, shape, dy, dx, into);

    public virtual void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into) =>
        ConfusionScalar.Compute(Memory, shape, predicted, isOrgan, isKnown, counts, into);

    public virtual string ConvAlgorithmOf(in ConvShape shape, ConvPass pass) => Conv2dScalar.Algorithm;

    public int ConvPackedWords(long count, int channels) => 0;

    public virtual void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y, Place packedX = default) =>
        Conv2dScalar.Forward(Memory, shape, x, w, bias, y);

    public virtual void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into, Place packedDy = default) =>
        Conv2dScalar.BackInput(Memory, shape, dy, w, dx, into);

    public virtual void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into, Place packedX = default,
        Place packedDy = default) =>
        Conv2dScalar.BackWeight(Memory, shape, x, dy, dw, into);

    public virtual void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into) =>
        Conv2dScalar.BackBias(Memory, shape, dy, dbias, into);

    public virtual void MaskedBce(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) => MaskedBceScalar.Compute(Memory, shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public virtual void MaskedLoss(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums,
        Place counts, Place dlogits) =>
        MaskedLossScalar.Compute(Memory, shape, logits, isOrgan, isKnown, annotated, sums, counts, dlogits);

    public virtual void MaxPoolForward(in PoolShape shape, Place x, Place index, Place y) =>
        MaxPoolScalar.Forward(Memory, shape, x, index, y);

    public virtual void MaxPoolBackward(in PoolShape shape, Place dy, Place index, Place dx, Into into) =>
        MaxPoolScalar.Backward(Memory, shape, dy, index, dx, into);

    public virtual void MeanPoolForward(in MeanShape shape, Place x, Place y) => MeanPoolScalar.Forward(Memory, shape, x, y);

    public virtual void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into) =>
        MeanPoolScalar.Backward(Memory, shape, dy, dx, into);

    public virtual void MovingAverage(float share, Place value, Place average) =>
        MovingAverageScalar.Compute(Memory, share, value, average);

    public virtual void ReluForward(Place x, Place y) => ReluScalar.Forward(Memory, x, y);

    public virtual void ReluBackward(Place y, Place dy, Place dx, Into into) => ReluScalar.Backward(Memory, y, dy, dx, into);

    public virtual void ResizeForward(in ResizeShape shape, Place x, Place y) => ResizeScalar.Forward(Memory, shape, x, y);

    public virtual void ResizeBackward(in ResizeShape shape, Place dy, Place dx, Into into) =>
        ResizeScalar.Backward(Memory, shape, dy, dx, into);

    public virtual void ResizedBce(in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits) => ResizedBceScalar.Compute(Memory, shape, logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);

    public virtual void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment) =>
        SgdScalar.Compute(Memory, rate, gradient, weight, moment);

    public virtual void SoftmaxCrossEntropy(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount,
        Place dlogits) => SoftmaxCrossEntropyScalar.Compute(Memory, shape, logits, labels, lossSum, usedCount, dlogits);

    public virtual void SoftmaxLoss(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits) =>
        SoftmaxLossScalar.Compute(Memory, shape, logits, labels, sums, counts, dlogits);

    public virtual void SumSquares(Place x, Place result) => SumSquaresScalar.Compute(Memory, x, result);

    public virtual void TopFraction(in TopFractionShape shape, Place scores, Place candidates, Place selected, Place summary) =>
        TopFractionScalar.Compute(Memory, shape, scores, candidates, selected, summary);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Memory.Dispose();

    /// <summary>Throws where a place lies outside its arena, before the first of several operations runs.</summary>
    private void Find(ReadOnlySpan<AtrousBranch> branches, params ReadOnlySpan<Place> others)
    {
        foreach (Place place in others)
            Memory.Words(place);
        foreach (AtrousBranch branch in branches)
        {
            Memory.Words(branch.Weight);
            Memory.Words(branch.Bias);
        }
    }
}
