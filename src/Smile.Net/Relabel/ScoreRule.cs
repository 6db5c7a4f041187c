using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>The paper's rule: the highest scores. Logits order as the probabilities do without rounding to 1.</summary>
internal sealed class ScoreRule(SlicePass pass) : ISelectionRule
{
    public void EachSlice(Volume volume, RankVisitor visit, CancellationToken cancel) =>
        pass(volume, (z, logits) => visit(z, logits, logits), cancel);
}
