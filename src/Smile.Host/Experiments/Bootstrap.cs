using Smile.Net;
using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>A mean with a confidence interval.</summary>
/// <param name="Mean">Of the numbers.</param>
/// <param name="Low">Lower end of the interval; NaN where there is none.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">Numbers that entered it.</param>
internal readonly record struct Interval(double Mean, double Low, double High, int Count);

/// <summary>
/// Percentile bootstrap (Efron 1979) of a paired difference, in the order of chance: splits are drawn with replacement, then test cases
/// within each. With few splits it is too narrow, since the spread of n drawn numbers is that of n - 1: it stands beside Student's t.
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
        double mean = Statistics.Mean(splits.Select(MeanOf));
        int pairs = splits.Sum(cases => cases.Sum(organs => organs.Count(d => !double.IsNaN(d))));
        var means = new double[Resamples];
        var drawn = new double[splits.Count];
        for (int b = 0; b < Resamples; b++)
        {
            for (int s = 0; s < drawn.Length; s++)
            {
                var cases = splits[rng.Next(splits.Count)];
                var resampled = new double[cases.Count][];
                for (int i = 0; i < resampled.Length; i++)
                    resampled[i] = cases[rng.Next(cases.Count)];
                drawn[s] = MeanOf(resampled);
            }

            means[b] = Statistics.Mean(drawn);
        }

        double[] ordered = [.. means.Where(double.IsFinite).Order()];
        if (ordered.Length == 0)
            return new Interval(mean, double.NaN, double.NaN, pairs);
        return new Interval(mean, ordered[(int)(0.025 * ordered.Length)], ordered[(int)Math.Ceiling(0.975 * ordered.Length) - 1], pairs);
    }

    /// <summary>Of one split: the mean over organs of the mean over cases.</summary>
    public static double MeanOf(IReadOnlyList<double[]> cases) => cases.Count == 0 ? double.NaN : Statistics.Mean(
        Enumerable.Range(0, cases[0].Length).Select(k => Statistics.Mean(cases.Select(organs => organs[k]))));
}
