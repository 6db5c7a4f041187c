using Smile.Net;
using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>A mean difference with a confidence interval.</summary>
/// <param name="Mean">Of the differences.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Pairs">Differences that entered it.</param>
internal readonly record struct Interval(double Mean, double Low, double High, int Pairs);

/// <summary>
/// Percentile bootstrap (Efron 1979) of a paired difference. Test cases are drawn with replacement within each split, the splits are
/// taken as they are: the interval says how much the difference depends on the cases tested, not on chance in training.
/// </summary>
internal static class Bootstrap
{
    public const int Resamples = 2000;

    /// <summary>The 95 % interval of the mean over splits of the mean over organs of the mean over cases.</summary>
    /// <param name="splits">
    /// By split, by case: the difference of each organ; NaN where the organ was not scored on both sides. An organ enters a mean where it
    /// has a number.
    /// </param>
    /// <param name="seed">Of the resampling.</param>
    public static Interval Paired(IReadOnlyList<IReadOnlyList<double[]>> splits, ulong seed = 1)
    {
        var rng = new Rng(seed);
        double mean = Mean(splits);
        int pairs = splits.Sum(cases => cases.Sum(organs => organs.Count(d => !double.IsNaN(d))));
        var means = new double[Resamples];
        var drawn = splits.Select(cases => new double[cases.Count][]).ToArray();
        for (int b = 0; b < Resamples; b++)
        {
            for (int s = 0; s < drawn.Length; s++)
                for (int i = 0; i < drawn[s].Length; i++)
                    drawn[s][i] = splits[s][rng.Next(drawn[s].Length)];
            means[b] = Mean(drawn);
        }

        double[] ordered = [.. means.Where(double.IsFinite).Order()];
        if (ordered.Length == 0)
            return new Interval(mean, double.NaN, double.NaN, pairs);
        return new Interval(mean, ordered[(int)(0.025 * ordered.Length)], ordered[(int)Math.Ceiling(0.975 * ordered.Length) - 1], pairs);
    }

    private static double Mean(IReadOnlyList<IReadOnlyList<double[]>> splits) =>
        Statistics.Mean(splits.Where(cases => cases.Count > 0).Select(cases =>
            Statistics.Mean(Enumerable.Range(0, cases[0].Length).Select(k => Statistics.Mean(cases.Select(organs => organs[k]))))));
}
