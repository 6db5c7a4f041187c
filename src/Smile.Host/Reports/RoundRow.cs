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
            report.Round, report.Gamma, organs[k], organ.Candidates, organ.Selected, organ.Precision, organ.Recall));

    /// <summary>As text, a cell a column of <see cref="Header"/>.</summary>
    public string[] Cells =>
        [Invariant.Text(Round), Share(Gamma), Organ, Invariant.Text(Candidates), Invariant.Text(Added), Share(Precision), Share(Recall)];

    private static string Share(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
