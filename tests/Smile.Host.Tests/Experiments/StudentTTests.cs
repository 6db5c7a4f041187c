using Smile.Host.Experiments;

namespace Smile.Host.Tests.Experiments;

public sealed class StudentTTests
{
    /// <summary>The published table of two-sided 5 % points (Abramowitz and Stegun 1964, 26.10).</summary>
    [Theory]
    [InlineData(1, 12.706)]
    [InlineData(2, 4.303)]
    [InlineData(3, 3.182)]
    [InlineData(4, 2.776)]
    [InlineData(5, 2.571)]
    [InlineData(9, 2.262)]
    [InlineData(16, 2.120)]
    [InlineData(30, 2.042)]
    [InlineData(120, 1.980)]
    public void The_quantiles_are_those_of_the_printed_table(int freedom, double t) =>
        Assert.Equal(t, StudentT.Quantile(0.95, freedom), 0.0005);

    /// <summary>One degree is Cauchy's distribution: P(|T| &lt;= 1) is a half. Two: P(|T| &lt;= t) = t / sqrt(2 + t²).</summary>
    [Fact]
    public void One_and_two_degrees_of_freedom_are_their_closed_forms()
    {
        Assert.Equal(1, StudentT.Quantile(0.5, 1), 1e-12);
        Assert.Equal(0.6 * Math.Sqrt(2 / (1 - 0.36)), StudentT.Quantile(0.6, 2), 1e-12);
        Assert.Equal(0, StudentT.Quantile(0, 7), 1e-12);
    }

    /// <summary>Of 1, 2, 3, 4: mean 2.5, s² = 5/3, t(3) = 3.18245, so half the width is 3.18245 sqrt(5/3) / 2 = 2.05426.</summary>
    [Fact]
    public void The_interval_is_that_of_the_hand_case()
    {
        Interval interval = StudentT.Mean([1, double.NaN, 2, 3, 4]);
        Assert.Equal((2.5, 4), (interval.Mean, interval.Count));
        Assert.Equal(2.5 - 2.05426, interval.Low, 1e-5);
        Assert.Equal(2.5 + 2.05426, interval.High, 1e-5);
    }

    [Fact]
    public void One_number_has_a_mean_and_no_interval()
    {
        Assert.Equal(new Interval(0.3, double.NaN, double.NaN, 1), StudentT.Mean([0.3]));
        Assert.Equal(new Interval(double.NaN, double.NaN, double.NaN, 0), StudentT.Mean([double.NaN]));
        Assert.Equal(new Interval(0.3, 0.3, 0.3, 2), StudentT.Mean([0.3, 0.3]));
    }
}
