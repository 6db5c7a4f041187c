using Smile.Net.Evaluation;

namespace Smile.Net.Tests.Evaluation;

public sealed class StatisticsTests
{
    [Fact]
    public void A_mean_leaves_out_what_is_no_number()
    {
        Assert.Equal(2, Statistics.Mean([1, double.NaN, 3]), 1e-12);
        Assert.True(double.IsNaN(Statistics.Mean([double.NaN])));
        Assert.True(double.IsNaN(Statistics.Mean([])));
    }

    [Fact]
    public void The_deviation_is_the_samples()
    {
        Assert.Equal(1, Statistics.Deviation([1, 2, 3, double.NaN]), 1e-12);
        Assert.True(double.IsNaN(Statistics.Deviation([1, double.NaN])));
    }
}
