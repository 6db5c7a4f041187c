using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Relabel;

namespace Smile.Host.Reports;

/// <summary>What one SMILEr round added for one organ; precision and recall are NaN where no truth is known.</summary>
internal sealed record RoundRow(int Round, double Gamma, string Organ, long Candidates, long Added, double Precision, double Recall)
{
    public static IReadOnlyList<string> Header { get; } = ["round", "gamma", "organ", "candidates", "added", "precision", "recall"];

    public static IEnumerable<RoundRow> Of(RoundReport report, IReadOnlyList<string> organs) =>
        report.Organs.Select((organ, k) => new RoundRow(
            report.Round, report.Gamma, organs[k], organ.Candidates, organ.Selected, organ.Precision, organ.Recall)
        {
            Absent = report.HasNegatives ? organ.Absent : null,
            AbsentError = report.HasNegatives ? organ.AbsentError : null,
        });

    /// <summary>Voxels taken for absent; null where the round takes none.</summary>
    public long? Absent { get; init; }

    /// <summary>The share of them that is the organ; null where the round takes none.</summary>
    public double? AbsentError { get; init; }

    /// <summary>What the negatives of rounds are, after round and organ.</summary>
    public static IReadOnlyList<string> NegativesHeader { get; } = ["round", "organ", "taken for absent", "of them the organ"];

    /// <summary>As text, a cell a column of <see cref="NegativesHeader"/>.</summary>
    public string[] NegativesCells => [Invariant.Text(Round), Organ, Invariant.Text(Absent ?? 0), Percent(AbsentError)];

    /// <summary>A share in per cent; shares of negatives are small.</summary>
    public static string Percent(double? share) =>
        share is { } value && double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.###} %") : "-";

    /// <summary>As text, a cell a column of <see cref="Header"/>.</summary>
    public string[] Cells =>
        [Invariant.Text(Round), Share(Gamma), Organ, Invariant.Text(Candidates), Invariant.Text(Added), Share(Precision), Share(Recall)];

    private static string Share(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
