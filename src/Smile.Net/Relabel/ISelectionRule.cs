using Smile.Net.Data;
using Smile.Net.Prediction;

namespace Smile.Net.Relabel;

/// <summary>Runs a network over a volume and shows each slice's logits, in order.</summary>
internal delegate void SlicePass(Volume volume, SliceVisitor visit, CancellationToken cancel);

/// <summary>Sees one axial slice: the logits, and what its voxels are ranked by, both (y, x, K).</summary>
internal delegate void RankVisitor(int z, ReadOnlySpan<float> logits, ReadOnlySpan<float> ranks);

/// <summary>
/// Which candidates of a round become pseudo labels: those that rank highest, and how many. A candidate is a voxel where nothing is certain
/// and that is predicted as the organ, unless a rule says otherwise.
/// </summary>
internal interface ISelectionRule : IDisposable
{
    /// <summary>Learns what the rule needs from the annotated organs of the training cases; once a round, before the first case.</summary>
    void Learn(IEnumerable<CaseData> cases, CancellationToken cancel)
    {
    }

    /// <summary>Ranks a volume's voxels; a voxel whose rank is NaN is not taken.</summary>
    void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel);

    /// <summary>Whether a voxel where nothing is certain is a candidate: the paper's, p &gt; 0.5.</summary>
    /// <param name="label">The truth, hidden organs included; no rule that people may use looks at it.</param>
    /// <param name="organ">From 0.</param>
    /// <param name="logit">The model's, z.</param>
    bool IsCandidate(byte label, int organ, float logit) => logit > 0;

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
