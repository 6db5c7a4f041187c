using Smile.Host.Runs;

namespace Smile.Host.Experiments;

/// <summary>The study's numbers as they stand in its tables; a dash is "not defined".</summary>
internal static class StudyText
{
    /// <summary>A difference of shares in points, with its sign.</summary>
    public static string Points(double share) => Scoring.Number(100 * share, "+0.0;-0.0;0.0");

    public static string Interval(Difference d) => $"{Points(d.Mean)} [{Points(d.Low)}, {Points(d.High)}]";

    /// <summary>Mean ± standard deviation; the mean alone where there is one split.</summary>
    public static string Spread(double mean, double deviation) =>
        double.IsFinite(deviation) ? $"{Scoring.Number(mean)} ± {Scoring.Number(deviation)}" : Scoring.Number(mean);

    public static string Spread(DiceSummary d) => Spread(d.Mean, d.Deviation);
}
