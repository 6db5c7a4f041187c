using System.Text.Json.Serialization;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>A paired difference of Dice: first minus second, on the same test cases, with the 95 % interval over the splits.</summary>
/// <param name="First">A variant.</param>
/// <param name="FirstAlpha">Its share of dropped annotations.</param>
/// <param name="Second">The variant that is subtracted.</param>
/// <param name="SecondAlpha">Its share.</param>
/// <param name="Organ">An organ, or "average".</param>
/// <param name="Mean">Over the splits.</param>
/// <param name="Low">Lower end of Student's interval; NaN below two splits.</param>
/// <param name="High">Upper end.</param>
/// <param name="Pairs">Dice of one case and organ on both sides, all splits together.</param>
internal sealed record Difference(
    string First, double FirstAlpha, string Second, double SecondAlpha, string Organ, double Mean, double Low, double High, int Pairs)
{
    /// <inheritdoc cref="Cell.TrainCases"/>
    public int TrainCases { get; init; }

    /// <summary>The difference on each split that both sides have; NaN where nothing was scored.</summary>
    public IReadOnlyList<double> BySplit { get; init; } = [];

    /// <summary>Ends of the bootstrap's interval, splits and then cases drawn with replacement.</summary>
    public double BootstrapLow { get; init; } = double.NaN;

    /// <inheritdoc cref="BootstrapLow"/>
    public double BootstrapHigh { get; init; } = double.NaN;

    [JsonIgnore]
    public Interval Interval => new(Mean, Low, High, BySplit.Count(d => !double.IsNaN(d)));

    /// <summary>Of whatever organ.</summary>
    public bool IsOfTheSamePoints(Difference other) => (First, FirstAlpha, Second, SecondAlpha, TrainCases)
        == (other.First, other.FirstAlpha, other.Second, other.SecondAlpha, other.TrainCases);

    /// <summary>
    /// Of the points with the same number of training cases: neighbouring methods at the same alpha; every variant against its method where
    /// the share of missing annotations is nearest, and one of SMILEr against SMILE at its alpha too; each curve and variant against SMILE
    /// at alpha 0.
    /// </summary>
    public static IEnumerable<Difference> All(StudyRecord study, IReadOnlyDictionary<StudyPoint, IReadOnlyList<CellResult>> points) =>
        from part in points.Keys.GroupBy(p => p.TrainCases)
        from pair in Compared([.. part], study.Missing)
        from difference in Between(points[pair.First], points[pair.Second], study.Organs)
        select difference;

    /// <summary>The method that a variant is compared with: its label begins with it.</summary>
    private static string? MethodOf(string label) =>
        Methods.All.OrderByDescending(m => m.Length).FirstOrDefault(m => label.StartsWith(m, StringComparison.Ordinal));

    private static IEnumerable<(StudyPoint First, StudyPoint Second)> Compared(StudyPoint[] there, Func<StudyPoint, double> missing)
    {
        (string, string)[] methods =
            [(Methods.Smile, Methods.Baseline), (Methods.Smiler, Methods.Baseline), (Methods.Smiler, Methods.Smile)];
        foreach (var (first, second) in methods)
            foreach (StudyPoint point in there.Where(p => p.Label == first))
                if (At(point, second) is { } other)
                    yield return (point, other);
        foreach (StudyPoint point in there.Where(p => !Methods.All.Contains(p.Label)))
        {
            string? method = MethodOf(point.Label);
            if (there.Where(p => p.Label == method).OrderBy(p => Math.Abs(missing(p) - missing(point))).Cast<StudyPoint?>()
                .FirstOrDefault() is { } nearest)
                yield return (point, nearest);
            if (method == Methods.Smiler && At(point, Methods.Smile) is { } smile)
                yield return (point, smile);
        }

        foreach (StudyPoint point in there.Where(p => p.Alpha > 0))
            if (At(point with { Alpha = 0 }, MethodOf(point.Label) == Methods.Baseline ? Methods.Baseline : Methods.Smile) is { } full)
                yield return (point, full);

        StudyPoint? At(StudyPoint point, string label) =>
            there.Contains(point with { Label = label }) ? point with { Label = label } : null;
    }

    private static IEnumerable<Difference> Between(IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second,
        IReadOnlyList<string> organs)
    {
        var splits = first.Join(second, c => c.Split, c => c.Split, (a, b) => a.Cases
            .Join(b.Cases, c => c.Case, c => c.Case, (x, y) => x.Dice.Zip(y.Dice, (p, q) => p - q).ToArray()).ToArray()).ToArray();
        for (int k = 0; k <= organs.Count; k++)
        {
            double[][][] of = k == organs.Count ? splits : [.. splits.Select(s => s.Select(d => new[] { d[k] }).ToArray())];
            double[] bySplit = [.. of.Select(Bootstrap.MeanOf)];
            Interval interval = StudentT.Mean(bySplit), drawn = Bootstrap.Paired(of);
            yield return new Difference(first[0].Label, first[0].Alpha, second[0].Label, second[0].Alpha,
                k < organs.Count ? organs[k] : StudyResults.AverageName, interval.Mean, interval.Low, interval.High, drawn.Count)
            {
                TrainCases = first[0].TrainCases,
                BySplit = bySplit,
                BootstrapLow = drawn.Low,
                BootstrapHigh = drawn.High,
            };
        }
    }
}
