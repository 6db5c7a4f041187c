using System.Globalization;
using System.Text.Json.Serialization;
using Smile.Host.Cli;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>One outcome that was stated before the runs, beside what came out.</summary>
/// <param name="Statement">What was expected.</param>
/// <param name="Measured">What was measured, in points of Dice (hundredths).</param>
/// <param name="Met">Whether it holds; null where a number that it needs is not known.</param>
internal sealed record Expectation(string Statement, string Measured, bool? Met)
{
    /// <summary>"yes", "no", or a dash.</summary>
    [JsonIgnore]
    public string Holds => Met switch { true => "yes", false => "no", null => "-" };

    /// <summary>The expected outcomes for which the study has the cells.</summary>
    public static IEnumerable<Expectation> All(
        StudyRecord study, IReadOnlyList<Difference> differences, IReadOnlyList<RoundSummary> rounds)
    {
        if (Find(Methods.Baseline, 0.4, Methods.Baseline, 0) is { } baseline)
            yield return Of("baseline at alpha 0.4 at least 15 points below alpha 0", baseline, mean => mean <= -0.15);
        if (Find(Methods.Smile, 0.4, Methods.Smile, 0) is { } smile)
            yield return Of("SMILE at alpha 0.4 within 3 points of its alpha 0", smile, mean => Math.Abs(mean) <= 0.03);
        if (Find(Methods.Smiler, 0.7, Methods.Smile, 0) is { } full)
            yield return Of("SMILEr at alpha 0.7 within 3 points of SMILE at alpha 0", full, mean => Math.Abs(mean) <= 0.03);
        if (Find(Methods.Smiler, 0.7, Methods.Smile, 0.7) is { } gain)
        {
            yield return Of("SMILEr above SMILE at alpha 0.7", gain, mean => mean > 0);
            if (study.Beta.All(double.IsFinite))
                yield return Smallest();
        }

        foreach (double alpha in rounds.Where(r => r.Label == StudyPresets.AllCandidates).Select(r => r.Alpha).Distinct())
            if (Precision(StudyPresets.AllCandidates, alpha) is { } all && Precision(Methods.Smiler, alpha) is { } part)
                yield return new(
                    string.Create(CultureInfo.InvariantCulture,
                        $"gamma_max 1 over-predicts: pixels added in the last round are less precise than with 0.66 (alpha {alpha:0.0})"),
                    $"precision, mean over organs: {Invariant.Text(all)} against {Invariant.Text(part)}",
                    double.IsFinite(all) && double.IsFinite(part) ? all < part : null);

        Expectation Smallest()
        {
            Difference[] gains = [.. differences.Where(d => Is(d, Methods.Smiler, 0.7, Methods.Smile, 0.7))];
            Difference[] each = [.. study.Organs.Select(organ => gains.First(d => d.Organ == organ))];
            string smallest = study.Organs.Zip(study.Beta).MinBy(o => o.Second).First;
            return new($"... most visibly for the smallest organ ({smallest})",
                string.Join(", ", each.Select(d => $"{d.Organ} {StudyText.Points(d.Mean)}")),
                each.All(d => double.IsFinite(d.Mean)) ? each.MaxBy(d => d.Mean)!.Organ == smallest : null);
        }

        Difference? Find(string first, double firstAlpha, string second, double secondAlpha) =>
            differences.FirstOrDefault(d => Is(d, first, firstAlpha, second, secondAlpha) && d.Organ == StudyResults.AverageName);

        double? Precision(string label, double alpha)
        {
            var of = rounds.Where(r => r.Label == label && r.Alpha == alpha).ToArray();
            return of.Length == 0 ? null : Statistics.Mean(of.Where(r => r.Round == of.Max(x => x.Round)).Select(r => r.Precision));
        }
    }

    private static bool Is(Difference d, string first, double firstAlpha, string second, double secondAlpha) =>
        d.First == first && d.FirstAlpha == firstAlpha && d.Second == second && d.SecondAlpha == secondAlpha;

    private static Expectation Of(string statement, Difference of, Func<double, bool> holds) =>
        new(statement, Points(of), double.IsFinite(of.Mean) ? holds(of.Mean) : null);

    private static string Points(Difference d) =>
        $"{StudyText.Points(d.Mean)} points [{StudyText.Points(d.Low)}, {StudyText.Points(d.High)}]";
}
