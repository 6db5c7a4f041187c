using Smile.Host.Experiments;
using Smile.Net.Settings;
using static Smile.Host.Tests.Experiments.StudyCells;

namespace Smile.Host.Tests.Experiments;

public sealed class ExpectationTests
{
    private const double None = double.NaN;

    [Theory]
    [InlineData(-0.20, -0.16, "Holds")]
    [InlineData(-0.20, -0.14, "Open")]
    [InlineData(-0.20, -0.15, "Open")]
    [InlineData(-0.15, -0.10, "Missed")]
    [InlineData(None, None, "Unknown")]
    public void An_outcome_holds_where_its_whole_interval_does(double low, double high, string verdict) =>
        Assert.Equal(verdict, Claim.Paper[0].Judge(new Interval(-0.2, low, high, 3)).ToString());

    [Theory]
    [InlineData(0.18, 0.12, 0.24, "Holds")]
    [InlineData(0.14, 0.12, 0.16, "Open")]
    [InlineData(0.13, 0.12, 0.14, "Missed")]
    [InlineData(0.18, 0.08, 0.28, "Open")]
    public void A_bound_of_the_mean_counts_besides(double mean, double low, double high, string verdict) =>
        Assert.Equal(verdict, (new Claim("", Methods.Smile, 0, Methods.Baseline, 0) { Above = 0.1, MeanAbove = 0.15 })
            .Judge(new Interval(mean, low, high, 9)).ToString());

    /// <summary>Gains 0.01, 0.02 and 0.03: mean 0.02, s = 0.01, t(2) = 4.3027, so the interval is 0.02 ± 0.0248 and crosses 0.</summary>
    [Fact]
    public void A_gain_on_every_split_is_open_where_the_interval_crosses_zero()
    {
        double[] gains = [0.01, 0.02, 0.03];
        Expectation gain = Gain([.. gains.Select(g => (g, g))]);
        Assert.Equal((Verdict.Open, "+2.0 points [-0.5, +4.5]"), (gain.Verdict, gain.Measured));
        Assert.Equal(Verdict.Holds, Gain([(0.021, 0.021), (0.02, 0.02), (0.019, 0.019)]).Verdict);
        Assert.Equal(Verdict.Missed, Gain([(-0.021, -0.021), (-0.02, -0.02), (-0.019, -0.019)]).Verdict);
        Assert.Equal(Verdict.Unknown, Gain([(0.02, 0.02)]).Verdict);

        static Expectation Gain((double, double)[] gains) => Outcome(gains, Record(0.1, None))[0];
    }

    [Fact]
    public void The_smallest_organ_needs_every_organs_size_and_gains_more_split_by_split()
    {
        Expectation smallest = Outcome([(0.01, 0.11), (0.05, 0.15), (0.02, 0.12)], Record(0.2, 0.1))[1];
        Assert.Equal("yes", smallest.Holds);
        Assert.Contains("(pancreas)", smallest.Statement, StringComparison.Ordinal);
        Assert.EndsWith("above liver by +10.0 [+10.0, +10.0]", smallest.Measured, StringComparison.Ordinal);
        Assert.Equal("no", Outcome([(0.01, 0.11), (0.05, 0.15), (0.02, 0.12)], Record(0.1, 0.2))[1].Holds);
        Assert.Equal("open", Outcome([(0.01, 0.11), (0.05, 0.03)], Record(0.2, 0.1))[1].Holds);
        Assert.Single(Outcome([(0.01, 0.11), (0.05, 0.15)], Record(0.2, None)));
    }

    /// <summary>Differences -0.2 and -0.4: mean -0.3, s = 0.1414, t(1) = 12.7062: ± 1.2706 crosses 0; -0.30 and -0.31 do not.</summary>
    [Theory]
    [InlineData(0.6, 0.4, "open", "0.500 against 0.800, -30.0 points [-157.1, +97.1]")]
    [InlineData(0.5, 0.49, "yes", "0.495 against 0.800, -30.5 points [-36.9, -24.1]")]
    [InlineData(None, None, "-", "- against 0.800, - points [-, -]")]
    public void Over_prediction_is_judged_by_precision_on_the_same_splits(double first, double second, string holds, string measured)
    {
        CellResult[] cells =
        [
            Of(StudyPresets.AllCandidates, 0.5, 0, 0.5).WithPrecision(first),
            Of(StudyPresets.AllCandidates, 0.5, 1, 0.5).WithPrecision(second),
            Of(Methods.Smiler, 0.5, 0, 0.5).WithPrecision(0.8), Of(Methods.Smiler, 0.5, 1, 0.5).WithPrecision(0.8),
        ];
        Expectation expectation = Assert.Single(StudyResults.Of(Record(0.1, 0.2), cells).Expectations);
        Assert.Equal(holds, expectation.Holds);
        Assert.EndsWith(measured, expectation.Measured, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_study_states_itself_is_judged_in_place_of_the_papers()
    {
        var study = Record(0.1, None) with { Claims = [new Claim("none below", Methods.Smiler, 0.7, Methods.Smile, 0.7) { Above = -0.1 }] };
        Assert.Equal([("none below", "yes")], Outcome([(0.01, 0.01), (0.02, 0.02)], study).Select(e => (e.Statement, e.Holds)));
    }

    /// <summary>SMILEr above SMILE at alpha 0.7 by the given Dice of liver and pancreas, a split each.</summary>
    private static IReadOnlyList<Expectation> Outcome((double Liver, double Pancreas)[] gains, StudyRecord study) =>
        StudyResults.Of(study, [.. gains.SelectMany((gain, split) => new[]
        {
            Of(Methods.Smile, 0.7, split, 0.5, 0.7),
            Of(Methods.Smiler, 0.7, split, [(0.5 + gain.Liver, 0.5 + gain.Pancreas), (0.7 + gain.Liver, 0.7 + gain.Pancreas)]),
        })]).Expectations;
}
