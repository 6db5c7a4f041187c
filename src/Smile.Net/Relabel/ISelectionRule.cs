using Smile.Net.Data;
using Smile.Net.Prediction;

namespace Smile.Net.Relabel;

/// <summary>Runs a network over a volume and shows each slice's logits, in order.</summary>
internal delegate void SlicePass(Volume volume, SliceVisitor visit, CancellationToken cancel);

/// <summary>Sees one axial slice: the logits, and what its voxels are ranked by, both (y, x, K).</summary>
internal delegate void RankVisitor(int z, ReadOnlySpan<float> logits, ReadOnlySpan<float> ranks);

/// <summary>
/// Which candidates of a round become pseudo labels: those that rank highest, and how many. What a candidate is does not depend on the
/// rule: predicted as the organ (z &gt; 0) where nothing is certain.
/// </summary>
internal interface ISelectionRule : IDisposable
{
    /// <summary>Learns what the rule needs from the annotated organs of the training cases; once a round, before the first case.</summary>
    void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
    }

    /// <summary>Ranks a volume's voxels; a voxel whose rank is NaN is not taken.</summary>
    void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel);

    /// <summary>The share of the candidates to take, 0 to 1; the number is rounded down.</summary>
    /// <param name="organ">From 0.</param>
    /// <param name="geometry">Of the volume.</param>
    /// <param name="candidates">Their number in it.</param>
    /// <param name="gamma">The round's share.</param>
    double Share(int organ, Geometry geometry, long candidates, double gamma) => gamma;

    void IDisposable.Dispose()
    {
    }
}
