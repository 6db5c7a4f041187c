namespace Smile.Kernels.Tests;

public class CloseTests
{
    private static readonly Tolerance Loose = new(0.5, 0.1);

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, 1f)]
    [InlineData(1f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.PositiveInfinity)]
    public void What_is_not_finite_differs(float expected, float actual) => Assert.NotNull(Close.Difference(Loose, [expected], [actual]));

    [Theory]
    [InlineData(10f, 11.4f, true)]
    [InlineData(10f, 11.6f, false)]
    [InlineData(-10f, -11.4f, true)]
    [InlineData(0f, 0.6f, false)]
    public void The_allowance_is_absolute_plus_relative(float expected, float actual, bool close) =>
        Assert.Equal(close, Close.Difference(Loose, [expected], [actual]) is null);

    [Fact]
    public void First_and_worst_are_named()
    {
        string? difference = Close.Difference(new(0.1, 0), [1, 2, 3, 4], [1, 2.5f, 9, 4]);
        Assert.NotNull(difference);
        Assert.Contains("2 of 4", difference, StringComparison.Ordinal);
        Assert.Contains("first [1] expected 2, got 2.5", difference, StringComparison.Ordinal);
        Assert.Contains("worst [2] expected 3, got 9", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_must_agree() => Assert.NotNull(Close.Difference(Loose, [1, 2], [1]));
}
