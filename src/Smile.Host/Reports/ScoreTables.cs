using Smile.Host.Cli;
using Smile.Net.Evaluation;

namespace Smile.Host.Reports;

/// <summary>The scores of an evaluation as tables to be read.</summary>
internal static class ScoreTables
{
    /// <summary>Most rows of the worst cases of an organ.</summary>
    private const int Worst = 3;

    /// <summary>What a reader must know of the metrics.</summary>
    public const string Definitions = "Precision: the share of the predicted voxels that are the organ; recall: the share of the organ's "
        + "voxels that are predicted. RAVD, ASSD and MSSD are CHAOS's: 100 |V_pred - V_true| / V_true; the mean distance, and the largest, "
        + "from the surface voxels of either mask to the other surface (MSSD is the Hausdorff distance, HD). HD95: the larger of the two "
        + "directed 95th percentiles. A dash: not defined, because a side is empty; it enters no mean.";

    private static readonly (string Name, Metric Metric, string Format)[] _columns =
    [
        ("Dice", Metric.Dice, "0.000"), ("IoU", Metric.IoU, "0.000"), ("precision", Metric.Precision, "0.000"),
        ("recall", Metric.Recall, "0.000"), ("RAVD %", Metric.Ravd, "0.0"), ("HD95 mm", Metric.Hd95, "0.0"),
        ("MSSD (HD) mm", Metric.Hd, "0.0"), ("ASSD mm", Metric.Assd, "0.00"),
        ("surface Dice", Metric.SurfaceDice, "0.000"), ("ml", Metric.PredictedMl, "0.0"), ("true ml", Metric.ReferenceMl, "0.0"),
    ];

    /// <summary>The means by organ, the worst organ first, and of the organs' means.</summary>
    public static Table Means(EvaluationSummary summary)
    {
        var columns = Columns(summary);
        return new(["organ", .. columns.Select(column => column.Name), "cases", "both empty", "missed", "false alarm"],
        [
            .. summary.Organs.OrderBy(organ => NaNLast(organ.Mean.Dice)).Select(organ => (string[])[organ.Organ,
                .. Cells(columns, organ.Mean), Invariant.Text(organ.Cases), Invariant.Text(organ.BothEmpty), Invariant.Text(organ.Missed),
                Invariant.Text(organ.FalseAlarms)]),
            ["mean", .. Cells(columns, summary.Foreground), "", "", "", ""],
        ]);
    }

    /// <summary>Mean Dice over the organs of a case that have one; infinite where none has.</summary>
    public static double MeanDice(CaseScore score) =>
        score.Organs.Select(organ => organ.Dice).Where(double.IsFinite).DefaultIfEmpty(double.PositiveInfinity).Average();

    /// <summary>One row a scored organ of a case; the case with the lowest mean Dice first, and in it the worst organ.</summary>
    public static Table Cases(EvaluationSummary summary) => new(Header(summary),
        [.. summary.Cases.OrderBy(MeanDice).SelectMany(each => each.Organs.OrderBy(score => NaNLast(score.Dice))
            .Select(score => Row(summary, each.Id, score)))]);

    /// <summary>Of each organ the cases of the lowest Dice, the worst first; of equal ones those that are farthest off.</summary>
    public static Table WorstCases(EvaluationSummary summary) => new(Header(summary),
        [.. Enumerable.Range(0, summary.Organs.Count).SelectMany(k => summary.Cases
            .SelectMany(each => each.Organs.Select(score => (each.Id, Score: score)))
            .Where(each => each.Score.Organ == k && double.IsFinite(each.Score.Dice))
            .OrderBy(each => each.Score.Dice)
            .ThenByDescending(each => Math.Abs(each.Score.PredictedMl - each.Score.ReferenceMl))
            .Take(Worst)
            .Select(each => Row(summary, each.Id, each.Score)))]);

    private static string[] Header(EvaluationSummary summary) =>
        ["case", "organ", "outcome", .. Columns(summary).Select(column => column.Name)];

    /// <summary>Those that were computed: distances only where they were asked for.</summary>
    private static (string Name, Metric Metric, string Format)[] Columns(EvaluationSummary summary) =>
        [.. _columns.Where(column => summary.Cases.Any(each => each.Organs.Any(score => double.IsFinite(column.Metric.Of(score)))))];

    private static double NaNLast(double dice) => double.IsNaN(dice) ? double.PositiveInfinity : dice;

    private static string[] Row(EvaluationSummary summary, string id, OrganScore score) =>
    [
        id, summary.Organs[score.Organ].Organ, SummaryFiles.Word(score.Outcome).Replace('_', ' '),
        .. Columns(summary).Select(column => Invariant.Text(column.Metric.Of(score), column.Format)),
    ];

    private static IEnumerable<string> Cells((string Name, Metric Metric, string Format)[] columns, MeanScore mean) =>
        columns.Select(column => Invariant.Text(mean[column.Metric], column.Format));
}
