using System.Globalization;
using System.Xml.Linq;
using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Reports;

public sealed class ChartTests
{
    private const string Red = "rgb(200,0,0)";

    private static readonly Colour _red = new(200, 0, 0);

    [Fact]
    public void Averaging_keeps_the_mean_and_leaves_out_what_is_not_finite()
    {
        var curve = new Curve("loss", _red, [.. Enumerable.Range(0, 1000).Select(i => ((double)i, (double)(i % 2))), (1000, double.NaN)]);
        var averaged = curve.Averaged(100);
        Assert.Equal(100, averaged.Points.Count);
        Assert.All(averaged.Points, p => Assert.Equal(0.5, p.Y));
    }

    [Fact]
    public void A_line_chart_names_axes_units_and_curves_and_draws_each_in_its_colour()
    {
        XElement svg = Drawn(Charts.Lines("step", "loss", "nats <a pixel>", [new Curve("a & b", _red, [(0, 1), (10, 0.5), (30, 0.25)])]));
        Assert.Contains("step", Texts(svg));
        Assert.Contains("loss [nats <a pixel>]", Texts(svg));
        Assert.Contains("a & b", Texts(svg));
        double[][] line = Line(svg);
        Assert.Equal(3, line.Length);
        Assert.Equal((line[1][0] - line[0][0]) * 2, line[2][0] - line[1][0], 0.01); // to the right as the steps
        Assert.Equal((line[1][1] - line[0][1]) / 2, line[2][1] - line[1][1], 0.01); // downwards as the loss falls
        Assert.True(line[1][1] > line[0][1]);
    }

    [Fact]
    public void A_point_that_is_not_finite_interrupts_a_line()
    {
        var curve = new Curve("dice", _red, [(0, 1), (10, 0.5), (20, double.NaN), (30, 0.2), (40, 0.1)]);
        Assert.Equal(2, Lines(Drawn(Charts.Lines("step", "dice", null, [curve]))).Count(line => line.Length == 2 && line[0][1] != line[1][1]));
    }

    [Fact]
    public void On_a_logarithmic_axis_tenths_are_equally_far_apart()
    {
        var curve = new Curve("loss", _red, [(0, 10), (1, 1), (2, 0.1)]);
        double[][] line = Line(Drawn(Charts.Lines("step", "loss", null, [curve], AxisScale.Logarithmic)));
        Assert.Equal(line[1][1] - line[0][1], line[2][1] - line[1][1], 0.01);
    }

    [Fact]
    public void Bars_are_as_high_as_their_values_and_one_without_a_value_is_a_gap()
    {
        BarGroup[] groups = [new("baseline", _red, [0.5, double.NaN, 0.25], [0.1, double.NaN, double.NaN])];
        XElement svg = Drawn(Charts.Bars("Dice", ["liver", "stomach", "mean"], groups));
        Assert.All(["Dice", "liver", "stomach", "mean", "baseline"], text => Assert.Contains(text, Texts(svg)));
        (double X, double Height)[] bars = [.. svg.Descendants().Where(e => e.Name.LocalName == "rect" && Style(e).Contains(Red, StringComparison.Ordinal))
            .Select(e => (Number(e, "x"), Number(e, "height"))).Where(bar => bar.Item2 > 20).OrderBy(bar => bar.Item1)];
        Assert.Equal(2, bars.Length);
        Assert.Equal(bars[0].Height / 2, bars[1].Height, 0.01);
        double Middle(string name) => svg.Descendants().Where(e => e.Name.LocalName == "text" && e.Value == name)
            .Select(e => double.Parse(e.Attribute("transform")!.Value.Split('(', ',')[1], CultureInfo.InvariantCulture)).Single();
        Assert.True(bars[0].X < Middle("liver") && bars[1].X > Middle("stomach") && bars[1].X < Middle("mean"), "each bar over its name");
    }

    [Fact]
    public void An_empty_chart_is_still_a_chart() => Drawn(Charts.Lines("step", "loss", null, [], AxisScale.Logarithmic));

    [Fact]
    public void Progress_is_a_panel_a_chart_with_a_point_over_the_same_steps()
    {
        Panel[] panels =
        [
            new("loss", "nats", [new Curve("train", _red, [(0, 1), (100, 0.1)])], AxisScale.Logarithmic),
            new("Dice", null, [new Curve("liver", _red, []), new Curve("stomach", _red, [])]),
            new("rate", null, [new Curve("rate", _red, [(50, 0.02), (100, 0.01)])]),
        ];
        XElement svg = Drawn(ProgressFigure.Draw(panels));
        Assert.Equal(2 * 280, Number(svg, "height")); // the chart without a point is left out
        Assert.Contains("loss [nats]", Texts(svg));
        Assert.DoesNotContain("Dice", Texts(svg));
        double[][][] lines = Lines(svg);
        Assert.Equal(2, lines.Length);
        Assert.Equal(lines[0][1][0], lines[1][1][0], 0.01); // step 100
        Assert.Equal((lines[0][0][0] + lines[0][1][0]) / 2, lines[1][0][0], 0.01); // step 50
        Assert.Contains("no step yet", Texts(Drawn(ProgressFigure.Draw([]))));
    }

    /// <summary>The drawing as XML; it can be drawn as PDF too.</summary>
    private static XElement Drawn(Figure figure)
    {
        Assert.NotEmpty(figure.ToPdf());
        return XElement.Parse(figure.ToSvg());
    }

    private static string[] Texts(XElement svg) => [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];

    /// <summary>The red lines' points, (x, y); those of the legend apart, which are two of one height.</summary>
    private static double[][][] Lines(XElement svg) => [.. svg.Descendants()
        .Where(e => e.Name.LocalName == "polyline" && Style(e).Contains(Red, StringComparison.Ordinal))
        .Select(e => e.Attribute("points")!.Value.Split(' ').Select(point =>
            point.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray())
        .Where(line => line.Length > 2 || line[0][1] != line[1][1])];

    private static double[][] Line(XElement svg) => Assert.Single(Lines(svg));

    private static string Style(XElement element) => element.Attribute("style")?.Value ?? "";

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
