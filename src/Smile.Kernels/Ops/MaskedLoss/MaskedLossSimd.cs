using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>
/// <see cref="IMaskedLoss"/> on vectors and all cores: the sums of each chunk, their total in the order of the chunks, the gradient of each
/// chunk.
/// </summary>
internal sealed unsafe class MaskedLossSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<RegionPart> _parts = new();
    private readonly NativeScratch<float> _slopes = new();

    public void Compute(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums, Place counts,
        Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, annotated, sums, counts, dlogits);
        var batch = new LossBatch(shape, context.Memory.Pointer(logits), (uint*)context.Memory.Pointer(isOrgan),
            (uint*)context.Memory.Pointer(isKnown), (uint*)context.Memory.Pointer(annotated));
        var total = (LossSums*)context.Memory.Pointer(sums);
        var count = (LossCounts*)context.Memory.Pointer(counts);
        float* gradient = dlogits.IsNone ? null : context.Memory.Pointer(dlogits);
        if (context.Kernels.Bits == 512)
            Compute<Lanes512>(batch, total, count, gradient);
        else
            Compute<Lanes256>(batch, total, count, gradient);
    }

    public void Dispose()
    {
        _parts.Dispose();
        _slopes.Dispose();
    }

    private void Compute<T>(in LossBatch batch, LossSums* sums, LossCounts* counts, float* gradient)
        where T : unmanaged, ILanes<T>
    {
        if (batch.Shape.Terms.FocalGamma == 0)
            Compute<T, No>(batch, sums, counts, gradient);
        else
            Compute<T, Yes>(batch, sums, counts, gradient);
    }

    private void Compute<T, TFocal>(in LossBatch batch, LossSums* sums, LossCounts* counts, float* gradient)
        where T : unmanaged, ILanes<T>
        where TFocal : struct, IChoice
    {
        RegionPart* parts = _parts.Allocate((long)batch.Chunks * batch.Shape.Organs);
        context.Pool.Run(batch.Chunks, new LossSumsJob<T, TFocal>(batch, parts));
        RegionPart.Total(parts, batch.Chunks, batch.Shape.Organs, sums, counts);
        if (gradient == null)
            return;
        MaskedLossShape shape = batch.Shape;
        float* room = _slopes.Allocate(LossSlopes.Words(shape.Organs));
        var slopes = new LossSlopes(shape.Terms, shape.AllPixels, shape.Organs, sums, counts, room);
        if (context.Streams(batch.Shape.Count, gradient, (long)batch.Shape.Pixels * batch.Shape.Organs))
            context.Pool.Run(batch.Chunks, new LossGradientJob<T, TFocal, Yes>(batch, slopes, gradient));
        else
            context.Pool.Run(batch.Chunks, new LossGradientJob<T, TFocal, No>(batch, slopes, gradient));
    }
}

/// <summary>What one chunk adds to an organ's sums.</summary>
internal readonly record struct RegionPart(
    double Loss, double TruePositives, double FalsePositives, double FalseNegatives, long Known, long Region)
{
    /// <summary>The sums over chunks, in their order.</summary>
    public static unsafe void Total(RegionPart* parts, int chunks, int organs, LossSums* sums, LossCounts* counts)
    {
        for (int organ = 0; organ < organs; organ++)
        {
            double loss = 0, truePositives = 0, falsePositives = 0, falseNegatives = 0;
            long known = 0, region = 0;
            for (RegionPart* part = parts + organ, end = part + (nint)chunks * organs; part < end; part += organs)
            {
                (loss, known, region) = (loss + part->Loss, known + part->Known, region + part->Region);
                truePositives += part->TruePositives;
                falsePositives += part->FalsePositives;
                falseNegatives += part->FalseNegatives;
            }

            sums[organ] = new LossSums((float)loss, (float)truePositives, (float)falsePositives, (float)falseNegatives);
            counts[organ] = new LossCounts((uint)known, (uint)region);
        }
    }
}
