using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Relabel;

namespace Smile.Host.Reports;

/// <summary>The ledger of labels, to be read.</summary>
internal static class LedgerTable
{
    public static IReadOnlyList<string> Header { get; } =
        ["case", "organ", "label from", "voxels", "gamma", "rule", "lowest taken", "model", "step"];

    /// <summary>One row a case and organ: what holds now.</summary>
    public static IEnumerable<string[]> Rows(LabelLedger ledger) => ledger.Current.Select(entry => new[]
    {
        entry.Case, entry.Organ, Source(entry), Text(entry.Voxels), Text(entry.Gamma, "0.00"), entry.Rule ?? "-",
        Text(entry.Threshold, "0.00"), Short(entry.Model), Text(entry.Step),
    });

    /// <summary>One row an organ and source: how many cases have their label from there now, and by which model.</summary>
    public static Table Summary(LabelLedger ledger) =>
        new(["organ", "label from", "cases", "voxels", "gamma", "rule", "lowest taken", "model"],
        [.. ledger.Current.GroupBy(entry => (entry.Organ, Source: Source(entry))).Select(group =>
        {
            double[] thresholds = [.. group.Select(entry => entry.Threshold ?? double.NaN).Where(double.IsFinite)];
            LedgerEntry first = group.First();
            return new[]
            {
                group.Key.Organ, group.Key.Source, Invariant.Text(group.Count()),
                first.Voxels is null ? "-" : Text(group.Sum(entry => entry.Voxels)),
                Text(first.Gamma, "0.00"), first.Rule ?? "-",
                thresholds.Length == 0
                    ? "-"
                    : string.Create(CultureInfo.InvariantCulture, $"{thresholds.Min():0.00} to {thresholds.Max():0.00}"),
                Short(first.Model),
            };
        })]);

    private static string Source(LedgerEntry entry) =>
        entry.Source == LabelSources.Round ? string.Create(CultureInfo.InvariantCulture, $"round {entry.Round}") : entry.Source;

    /// <summary>Enough of a hash to tell models apart.</summary>
    private static string Short(string? hash) => hash is null ? "-" : hash[..Math.Min(12, hash.Length)];

    private static string Text<T>(T? value, string? format = null)
        where T : struct, IFormattable => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
