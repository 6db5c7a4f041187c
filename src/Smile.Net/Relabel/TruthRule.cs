using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>
/// No rule but a reference for studies: every hidden voxel of the organ becomes a pseudo label, whatever gamma. What this gains over SMILE
/// is the most that a rule could. No model is asked. It needs annotations that were taken away, not ones that never were.
/// </summary>
/// <param name="organs">The study's organs.</param>
internal sealed class TruthRule(int organs) : ISelectionRule
{
    /// <exception cref="DataException">A case's truth of an organ that it lacks is not known.</exception>
    public void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
        foreach (CaseData data in cases)
        {
            if ((OrganBits.First(organs) & ~data.Annotated & ~data.Truth) is { IsEmpty: false } unknown)
                throw new DataException($"{data.Id}: relabel.select is 'truth', and its label map does not hold organ "
                    + $"{unknown.Lowest + 1}. Take cases whose annotations were dropped, or another rule.");
        }
    }

    public bool IsCandidate(byte label, int organ, float logit) => label == Labels.Of(organ);

    public double Share(int organ, Geometry geometry, long candidates, double gamma) => 1;

    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel)
    {
        var zeros = new float[volume.Geometry.Height * volume.Geometry.Width * organs];
        for (int z = 0; z < volume.Geometry.Depth; z++)
        {
            cancel.ThrowIfCancellationRequested();
            visit(z, zeros, zeros);
        }
    }
}
