using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>
/// The highest scores, their number held to what the organ's volume can be. The volumes of the organ in the cases in which it is annotated,
/// 0 where it is absent, give a range, from their 5 % to their 95 % quantile; a round takes the share gamma of the candidates' volume
/// pulled into the range, and never more than there are. So a prediction that is too large gives no more labels than the largest organ
/// would, and one that is too small is used up to the smallest. An organ that is annotated nowhere has no range.
/// </summary>
internal sealed class PriorRule(SlicePass pass, int organs) : ISelectionRule
{
    private const double Tail = 0.05;

    private readonly (double Low, double High)?[] _range = new (double, double)?[organs];

    /// <summary>The range of an organ's volume in cubic millimetres; null where it is annotated in no case.</summary>
    public (double Low, double High)? Range(int organ) => _range[organ];

    public void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
        List<double>[] volumes = [.. _range.Select(_ => new List<double>())];
        foreach (CaseData data in cases)
        {
            cancel.ThrowIfCancellationRequested();
            double[] here = DropNumbers.Volumes(data, volumes.Length);
            for (int k = 0; k < volumes.Length; k++)
                if (data.Annotated.Has(k))
                    volumes[k].Add(here[k]);
        }

        for (int k = 0; k < volumes.Length; k++)
        {
            volumes[k].Sort();
            _range[k] = volumes[k].Count == 0 ? null : (Quantile(volumes[k], Tail), Quantile(volumes[k], 1 - Tail));
        }
    }

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel) =>
        pass(volume, (z, logits) => visit(z, logits, logits), cancel);

    public double Share(int organ, Geometry geometry, long candidates, double gamma)
    {
        if (candidates == 0 || _range[organ] is not var (low, high))
            return gamma;
        var (z, y, x) = geometry.Spacing;
        double voxel = z * y * x;
        return TopSelection.ShareOf(gamma * Math.Clamp(candidates, low / voxel, high / voxel), candidates);
    }

    /// <summary>Linear between the ordered values.</summary>
    private static double Quantile(List<double> ordered, double share)
    {
        double at = share * (ordered.Count - 1);
        int below = (int)at;
        return below + 1 < ordered.Count ? ordered[below] + (at - below) * (ordered[below + 1] - ordered[below]) : ordered[below];
    }
}
