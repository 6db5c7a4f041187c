using System.Text.Json.Serialization;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>Dice of a curve at one alpha, over the splits.</summary>
/// <param name="Label">The variant.</param>
/// <param name="Alpha">Share dropped.</param>
/// <param name="Organ">An organ, or "average".</param>
/// <param name="Mean">Over splits.</param>
/// <param name="Deviation">Sample standard deviation over splits.</param>
/// <param name="Splits">How many.</param>
internal sealed record DiceSummary(string Label, double Alpha, string Organ, double Mean, double Deviation, int Splits)
{
    /// <summary>One standard deviation below the mean, as far as Dice goes; the mean where there is none.</summary>
    [JsonIgnore]
    public double Low => Math.Max(0, Mean - Spread);

    /// <summary>As <see cref="Low"/>, above.</summary>
    [JsonIgnore]
    public double High => Math.Min(1, Mean + Spread);

    private double Spread => double.IsFinite(Deviation) ? Deviation : 0;
}

/// <summary>A paired difference of Dice: first minus second, on the same test cases.</summary>
internal sealed record Difference(
    string First, double FirstAlpha, string Second, double SecondAlpha, string Organ, double Mean, double Low, double High, int Pairs);

/// <summary>Pseudo labels of one round against the hidden truth: means over the splits.</summary>
internal sealed record RoundSummary(
    string Label, double Alpha, int Round, double Gamma, string Organ, double Added, double Precision, double PrecisionDeviation,
    double Recall, double RecallDeviation, int Splits);

/// <summary>results.json: the study, its cells without pictures, and what they come to.</summary>
internal sealed record StudyResults
{
    /// <summary>The name of the mean over organs.</summary>
    public const string AverageName = "average";

    public required StudyRecord Study { get; init; }

    public required IReadOnlyList<CellResult> Cells { get; init; }

    public required IReadOnlyList<DiceSummary> Dice { get; init; }

    public required IReadOnlyList<Difference> Differences { get; init; }

    public required IReadOnlyList<RoundSummary> Rounds { get; init; }

    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>Takes the means.</summary>
    /// <param name="study">The study.</param>
    /// <param name="cells">Finished ones, shared results included.</param>
    public static StudyResults Of(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        var curves = cells.GroupBy(c => (c.Label, c.Alpha)).OrderBy(g => Order(g.Key.Label, study)).ThenBy(g => g.Key.Alpha)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<CellResult>)[.. g.OrderBy(c => c.Split)]);
        var dice = curves.SelectMany(c => Summaries(c.Key.Label, c.Key.Alpha, c.Value, study.Organs)).ToArray();
        var rounds = curves.SelectMany(c => RoundsOf(c.Key.Label, c.Key.Alpha, c.Value)).ToArray();
        Difference[] differences = [.. Pairs([.. curves.Keys], study.Missing)
            .SelectMany(p => Differ(curves[p.First], curves[p.Second], study.Organs))];
        return new StudyResults
        {
            Study = study,
            Cells = [.. cells.Select(c => c with { Slices = [] })],
            Dice = dice,
            Differences = differences,
            Rounds = rounds,
            Expectations = [.. Expectation.All(study, differences, rounds)],
        };
    }

    /// <summary>The order in which a study lists its variants.</summary>
    private static int Order(string label, StudyRecord study) =>
        study.Cells.Select(c => c.Label).Distinct().ToList().IndexOf(label);

    private static IEnumerable<DiceSummary> Summaries(string label, double alpha, IReadOnlyList<CellResult> cells,
        IReadOnlyList<string> organs)
    {
        for (int k = 0; k <= organs.Count; k++)
        {
            double[] values = [.. cells.Select(c => k < organs.Count ? c.Dice[k] : c.Average)];
            yield return new DiceSummary(label, alpha, k < organs.Count ? organs[k] : AverageName,
                Statistics.Mean(values), Statistics.Deviation(values), values.Length);
        }
    }

    private static IEnumerable<RoundSummary> RoundsOf(string label, double alpha, IReadOnlyList<CellResult> cells) =>
        cells.SelectMany(c => c.Rounds).GroupBy(r => (r.Round, r.Organ)).Select(g => new RoundSummary(
            label, alpha, g.Key.Round, g.First().Gamma, g.Key.Organ, Statistics.Mean(g.Select(r => (double)r.Added)),
            Statistics.Mean(g.Select(r => r.Precision)), Statistics.Deviation(g.Select(r => r.Precision)),
            Statistics.Mean(g.Select(r => r.Recall)), Statistics.Deviation(g.Select(r => r.Recall)), g.Count()));

    /// <summary>The method that a variant is compared with: its label begins with it.</summary>
    private static string? MethodOf(string label) =>
        Methods.All.OrderByDescending(m => m.Length).FirstOrDefault(m => label.StartsWith(m, StringComparison.Ordinal));

    /// <summary>
    /// Neighbouring methods at the same alpha, every variant against its method where the share of missing annotations is nearest, and each
    /// curve against SMILE at alpha 0.
    /// </summary>
    private static IEnumerable<((string, double) First, (string, double) Second)> Pairs(
        (string Label, double Alpha)[] there, Func<(string Label, double Alpha), double> missing)
    {
        (string, string)[] methods =
            [(Methods.Smile, Methods.Baseline), (Methods.Smiler, Methods.Baseline), (Methods.Smiler, Methods.Smile)];
        foreach (var (first, second) in methods)
            foreach (var curve in there.Where(c => c.Label == first && there.Contains((second, c.Alpha))))
                yield return (curve, (second, curve.Alpha));
        foreach (var curve in there.Where(c => !Methods.All.Contains(c.Label)))
            if (there.Where(c => c.Label == MethodOf(curve.Label))
                .OrderBy(c => Math.Abs(missing(c) - missing(curve))).Cast<(string, double)?>()
                .FirstOrDefault() is { } nearest)
                yield return (curve, nearest);
        foreach (var curve in there.Where(c => c.Alpha > 0 && Methods.All.Contains(c.Label)))
        {
            string full = curve.Label == Methods.Baseline ? Methods.Baseline : Methods.Smile;
            if (there.Contains((full, 0)))
                yield return (curve, (full, 0));
        }
    }

    private static IEnumerable<Difference> Differ(IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second,
        IReadOnlyList<string> organs)
    {
        var splits = first.Join(second, c => c.Split, c => c.Split, (a, b) => a.Cases
            .Join(b.Cases, c => c.Case, c => c.Case, (x, y) => x.Dice.Zip(y.Dice, (p, q) => p - q).ToArray()).ToArray()).ToArray();
        for (int k = 0; k <= organs.Count; k++)
        {
            double[][][] of = k == organs.Count ? splits : [.. splits.Select(s => s.Select(d => new[] { d[k] }).ToArray())];
            var interval = Bootstrap.Paired(of);
            yield return new Difference(first[0].Label, first[0].Alpha, second[0].Label, second[0].Alpha,
                k < organs.Count ? organs[k] : AverageName, interval.Mean, interval.Low, interval.High, interval.Pairs);
        }
    }
}
