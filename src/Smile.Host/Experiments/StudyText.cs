using System.Globalization;
using Smile.Host.Runs;

namespace Smile.Host.Experiments;

/// <summary>The study's numbers as they stand in its tables; a dash is "not defined".</summary>
internal static class StudyText
{
    /// <summary>A difference of shares in points, with its sign.</summary>
    public static string Points(double share) => Scoring.Number(100 * share, "+0.0;-0.0;0.0");

    /// <summary>The ends of an interval of shares, in points.</summary>
    public static string Ends(double low, double high) => $"[{Points(low)}, {Points(high)}]";

    public static string Interval(Difference d) => $"{Points(d.Mean)} {Ends(d.Low, d.High)}";

    /// <summary>Said of what concerns one number of training cases; nothing where that is all of a split's.</summary>
    public static string About(int trainCases) =>
        trainCases == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {trainCases} training cases");

    /// <summary>Of the name of a file that shows one number of training cases; nothing where the study has one.</summary>
    public static string Ending(StudyRecord study, int trainCases) =>
        study.TrainCases.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-n{trainCases}");

    /// <summary>Mean ± standard deviation; the mean alone where there is one split.</summary>
    public static string Spread(double mean, double deviation, string format = "0.000") =>
        double.IsFinite(deviation) ? $"{Scoring.Number(mean, format)} ± {Scoring.Number(deviation, format)}" : Scoring.Number(mean, format);

    public static string Spread(DiceSummary d) => Spread(d.Mean, d.Deviation);
}
