using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Weights;

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
        var bits = chosen.Labels.Select(label => AmbiguityMap.Bits(label, chosen.Annotated, organs.Count)).ToArray();
        return new Ambiguity(chosen.Id, string.Join(", ", organs.NamesOf(chosen.Annotated)), chosen.Volume,
            [.. bits.Select(b => b.IsOrgan)], [.. bits.Select(b => b.IsKnown)]);
    }

    /// <summary>After each round of the run, the pseudo labels of the training case that had the most in the last one.</summary>
    public static IReadOnlyList<AddedPixels> Added(RunFolder run, int rounds, IReadOnlyList<CaseData> cases, OrganSet organs)
    {
        if (rounds == 0)
            return [];
        using var last = Safetensors.Open(run.Pseudo(rounds));
        var chosen = cases.Where(c => last.TryGet(c.Id, out _)).MaxBy(c => last.ReadWords(c.Id).Count(word => word != 0));
        if (chosen is null)
            return [];
        byte[] visible = [.. Enumerable.Range(0, chosen.Labels.Length).Select(v => chosen.VisibleLabel(v))];
        return [.. Enumerable.Range(1, rounds).Select(round =>
        {
            using var file = Safetensors.Open(run.Pseudo(round));
            uint[] words = file.ReadWords(chosen.Id);
            return new AddedPixels($"{chosen.Id} after round {round}: "
                + $"{Words.Count(words.Sum(word => BitOperations.PopCount(word)), "voxel", "voxels")} added "
                + $"(annotated: {Names(chosen, organs)})",
                chosen.Volume, visible, words);
        })];
    }

    /// <summary>The case whose fullest slice shows the most.</summary>
    public static CaseData Fullest(IReadOnlyList<CaseData> cases, OrganSet organs) =>
        cases.MaxBy(c => SliceOverlay.FullestSlice(c.Geometry, c.Labels, organs.Count).Shown)!;

    /// <summary>Settings or a manifest under dotted keys.</summary>
    public static IReadOnlyList<(string Name, string Value)> Flat(string json) =>
        [.. SettingsOverlay.Flatten(JsonNode.Parse(json)!.AsObject()).Select(leaf => (leaf.Key, Text(leaf.Value)))];

    private static string Names(CaseData data, OrganSet organs) =>
        data.Annotated == 0 ? "nothing" : string.Join(", ", organs.NamesOf(data.Annotated));

    private static int VisibleVoxels(CaseData data) => Enumerable.Range(0, data.Labels.Length)
        .Count(v => data.VisibleLabel(v) is not (Labels.Background or Labels.Ignore));

    private static string Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node?.ToJsonString() ?? "";
}
