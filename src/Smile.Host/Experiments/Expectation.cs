using System.Globalization;
using System.Text.Json.Serialization;
using Smile.Host.Runs;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>What became of an expectation.</summary>
internal enum Verdict
{
    /// <summary>A number that it needs is not known; an interval needs two splits.</summary>
    Unknown,

    /// <summary>The whole interval says so.</summary>
    Holds,

    /// <summary>The whole interval says the contrary.</summary>
    Missed,

    /// <summary>The interval reaches over the bound: these splits do not tell.</summary>
    Open,
}

/// <summary>One outcome that was stated before the runs, beside what came out.</summary>
/// <param name="Statement">What was expected.</param>
/// <param name="Measured">What was measured, in points of Dice (hundredths) where nothing else is said, with its 95 % interval.</param>
/// <param name="Verdict">Whether it holds.</param>
internal sealed record Expectation(string Statement, string Measured, Verdict Verdict)
{
    /// <summary>"yes", "no", "open", or a dash.</summary>
    [JsonIgnore]
    public string Holds => Verdict switch { Verdict.Holds => "yes", Verdict.Missed => "no", Verdict.Open => "open", _ => "-" };

    /// <summary>The expected outcomes for which the study has the cells.</summary>
    public static IEnumerable<Expectation> All(
        StudyRecord study, IReadOnlyList<Difference> differences, IReadOnlyList<Difference> calibrated, IReadOnlyList<CellResult> cells)
    {
        foreach (Claim claim in study.Claims ?? Claim.Paper)
        {
            IReadOnlyList<Difference> among = claim.Calibrated ? calibrated : differences;
            foreach (Difference d in among.Where(claim.Concerns))
            {
                yield return new(claim.Statement + StudyText.About(d.TrainCases),
                    $"{StudyText.Points(d.Mean)} points {StudyText.Ends(d.Low, d.High)}",
                    claim.Judge(d.Interval));
                if (d is { First: Methods.Smiler, Second: Methods.Smile } && d.FirstAlpha == d.SecondAlpha
                    && study.Beta.All(double.IsFinite))
                    yield return Smallest(study, [.. among.Where(d.IsOfTheSamePoints)]);
            }
        }

        foreach (var (trainCases, alpha, _) in cells.Where(c => c.Label == StudyPresets.AllCandidates).Select(StudyPoint.Of).Distinct())
        {
            var part = Precision(cells, new(trainCases, alpha, Methods.Smiler));
            var all = Precision(cells, new(trainCases, alpha, StudyPresets.AllCandidates));
            int[] both = [.. all.Keys.Where(part.ContainsKey)];
            if (both.Length == 0)
                continue;
            Interval less = StudentT.Mean(both.Select(split => all[split] - part[split]));
            yield return new(string.Create(CultureInfo.InvariantCulture,
                $"gamma_max 1 over-predicts: pixels added in the last round are less precise than with 0.66 (alpha {alpha:0.0})")
                + StudyText.About(trainCases),
                $"precision, mean over organs: {Scoring.Number(Statistics.Mean(both.Select(s => all[s])))} against "
                + $"{Scoring.Number(Statistics.Mean(both.Select(s => part[s])))}, {StudyText.Points(less.Mean)} points "
                + StudyText.Ends(less.Low, less.High),
                Judge(less, double.NegativeInfinity, 0));
        }
    }

    /// <summary>Whether an interval lies between two bounds, which are not part of what was expected.</summary>
    public static Verdict Judge(Interval interval, double above, double below) =>
        !double.IsFinite(interval.Low) || !double.IsFinite(interval.High) ? Verdict.Unknown
        : interval.Low > above && interval.High < below ? Verdict.Holds
        : interval.High <= above || interval.Low >= below ? Verdict.Missed
        : Verdict.Open;

    /// <summary>The smallest organ gains more than each other one, split by split.</summary>
    private static Expectation Smallest(StudyRecord study, Difference[] gains)
    {
        Difference[] each = [.. study.Organs.Select(organ => gains.First(d => d.Organ == organ))];
        var (organ, own, _) = study.Organs.Zip(each, study.Beta).MinBy(o => o.Third);
        var more = each.Where(d => d != own).Select(d => (d.Organ,
            Interval: StudentT.Mean(own.BySplit.Zip(d.BySplit, (gain, other) => gain - other)))).ToArray();
        Verdict[] verdicts = [.. more.Select(m => Judge(m.Interval, 0, double.PositiveInfinity))];
        Verdict verdict = verdicts.All(v => v == Verdict.Holds) && verdicts.Length > 0 ? Verdict.Holds
            : verdicts.Contains(Verdict.Missed) ? Verdict.Missed
            : verdicts.Contains(Verdict.Open) ? Verdict.Open
            : Verdict.Unknown;
        return new($"... most visibly for the smallest organ ({organ})" + StudyText.About(own.TrainCases),
            string.Join(", ", each.Select(d => $"{d.Organ} {StudyText.Points(d.Mean)}")) + "; " + string.Join(", ", more.Select(m =>
                $"above {m.Organ} by {StudyText.Points(m.Interval.Mean)} {StudyText.Ends(m.Interval.Low, m.Interval.High)}")),
            verdict);
    }

    /// <summary>By split: the precision of the last round's pseudo labels, the mean over organs.</summary>
    private static Dictionary<int, double> Precision(IReadOnlyList<CellResult> cells, StudyPoint point) =>
        cells.Where(c => StudyPoint.Of(c) == point && c.Rounds.Count > 0).ToDictionary(c => c.Split,
            c => Statistics.Mean(c.Rounds.Where(r => r.Round == c.Rounds.Max(x => x.Round)).Select(r => r.Precision)));
}
