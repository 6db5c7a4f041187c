using System.Xml.Linq;
using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Reports;

public sealed class ChartTests
{
    private static readonly Colour _red = new(200, 0, 0);

    [Theory]
    [InlineData(0, 1, 0.2)]
    [InlineData(0.013, 0.0171, 0.001)]
    [InlineData(0, 873, 200)]
    [InlineData(5, 5, 1)]
    [InlineData(0, 0, 0.2)]
    public void An_axis_covers_its_values_with_round_ticks(double low, double high, double step)
    {
        var axis = Axis.Cover([low, high], 5, fromZero: false);
        Assert.Equal(step, axis.Step, 12);
        Assert.True(axis.Low <= low + 1e-9 * step && axis.High >= high - 1e-9 * step); // ticks are multiples of the step, rounded
        Assert.InRange(axis.Ticks.Count(), 2, 8);
        Assert.All(axis.Ticks, tick => Assert.Equal(Math.Round(tick / step), tick / step, 6));
    }

    [Fact]
    public void An_axis_label_has_the_decimals_its_step_needs()
    {
        Assert.Equal("0.4", Axis.Cover([0, 1], 5, fromZero: true).Label(0.4));
        Assert.Equal("200", Axis.Cover([0, 873], 5, fromZero: true).Label(200));
    }

    [Fact]
    public void A_logarithmic_axis_has_its_ticks_at_powers_of_ten()
    {
        var axis = Axis.CoverDecades([0.03, 4, 0, double.NaN]);
        Assert.Equal(["0.01", "0.1", "1", "10"], axis.Ticks.Select(axis.Label));
        Assert.Equal(50, axis.Place(Math.Sqrt(0.1), 0, 100), 9);
    }

    [Fact]
    public void Averaging_keeps_the_mean_and_leaves_out_what_is_not_finite()
    {
        var curve = new Curve("loss", _red, [.. Enumerable.Range(0, 1000).Select(i => ((double)i, (double)(i % 2))), (1000, double.NaN)]);
        var averaged = curve.Averaged(100);
        Assert.Equal(100, averaged.Points.Count);
        Assert.All(averaged.Points, p => Assert.Equal(0.5, p.Y));
    }

    [Fact]
    public void Charts_are_well_formed_and_name_axes_and_series()
    {
        var curve = new Curve("a & b", _red, [(0, 1), (10, 0.5), (20, double.NaN), (30, 0.2)]);
        var lines = XElement.Parse(SvgChart.Lines("step", "loss <nats>", [curve]));
        Assert.Contains(lines.Descendants("text"), t => t.Value == "loss <nats>");
        Assert.Contains(lines.Descendants("text"), t => t.Value == "a & b");
        Assert.Equal(3, lines.Element("polyline")!.Attribute("points")!.Value.Split(' ').Length);
        (string, Colour, double[])[] series = [("baseline", _red, [0.5, double.NaN]), ("smile", _red, [0.8, 0.7])];
        var bars = XElement.Parse(SvgChart.Bars("Dice", ["liver", "stomach"], series));
        Assert.Equal(3, bars.Descendants("title").Count());
    }

    [Fact]
    public void An_empty_chart_is_still_a_chart() => XElement.Parse(SvgChart.Lines("step", "loss", []));

    [Fact]
    public void The_progress_picture_draws_each_curve_in_its_colour()
    {
        var picture = ProgressPicture.Draw([new("loss", [new Curve("train", _red, [(0, 1), (100, 0)])]), new("dice", [])]);
        Assert.Equal(260, picture.Height); // the chart without a point is left out
        int red = 0;
        for (int y = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++)
                red += picture[x, y] == _red ? 1 : 0;
        Assert.True(red > 800, $"{red} pixels of the curve");
    }
}
