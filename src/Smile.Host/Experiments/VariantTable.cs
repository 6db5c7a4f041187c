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
        + "the same test cases; in brackets the 95 % interval over test cases. Precision and recall: of the last round's pseudo labels, "
        + "the mean over organs and splits.";

    /// <summary>The curves of the table, in its order.</summary>
    public static IReadOnlyList<(string Label, double Alpha)> Curves(StudyResults results)
    {
        (string Label, double Alpha)[] all = [.. results.Dice.Select(d => (d.Label, d.Alpha)).Distinct()];
        var alphas = all.Where(c => !Methods.All.Contains(c.Label)).Select(c => c.Alpha).ToHashSet();
        return [.. all.Where(c => alphas.Contains(c.Alpha)).OrderBy(c => c.Alpha)]; // stable: the study's order within an alpha
    }

    /// <summary>Null where the study has no variant.</summary>
    public static Table? Of(StudyResults results)
    {
        var curves = Curves(results);
        string[] columns = [.. results.Study.Organs, StudyResults.AverageName];
        return curves.Count == 0 ? null : new Table(
            ["alpha %", "missing %", "method", "splits", .. columns, "difference", "against", "precision", "recall"],
            [.. curves.Select(curve => Row(results, curve, columns))]);
    }

    private static string[] Row(StudyResults results, (string Label, double Alpha) curve, string[] columns)
    {
        var dice = results.Dice.Where(d => d.Label == curve.Label && d.Alpha == curve.Alpha).ToDictionary(d => d.Organ);
        var against = Methods.All.Contains(curve.Label) ? null : results.Differences.FirstOrDefault(
            d => d.First == curve.Label && d.FirstAlpha == curve.Alpha && d.Organ == StudyResults.AverageName);
        var rounds = results.Rounds.Where(r => r.Label == curve.Label && r.Alpha == curve.Alpha).ToArray();
        var last = rounds.Where(r => r.Round == rounds.Max(x => x.Round)).ToArray();
        return
        [
            Percent(curve.Alpha), Percent(results.Study.Missing(curve)), MethodLook.Of(curve.Label).Name,
            dice[StudyResults.AverageName].Splits.ToString(CultureInfo.InvariantCulture),
            .. columns.Select(o => Spread(dice[o])),
            against is null ? "" : Interval(against),
            against is null ? "" : $"{MethodLook.Of(against.Second).Name} {Percent(against.SecondAlpha)}",
            last.Length == 0 ? "" : Scoring.Number(Statistics.Mean(last.Select(r => r.Precision))),
            last.Length == 0 ? "" : Scoring.Number(Statistics.Mean(last.Select(r => r.Recall))),
        ];
    }

    private static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture);
}
