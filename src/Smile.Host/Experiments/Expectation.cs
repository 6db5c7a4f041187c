using System.Globalization;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>One outcome that was stated before the runs, beside what came out.</summary>
/// <param name="Statement">What was expected.</param>
/// <param name="Measured">What was measured, in points of Dice (hundredths).</param>
/// <param name="Met">Whether it holds.</param>
internal sealed record Expectation(string Statement, string Measured, bool Met)
{
    /// <summary>The expected outcomes for which the study has the cells.</summary>
    public static IEnumerable<Expectation> All(
        StudyRecord study, IReadOnlyList<Difference> differences, IReadOnlyList<RoundSummary> rounds)
    {
        if (Find(Methods.Baseline, 0.4, Methods.Baseline, 0) is { } baseline)
            yield return new("baseline at alpha 0.4 at least 15 points below alpha 0", Points(baseline), baseline.Mean <= -0.15);
        if (Find(Methods.Smile, 0.4, Methods.Smile, 0) is { } smile)
            yield return new("SMILE at alpha 0.4 within 3 points of its alpha 0", Points(smile), Math.Abs(smile.Mean) <= 0.03);
        if (Find(Methods.Smiler, 0.7, Methods.Smile, 0) is { } full)
            yield return new("SMILEr at alpha 0.7 within 3 points of SMILE at alpha 0", Points(full), Math.Abs(full.Mean) <= 0.03);
        if (Find(Methods.Smiler, 0.7, Methods.Smile, 0.7) is { } gain)
        {
            yield return new("SMILEr above SMILE at alpha 0.7", Points(gain), gain.Mean > 0);
            var each = study.Organs.Select(o => differences.First(d => Is(d, Methods.Smiler, 0.7, Methods.Smile, 0.7) && d.Organ == o)).ToArray();
            string smallest = study.Organs.Zip(study.Beta).MinBy(o => o.Second).First;
            yield return new($"... most visibly for the smallest organ ({smallest})",
                string.Join(", ", each.Select(d => $"{d.Organ} {StudyText.Points(d.Mean)}")), each.MaxBy(d => d.Mean)!.Organ == smallest);
        }

        foreach (double alpha in rounds.Where(r => r.Label == StudyPresets.AllCandidates).Select(r => r.Alpha).Distinct())
            if (Precision(StudyPresets.AllCandidates, alpha) is { } all && Precision(Methods.Smiler, alpha) is { } part)
                yield return new(
                    string.Create(CultureInfo.InvariantCulture,
                        $"gamma_max 1 over-predicts: pixels added in the last round are less precise than with 0.66 (alpha {alpha:0.0})"),
                    string.Create(CultureInfo.InvariantCulture, $"precision, mean over organs: {all:0.000} against {part:0.000}"), all < part);

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

    private static string Points(Difference d) => $"{StudyText.Points(d.Mean)} points [{StudyText.Points(d.Low)}, {StudyText.Points(d.High)}]";
}
