using Smile.Host.Experiments;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Experiments;

public sealed class ExpectationTests
{
    [Theory]
    [InlineData(0.5, 0.8, "yes", "0.500 against 0.800")]
    [InlineData(0.8, 0.5, "no", "0.800 against 0.500")]
    [InlineData(double.NaN, double.NaN, "-", "- against -")]
    [InlineData(double.NaN, 0.5, "-", "- against 0.500")]
    public void Without_a_hidden_truth_nothing_is_met_and_nothing_missed(double all, double part, string holds, string measured)
    {
        RoundSummary[] rounds = [Round(StudyPresets.AllCandidates, all), Round(Methods.Smiler, part)];
        Expectation expectation = Assert.Single(Expectation.All(Record([0.1, 0.2]), [], rounds));
        Assert.Equal(holds, expectation.Holds);
        Assert.EndsWith(measured, expectation.Measured, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_that_is_no_number_is_no_verdict_and_the_smallest_organ_needs_all_betas()
    {
        Difference Of(string organ, double mean) => new(Methods.Smiler, 0.7, Methods.Smile, 0.7, organ, mean, mean, mean, 3);
        Difference[] known = [Of("liver", 0.1), Of("pancreas", 0.2), Of(StudyResults.AverageName, 0.15)];
        Assert.Equal(["yes", "yes"], Expectation.All(Record([0.2, 0.1]), known, []).Select(each => each.Holds));
        Assert.Equal(["yes"], Expectation.All(Record([0.2, double.NaN]), known, []).Select(each => each.Holds));
        Difference[] unknown = [.. known.Select(each => each with { Mean = double.NaN })];
        Assert.Equal(["-", "-"], Expectation.All(Record([0.2, 0.1]), unknown, []).Select(each => each.Holds));
    }

    private static RoundSummary Round(string label, double precision) =>
        new(label, 0.7, 2, 0.66, "liver", 10, precision, 0, 0.3, 0, 2);

    private static StudyRecord Record(double[] beta) => new()
    {
        Name = "x",
        Data = "",
        DataHash = "",
        Organs = ["liver", "pancreas"],
        Beta = beta,
        Splits = 2,
        ShownAlpha = 0.7,
        Cells = [],
        Settings = [],
    };
}
