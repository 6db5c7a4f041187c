using System.Globalization;
using Smile.Host.Cases;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Training;

namespace Smile.Host.Runs;

/// <summary>What a run would take: <c>smile train --plan</c>.</summary>
internal static class TrainPlan
{
    /// <summary>Updates that are timed.</summary>
    private const int Steps = 10;

    /// <summary>Times some updates and prints the plan.</summary>
    /// <param name="session">Takes both.</param>
    /// <param name="settings">The run's, with the spacing that <c>auto</c> means.</param>
    /// <param name="organs">That it would learn.</param>
    /// <param name="cases">All that the split names, loaded.</param>
    /// <param name="split">Which are held out.</param>
    public static void Print(Session session, RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases, Split split)
    {
        var ids = split.Train.ToHashSet(StringComparer.Ordinal);
        CaseData[] trained = [.. cases.Where(each => ids.Contains(each.Id))];
        StepProfile? step = null;
        session.Work("timing updates", Steps,
            work => step = StepProfiler.Measure(settings, organs, trained, Steps, done => work.Report(done), session.Stop));
        session.Out.Write(Table(settings, organs, cases, trained, step!));
    }

    /// <summary>The plan as text.</summary>
    internal static TextTable Table(
        RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases, IReadOnlyList<CaseData> trained, StepProfile step)
    {
        TrainSettings train = settings.Train;
        bool rounds = train.Method == Methods.Smiler;
        long slices = trained.Sum(each => (long)each.Geometry.Depth);
        var table = new TextTable("plan", "");
        table.Add("cases", $"{Words.Count(trained.Count, "case", "cases")} of {Words.Count(slices, "slice", "slices")} to train on, "
            + $"{cases.Count - trained.Count} held out");
        for (int k = 0; k < organs.Count; k++)
            table.Add(organs.Names[k], $"annotated in {trained.Count(each => each.Annotated.Has(k))} of them, "
                + $"seen in {trained.Count(each => each.Shown.Has(k))}");
        table.Add("input", Text($"{train.Batch} slices of {train.Size} x {train.Size} an update; ")
            + Text($"{(double)train.Batch * train.Steps / slices:F1} times each slice in all"));
        table.Add("network", $"{settings.Model.Backbone}, output stride {settings.Model.OutputStride}, decoder {settings.Model.Decoder}: "
            + Text($"{step.Weights / 1e6:F2} million weights"));
        table.Add("memory", $"cases {CaseMemory.Text(cases.Sum(each => CaseMemory.Bytes(each, rounds)))}, "
            + $"network, optimiser and batch {CaseMemory.Text(step.DeviceBytes)}");
        string leaves = train.Leaves == 1 ? "" : $" a leaf of {train.LeafSlices}, {train.Leaves} an update";
        table.Add("update", Text($"{step.Whole:F1} ms{leaves} on {step.Backend}, median of {step.Steps}, layers one by one; ")
            + Text($"{step.Waiting:F1} ms of it waiting for slices"));
        string besides = rounds ? $", and {Words.Count(settings.Relabel.Rounds, "round", "rounds")} of relabelling" : "";
        var whole = TimeSpan.FromMilliseconds(step.Whole * train.Leaves * train.Steps);
        table.Add("training", Text($"{train.Steps} updates: {Progress.Duration(whole)}")
            + (cases.Count == trained.Count ? besides : $"; besides it validation{besides}"));
        return table;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
