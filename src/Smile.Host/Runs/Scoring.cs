using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Host.Runs;

/// <summary>Predicts loaded cases with a checkpoint and scores them.</summary>
internal static class Scoring
{
    /// <summary>Scores every case; keeps of each the predicted labels of the slice that a report may show.</summary>
    public static (EvaluationSummary Summary, IReadOnlyList<byte[]> Slices) Score(
        Session session, string checkpoint, RunSettings settings, OrganSet organs, IReadOnlyList<CaseData> cases, string title)
    {
        var evaluator = new Evaluator(organs.Count, new EvaluationSettings());
        var scores = new List<CaseScore>();
        var slices = new List<byte[]>();
        using var predictor = Checkpoint.LoadPredictor(checkpoint, out _, settings.OpenBackend);
        session.Work(title, cases.Count, work =>
        {
            foreach (var data in cases)
            {
                byte[] labels = predictor.Predict(data.Image.Slabs(), cancel: session.Stop);
                scores.Add(evaluator.Score(data, labels));
                int area = data.Geometry.Height * data.Geometry.Width;
                slices.Add(labels.AsSpan(ShownSlice.Of(data, organs) * area, area).ToArray());
                work.Report(scores.Count, data.Id);
            }
        });
        return (EvaluationSummary.Of(scores, organs), slices);
    }

    /// <summary>The means by organ, with the number of cases that stand behind them.</summary>
    public static TextTable Table(EvaluationSummary summary)
    {
        var table = new TextTable("organ", "Dice", "IoU", "HD95 mm", "surface Dice", "cases", "both empty", "missed", "false alarm");
        foreach (var organ in summary.Organs)
        {
            string[] counts = [Invariant.Text(organ.Cases), Invariant.Text(organ.BothEmpty), Invariant.Text(organ.Missed),
                Invariant.Text(organ.FalseAlarms)];
            table.Add([organ.Organ, .. Cells(organ.Mean), .. counts]);
        }

        table.Add(["mean", .. Cells(summary.Foreground), "", "", "", ""]);
        return table;
    }

    /// <summary>A dash stands for "not defined".</summary>
    public static string Number(double value, string format = "0.000") =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";

    private static string[] Cells(MeanScore mean) =>
        [Number(mean.Dice), Number(mean.IoU), Number(mean.Hd95, "0.0"), Number(mean.SurfaceDice)];
}
