using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Reports;

/// <summary>Picks out of data and runs what a report shows.</summary>
internal static class ReportParts
{
    /// <summary>
    /// The partly annotated training case whose annotated organs have the most voxels, and what it teaches; null where all are complete.
    /// </summary>
    public static Ambiguity? Ambiguity(IReadOnlyList<CaseData> cases, OrganSet organs)
    {
        var chosen = cases.Where(c => c.Annotated != 0 && (organs.All & ~c.Annotated) != 0).MaxBy(VisibleVoxels);
        if (chosen is null)
            return null;
        byte[] labels = chosen.Labels.ToArray();
        VoxelBits isOrgan = new(organs.Count, labels.Length), isKnown = new(organs.Count, labels.Length);
        VoxelBits pseudo = chosen.Pseudo?.ToVoxels() ?? new VoxelBits(organs.Count, labels.Length);
        (OrganBits IsOrgan, OrganBits IsKnown)[] of = [.. Enumerable.Range(0, byte.MaxValue + 1)
            .Select(label => AmbiguityMap.Bits((byte)label, chosen.Annotated, organs.Count))];
        for (int word = 0; word < isOrgan.Words; word++)
            for (int v = 0; v < labels.Length; v++)
                (isOrgan.Word(word)[v], isKnown.Word(word)[v]) = AmbiguityMap.WithPseudo(of[labels[v]].IsOrgan.Word(word),
                    of[labels[v]].IsKnown.Word(word), labels[v] == Labels.Ignore ? 0 : pseudo.Word(word)[v]);
        return new Ambiguity(chosen.Id, string.Join(", ", organs.NamesOf(chosen.Annotated)), chosen.Image.ToVolume(),
            isOrgan, isKnown);
    }

    /// <summary>After each round of the run, the pseudo labels of the training case that had the most in the last one.</summary>
    public static IReadOnlyList<AddedPixels> Added(RunFolder run, int rounds, IReadOnlyList<CaseData> cases, OrganSet organs)
    {
        if (rounds == 0)
            return [];
        using var last = PseudoFile.Open(run.Pseudo(rounds));
        PlaneSpacing? spacing = run.ReadSettings().PlaneSpacing(); // pseudo labels lie where the run trained
        var chosen = cases.Where(c => last.Has(c.Id)).Select(c => c.At(spacing)).MaxBy(c => last.Read(c).ToVoxels().Labelled);
        if (chosen is null)
            return [];
        byte[] visible = chosen.VisibleLabels().ToArray();
        Volume image = chosen.Image.ToVolume();
        return [.. Enumerable.Range(1, rounds).Select(round =>
        {
            using var file = PseudoFile.Open(run.Pseudo(round));
            VoxelBits added = file.Read(chosen).ToVoxels();
            return new AddedPixels($"{chosen.Id} after round {round}: "
                + $"{Words.Count(added.Count, "voxel", "voxels")} added "
                + $"(annotated: {Names(chosen, organs)})",
                image, visible, added);
        })];
    }

    /// <summary>The case whose fullest slice shows the most.</summary>
    public static CaseData Fullest(IReadOnlyList<CaseData> cases, OrganSet organs) =>
        cases.MaxBy(c => SliceOverlay.FullestSlice(c.Geometry, c.Labels.ToArray(), organs.Count).Shown)!;

    /// <summary>The chosen slices of scored cases.</summary>
    public static IReadOnlyList<ShownSlice> Shown(
        IReadOnlyList<(int Case, string Place)> chosen, IReadOnlyList<CaseData> cases, OrganSet organs) =>
        [.. chosen.Select(each => ShownSlice.Of(cases[each.Case], organs, each.Place))];

    /// <summary>Settings or a manifest under dotted keys.</summary>
    public static IReadOnlyList<(string Name, string Value)> Flat(string json) =>
        [.. SettingsOverlay.Flatten(JsonNode.Parse(json)!.AsObject()).Select(leaf => (leaf.Key, Text(leaf.Value)))];

    private static string Names(CaseData data, OrganSet organs) =>
        data.Annotated == 0 ? "nothing" : string.Join(", ", organs.NamesOf(data.Annotated));

    private static int VisibleVoxels(CaseData data)
    {
        SliceRuns<byte> visible = data.VisibleLabels();
        return visible.Length - visible.Count(Labels.Background) - visible.Count(Labels.Ignore);
    }

    private static string Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node?.ToJsonString() ?? "";
}
