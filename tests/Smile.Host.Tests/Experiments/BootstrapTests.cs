using Smile.Host.Experiments;

namespace Smile.Host.Tests.Experiments;

public sealed class BootstrapTests
{
    [Fact]
    public void Equal_differences_leave_no_doubt()
    {
        var interval = Bootstrap.Paired([[[0.25], [0.25], [0.25]], [[0.25], [0.25]]]);
        Assert.Equal(new Interval(0.25, 0.25, 0.25, 5), interval);
    }

    /// <summary>
    /// Of 0 and 1, two draws have mean 0, 1/2, 1 with probability 1/4, 1/2, 1/4: both ends lie beyond 2.5 %. With eight cases of which one
    /// is 1, the mean is k/8, k binomial (8, 1/8): P(k = 0) = 0.34 and P(k &lt;= 3) = 0.987, P(k &lt;= 2) = 0.93, so the upper end is 3/8.
    /// </summary>
    [Fact]
    public void The_interval_is_that_of_the_hand_case()
    {
        var two = Bootstrap.Paired([[[0.0], [1.0]]]);
        Assert.Equal(new Interval(0.5, 0, 1, 2), two);
        double[][] eight = [[1.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]];
        Assert.Equal(new Interval(0.125, 0, 0.375, 8), Bootstrap.Paired([eight]));
    }

    /// <summary>
    /// Splits are drawn before cases: of two splits whose cases all say 0 and 1, the mean is 0 or 1 with probability 1/4 each, both beyond
    /// 2.5 %. Cases drawn within the splits alone would leave 1/2 without any doubt.
    /// </summary>
    [Fact]
    public void Splits_are_drawn_and_not_their_cases_alone() =>
        Assert.Equal(new Interval(0.5, 0, 1, 5), Bootstrap.Paired([[[0.0], [0.0], [0.0]], [[1.0], [1.0]]]));

    [Fact]
    public void An_organ_without_a_number_enters_no_mean()
    {
        var interval = Bootstrap.Paired([[[0.1, double.NaN], [0.1, 0.3]]]);
        Assert.Equal(0.2, interval.Mean, 1e-12);
        Assert.Equal(3, interval.Count);
        Assert.True(double.IsNaN(Bootstrap.Paired([[[double.NaN]]]).Mean));
    }
}
