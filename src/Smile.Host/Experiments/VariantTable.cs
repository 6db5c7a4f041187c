using System.Globalization;
using Smile.Host.Reports;
using Smile.Host.Runs;
using Smile.Net.Evaluation;
using Smile.Net.Settings;
using static Smile.Host.Experiments.StudyText;

namespace Smile.Host.Experiments;

/// <summary>The study's second table: variants beside the methods that they vary, at the alphas where there is a variant.</summary>
internal static class VariantTable
{
    public const string Note = "Missing: the share of the training cases' annotations that are not there, the mean over the splits. "
        + "Difference: average Dice in points against the method that the variant varies, at the nearest share of missing annotations, on "
        + "the same test cases; in brackets the 95 % interval over the splits (Student's t). Precision and recall: of the last round's "
        + "pseudo labels, the mean over organs and splits.";

    /// <summary>The points of the table, in its order; of results with one number of training cases.</summary>
    public static IReadOnlyList<StudyPoint> Points(StudyResults results)
    {
        StudyPoint[] all = [.. results.Dice.Select(d => d.Point).Distinct()];
        var alphas = all.Where(p => !Methods.All.Contains(p.Label)).Select(p => p.Alpha).ToHashSet();
        return [.. all.Where(p => alphas.Contains(p.Alpha)).OrderBy(p => p.Alpha)]; // stable: the study's order within an alpha
    }

    /// <summary>Null where the study has no variant.</summary>
    public static Table? Of(StudyResults results)
    {
        var points = Points(results);
        return points.Count == 0 ? null : new Table(
            ["alpha %", "missing %", "method", "splits", .. results.Columns, "difference", "against", "precision", "recall"],
            [.. points.Select(point => Row(results, point))]);
    }

    private static string[] Row(StudyResults results, StudyPoint point)
    {
        var dice = results.Dice.Where(d => d.Point == point).ToDictionary(d => d.Organ);
        var against = Methods.All.Contains(point.Label) ? null : results.Differences.FirstOrDefault(
            d => d.First == point.Label && d.FirstAlpha == point.Alpha && d.Organ == StudyResults.AverageName);
        var rounds = results.Rounds.Where(r => r.Label == point.Label && r.Alpha == point.Alpha).ToArray();
        var last = rounds.Where(r => r.Round == rounds.Max(x => x.Round)).ToArray();
        return
        [
            Percent(point.Alpha), Percent(results.Study.Missing(point)), MethodLook.Of(point.Label).Name,
            dice[StudyResults.AverageName].Splits.ToString(CultureInfo.InvariantCulture),
            .. results.Columns.Select(o => Spread(dice[o])),
            against is null ? "" : Interval(against),
            against is null ? "" : $"{MethodLook.Of(against.Second).Name} {Percent(against.SecondAlpha)}",
            last.Length == 0 ? "" : Scoring.Number(Statistics.Mean(last.Select(r => r.Precision))),
            last.Length == 0 ? "" : Scoring.Number(Statistics.Mean(last.Select(r => r.Recall))),
        ];
    }

    private static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture);
}
