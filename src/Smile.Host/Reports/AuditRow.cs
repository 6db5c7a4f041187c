using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Relabel;

namespace Smile.Host.Reports;

/// <summary>What the audit of a SMILEr round says of one organ; NaN where it cannot be said.</summary>
internal sealed record AuditRow(int Round, double Gamma, string Organ, int HeldOut, double Precision, double Recall, double Fall,
    double FallError, bool Stopped)
{
    /// <summary>Of the voxels taken for absent in held-out cases, the share that is the organ; null where the round takes none.</summary>
    public double? AbsentError { get; init; }

    public static IReadOnlyList<string> Header { get; } =
        ["round", "gamma", "organ", "held out in", "precision", "recall", "F1 below its best", "labels"];

    public static IEnumerable<AuditRow> Of(RoundReport report, IReadOnlyList<string> organs) =>
        report.Audit is not { } audit
            ? []
            : audit.Organs.Select((organ, k) => new AuditRow(report.Round, report.Gamma, organs[k], organ.Cases, organ.Precision,
                organ.Recall, audit.Falls[k].Mean, audit.Falls[k].Error, audit.Stopped)
            {
                AbsentError = report.HasNegatives ? organ.AbsentError : null,
            });

    /// <summary>As text, a cell a column of <see cref="Header"/>.</summary>
    public string[] Cells =>
    [
        Invariant.Text(Round), Share(Gamma), Organ, Invariant.Text(HeldOut), Share(Precision), Share(Recall),
        double.IsFinite(Fall) ? $"{Share(Fall)} ± {Share(FallError)}" : "-",
        Stopped ? "refused" : "taken",
    ];

    private static string Share(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
