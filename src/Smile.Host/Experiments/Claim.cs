using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>
/// An outcome that is stated before the runs: the difference of average Dice between two points, first minus second, lies between two
/// bounds. It holds where the whole 95 % interval does, and is missed where none of it does; else it is open.
/// </summary>
/// <param name="Statement">In words.</param>
/// <param name="First">A variant.</param>
/// <param name="FirstAlpha">Its share of dropped annotations.</param>
/// <param name="Second">The one that is subtracted.</param>
/// <param name="SecondAlpha">Its share.</param>
internal sealed record Claim(string Statement, string First, double FirstAlpha, string Second, double SecondAlpha)
{
    /// <summary>The interval lies above it.</summary>
    public double Above { get; init; } = double.NegativeInfinity;

    /// <summary>The interval lies below it.</summary>
    public double Below { get; init; } = double.PositiveInfinity;

    /// <summary>The mean lies above it, besides.</summary>
    public double MeanAbove { get; init; } = double.NegativeInfinity;

    /// <summary>It is of both sides at their calibrated thresholds, not at 1/2.</summary>
    public bool Calibrated { get; init; }

    /// <summary>The number of training cases that is spoken of; 0: each that was run.</summary>
    public int TrainCases { get; init; }

    /// <summary>What the paper's figure 3 and section 3 let expect.</summary>
    public static IReadOnlyList<Claim> Paper { get; } =
    [
        new("baseline at alpha 0.4 at least 15 points below alpha 0", Methods.Baseline, 0.4, Methods.Baseline, 0) { Below = -0.15 },
        new("SMILE at alpha 0.4 within 3 points of its alpha 0", Methods.Smile, 0.4, Methods.Smile, 0) { Above = -0.03, Below = 0.03 },
        new("SMILEr at alpha 0.7 within 3 points of SMILE at alpha 0", Methods.Smiler, 0.7, Methods.Smile, 0)
        {
            Above = -0.03,
            Below = 0.03,
        },
        new("SMILEr above SMILE at alpha 0.7", Methods.Smiler, 0.7, Methods.Smile, 0.7) { Above = 0 },
    ];

    /// <summary>What real slices of data sets of one organ each let expect.</summary>
    public static IReadOnlyList<Claim> Real { get; } =
    [
        new("SMILE at least 15 points above the baseline, the interval above 10", Methods.Smile, 0, Methods.Baseline, 0)
        {
            Above = 0.10,
            MeanAbove = 0.15,
        },
        new("the same at calibrated thresholds", Methods.Smile, 0, Methods.Baseline, 0)
        {
            Above = 0.10,
            MeanAbove = 0.15,
            Calibrated = true,
        },
    ];

    /// <summary>
    /// What few training cases let expect: relabelling wins back what missing annotations cost, where they cost something.
    /// </summary>
    public static IReadOnlyList<Claim> Few { get; } =
    [
        new("SMILEr above SMILE at alpha 0.9 with 8 cases", Methods.Smiler, 0.9, Methods.Smile, 0.9) { Above = 0, TrainCases = 8 },
        new("SMILEr by volume above SMILE at alpha 0.9 with 8 cases", "smiler-volume", 0.9, Methods.Smile, 0.9)
        {
            Above = 0,
            TrainCases = 8,
        },
        new("the same at calibrated thresholds", "smiler-volume", 0.9, Methods.Smile, 0.9)
        {
            Above = 0,
            TrainCases = 8,
            Calibrated = true,
        },
        new("SMILEr by volume at alpha 0.7 within 3 points of SMILE at alpha 0", "smiler-volume", 0.7, Methods.Smile, 0)
        {
            Above = -0.03,
            Below = 0.03,
        },
    ];

    /// <summary>Whether a difference is the one that is spoken of.</summary>
    public bool Concerns(Difference d) => d.First == First && d.FirstAlpha == FirstAlpha && d.Second == Second
        && d.SecondAlpha == SecondAlpha && d.Organ == StudyResults.AverageName && (TrainCases == 0 || d.TrainCases == TrainCases);

    /// <summary>What the interval says.</summary>
    public Verdict Judge(Interval interval) => Expectation.Judge(interval, Above, Below) switch
    {
        Verdict.Holds when !(interval.Mean > MeanAbove) => interval.High > MeanAbove ? Verdict.Open : Verdict.Missed,
        var verdict => verdict,
    };
}
