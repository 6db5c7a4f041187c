using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Host.Reports;

/// <summary>One slice of a scored case, as a report shows it beside what was predicted there.</summary>
/// <param name="Caption">Case, slice, and what is annotated of it where that is not everything.</param>
/// <param name="Image">The slice, HU.</param>
/// <param name="Truth">Labels of the annotated organs, a voxel each.</param>
/// <param name="NotAnnotated">Where it is not known of every organ whether it is there.</param>
internal sealed record ShownSlice(string Caption, Volume Image, byte[] Truth, bool[] NotAnnotated)
{
    /// <summary>The slice of a case that shows the most of its annotated organs.</summary>
    public static int Of(CaseData data, OrganSet organs) =>
        SliceOverlay.FullestSlice(data.Geometry, data.VisibleLabels().ToArray(), organs.Count).Z;

    /// <summary>That slice.</summary>
    /// <param name="data">A scored case.</param>
    /// <param name="organs">All.</param>
    /// <param name="place">Where it stands among the others: "worst".</param>
    public static ShownSlice Of(CaseData data, OrganSet organs, string place)
    {
        int z = Of(data, organs);
        Geometry g = data.Geometry;
        float[] image = new float[g.Height * g.Width];
        data.Image.Read(z, image);
        byte[] labels = new byte[image.Length];
        data.Labels.Decode(z, labels);
        bool[] unknown = [.. labels.Select(label => AmbiguityMap.Bits(label, data.Annotated, organs.Count).IsKnown != organs.All)];
        bool all = (organs.All & ~data.Annotated) == 0;
        string annotated = all ? "" : data.Annotated == 0 ? "; nothing is annotated"
            : $"; annotated: {string.Join(", ", organs.NamesOf(data.Annotated))}";
        return new ShownSlice($"{place}: case {data.Id}, slice {z}{annotated}",
            new Volume(Geometry.Regular(1, g.Height, g.Width, 1, 1, 1), image),
            [.. labels.Select(label => AmbiguityMap.Visible(label, data.Annotated))], unknown);
    }

    /// <summary>
    /// Of the scored cases the one with the lowest mean Dice, the one in the middle, and the best, each once; by their places among the
    /// cases. One that nothing could be scored of is taken only where there is no other.
    /// </summary>
    public static IReadOnlyList<(int Case, string Place)> Choose(EvaluationSummary summary)
    {
        int[] order = [.. Enumerable.Range(0, summary.Cases.Count).OrderBy(i => ScoreTables.MeanDice(summary.Cases[i]))];
        if (order.TakeWhile(i => double.IsFinite(ScoreTables.MeanDice(summary.Cases[i]))).ToArray() is { Length: > 0 } scored)
            order = scored;
        return order.Length switch
        {
            1 => [(order[0], "The case")],
            2 => [(order[0], "Worst"), (order[1], "Best")],
            _ => [(order[0], "Worst"), (order[order.Length / 2], "In the middle"), (order[^1], "Best")],
        };
    }
}
