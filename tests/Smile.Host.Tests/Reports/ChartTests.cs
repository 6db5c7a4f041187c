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
        Assert.Equal(2,
            Lines(Drawn(Charts.Lines("step", "dice", null, [curve]))).Count(line => line.Length == 2 && line[0][1] != line[1][1]));
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
        (double X,
            double Height)[] bars = [.. svg.Descendants()
            .Where(e => e.Name.LocalName == "rect" && Style(e).Contains(Red, StringComparison.Ordinal))
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

    [Theory]
    [InlineData(5)]
    [InlineData(13)]
    [InlineData(32)]
    public void One_validation_of_many_organs_shows_each_by_name_and_marker(int count)
    {
        string[] organs = [.. Enumerable.Range(1, count).Select(k => $"an organ of some name, {k}")];
        Colour[] colours = OrganColours.Of(organs);
        Figure figure = ProgressFigure.Draw(
        [
            new("training loss", "nats", [new Curve("train", _red, [(1, 1), (500, 0.1)])], AxisScale.Logarithmic),
            new("validation Dice", null, [.. organs.Select((organ, k) => new Curve(organ, colours[k], [(500, (k + 0.5) / count)]))],
                AxisScale.Share),
        ]);
        XElement svg = Drawn(figure);
        XElement frame = svg.Descendants()
            .Last(e => e.Name.LocalName == "rect" && Style(e).StartsWith("fill:none;stroke:rgb(45", StringComparison.Ordinal));
        double left = Number(frame, "x"), top = Number(frame, "y"), right = left + Number(frame, "width"), height = Number(frame, "height");
        Assert.InRange(height, 190, 220); // however many lines the names take

        (double X, double Y, string Look)[] marks = [.. Marks(svg).Where(mark => mark.Y > top)];
        Assert.Equal(count, marks.Length);
        for (int k = 0; k < count; k++)
        {
            (double x, double y, string look) = marks[k];
            Assert.Equal(top + height * (1 - ((k + 0.5) / count + 0.02) / 1.04), y, 1.0); // the axis has 0.02 of room at either end
            Assert.True(x < right - 3.5, "the whole marker is inside");
            Assert.Contains(Style(colours[k]), look, StringComparison.Ordinal);
        }

        // Four markers in each of six colours; beyond that, lines tell organs apart.
        Assert.Equal(Math.Min(count, 24), marks.Select(mark => mark.Look).Distinct().Count());
        XElement[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text")];
        (double X, double Y)[] names = [.. organs.Select(name => Place(texts.Single(text => text.Value == name)))];
        Assert.All(names, name => Assert.True(name.Y < top && name.X + PlotStyle.TextWidth(organs[^1]) < Number(svg, "width")));
        foreach (IEnumerable<(double X, double Y)> line in names.GroupBy(name => name.Y))
        {
            Assert.All(line.Order().Zip(line.Order().Skip(1)), pair => Assert.True(
                pair.First.X + PlotStyle.TextWidth(organs[^1]) < pair.Second.X, "no name lies on another"));
        }
    }

    private static string Style(Colour colour) =>
        string.Create(CultureInfo.InvariantCulture, $"fill:rgb({colour.R},{colour.G},{colour.B})");

    /// <summary>Filled shapes by middle, kind and colour.</summary>
    private static IEnumerable<(double X, double Y, string Look)> Marks(XElement svg)
    {
        foreach (XElement e in svg.Descendants()
            .Where(e => Style(e).StartsWith("fill:rgb(", StringComparison.Ordinal)
                && Style(e).Contains("stroke:none", StringComparison.Ordinal)))
        {
            string kind = e.Name.LocalName, look = $"{kind} {Style(e)}";
            if (kind == "ellipse")
                yield return (Number(e, "cx"), Number(e, "cy"), look);
            else if (kind == "rect" && Number(e, "width") < 20)
                yield return (Number(e, "x") + Number(e, "width") / 2, Number(e, "y") + Number(e, "height") / 2, look);
            else if (kind == "polygon")
                yield return Middle(e, look);
        }
    }

    private static (double X, double Y, string Look) Middle(XElement polygon, string look)
    {
        double[][] points = [.. polygon.Attribute("points")!.Value.Split(' ').Select(point =>
            point.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray())];
        return (points.Average(p => p[0]), points.Average(p => p[1]), $"{look} {points.Length}");
    }

    private static (double X, double Y) Place(XElement text)
    {
        string[] parts = text.Attribute("transform")!.Value.Split('(', ',', ')');
        return (double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture));
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

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
