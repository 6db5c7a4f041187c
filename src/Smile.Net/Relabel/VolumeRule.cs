using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Net.Relabel;

/// <summary>
/// The highest scores, as many as the organ is large: gamma times its mean volume over the cases in which it is annotated, 0 where it
/// is absent, in voxels of the case; or its mean cross-section times the height of the case. They need not be predicted as the organ:
/// with few annotations a model predicts too little of it, and a share of that is less still. An organ that is annotated nowhere has
/// no mean; of it the paper's rule takes its share.
/// </summary>
internal sealed class VolumeRule(SlicePass pass, int organs, string per = VolumeBases.Case) : ISelectionRule
{
    /// <summary>The logit that a candidate exceeds, p = 0.018, however large the organ should be.</summary>
    public const float Floor = -4;

    private AnnotatedVolumes _drawn = new(organs);

    public void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
        _drawn = new AnnotatedVolumes(organs);
        foreach (CaseData data in cases)
        {
            cancel.ThrowIfCancellationRequested();
            _drawn.Add(DropNumbers.Volumes(data, organs), data.Annotated, data.Geometry);
        }
    }

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel) =>
        pass(volume, (z, logits) => visit(z, logits, logits), cancel);

    public bool IsCandidate(byte label, int organ, float logit) => logit > (_drawn.Mean(organ) is null ? 0 : Floor);

    public double Share(int organ, Geometry geometry, long candidates, double gamma)
    {
        double? expected = per == VolumeBases.Slice ? _drawn.MeanOfHeight(organ, geometry) : _drawn.Mean(organ);
        if (candidates == 0 || expected is not { } mean)
            return gamma;
        var (z, y, x) = geometry.Spacing;
        return TopSelection.ShareOf(gamma * mean / (z * y * x), candidates);
    }
}
