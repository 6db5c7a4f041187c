using System.Diagnostics;
using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Relabel;
using Smile.Net.Runs;

namespace Smile.Host.Runs;

/// <summary>Shows a training run on a progress display and keeps its progress.svg up to date.</summary>
internal sealed class TrainListener(IWork work, RunFolder folder, IReadOnlyList<string> organs) : IRunListener
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _shown = -1000;

    /// <inheritdoc/>
    public void OnStep(in StepReport report)
    {
        // Ten times a second is as much as anyone reads; the text is an allocation.
        if (_watch.ElapsedMilliseconds - _shown < 100 && report.Step < report.Steps)
            return;
        _shown = _watch.ElapsedMilliseconds;
        string stage = report.Stage == 0 ? "" : $"round {report.Stage}, ";
        work.Report(report.Step, string.Create(CultureInfo.InvariantCulture, $"{stage}loss {report.Loss:0.000}"));
    }

    /// <inheritdoc/>
    public void OnRound(RoundReport report)
    {
        work.Message(string.Create(CultureInfo.InvariantCulture, $"round {report.Round} (gamma {report.Gamma:0.00}): ") +
            string.Join(", ", RoundRow.Of(report, organs).Select(row => $"{row.Organ} {Words.Count(row.Added, "voxel", "voxels")} added")));
        if (report.HasNegatives)
            work.Message("  taken for absent: " + string.Join(", ", RoundRow.Of(report, organs)
                .Select(row => $"{row.Organ} {Words.Count(row.Absent ?? 0, "voxel", "voxels")} (of them the organ: "
                    + $"{RoundRow.Percent(row.AbsentError)})")));
        foreach (string excess in RoundWarning.Of(report.Exceeded, organs))
            work.Message($"  warning: {excess}");
        AuditRow[] audit = [.. AuditRow.Of(report, organs)];
        if (audit.Length == 0)
            return;
        work.Message($"  audit: {string.Join(", ", audit.Select(row => $"{row.Organ} precision {row.Cells[4]}, recall {row.Cells[5]}"
            + (row.AbsentError is null ? "" : $", taken for absent and the organ {RoundRow.Percent(row.AbsentError)}")))}");
        if (report.Audit!.Stopped)
            work.Message($"  these labels are not taken, and the rounds end here: {string.Join("; ", report.Audit.Reasons)}");
    }

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
        var dice = organs.Select((organ, k) => $"{organ} {Invariant.Text(report.OrganDice[k])}");
        work.Message($"step {Invariant.Text(report.Step)}: validation Dice {Invariant.Text(report.MeanDice)} "
            + $"({string.Join(", ", dice)}){(report.Best ? ", the best so far" : "")}");
        try
        {
            RunProgress.Write(folder, organs);
        }
        catch (Exception e)
        {
            // For people to look at: no reason to end a run that is hours old.
            work.Message($"warning: progress.svg cannot be drawn: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void OnMessage(string message) => work.Message(message);
}
