using System.Globalization;
using System.Net;
using System.Text;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>Charts as inline SVG: axes with units, ticks at round numbers, a legend, a tooltip on each mark.</summary>
internal static class SvgChart
{
    private const double Left = 64, Right = 16, Top = 34, Bottom = 46;

    /// <summary>Lines over a common axis; on a logarithmic one only positive values are drawn.</summary>
    public static string Lines(
        string xTitle, string yTitle, IReadOnlyList<Curve> curves, bool logarithmic = false, int width = 640, int height = 300)
    {
        var x = Axis.Cover(curves.SelectMany(c => c.Points).Select(p => p.X), 6, fromZero: false);
        var heights = curves.SelectMany(c => c.Points).Select(p => p.Y);
        var y = logarithmic ? Axis.CoverDecades(heights) : Axis.Cover(heights, 5, fromZero: true);
        var svg = Frame(width, height, yTitle, y);
        foreach (double tick in x.Ticks)
            Text(svg, x.Place(tick, Left, width - Right), height - Bottom + 16, x.Label(tick), "middle");
        Text(svg, (Left + width - Right) / 2, height - 8, xTitle, "middle");
        foreach (var curve in curves)
        {
            var points = curve.Points.Where(p => double.IsFinite(p.Y) && (!logarithmic || p.Y > 0))
                .Select(p => $"{F(x.Place(p.X, Left, width - Right))},{F(y.Place(p.Y, height - Bottom, Top))}");
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{curve.Colour.Hex}\" stroke-width=\"1.8\" "
                + $"points=\"{string.Join(' ', points)}\"/>\n");
        }

        return Close(svg, curves.Select(c => (c.Name, c.Colour)));
    }

    /// <summary>Groups of bars, one group a category, one bar a series; NaN leaves a gap.</summary>
    /// <param name="yTitle">With its unit.</param>
    /// <param name="categories">Under the groups.</param>
    /// <param name="series">Each with a value a category.</param>
    /// <param name="width">In CSS pixels.</param>
    /// <param name="height">In CSS pixels.</param>
    public static string Bars(
        string yTitle, IReadOnlyList<string> categories, IReadOnlyList<(string Name, Colour Colour, double[] Values)> series,
        int width = 640, int height = 280)
    {
        var y = Axis.Cover(series.SelectMany(s => s.Values).Append(1), 5, fromZero: true);
        var svg = Frame(width, height, yTitle, y);
        double group = (width - Left - Right) / categories.Count, bar = group * 0.8 / series.Count;
        for (int c = 0; c < categories.Count; c++)
        {
            Text(svg, Left + (c + 0.5) * group, height - Bottom + 18, categories[c], "middle");
            for (int s = 0; s < series.Count; s++)
            {
                double value = series[s].Values[c], left = Left + c * group + group * 0.1 + s * bar;
                double top = y.Place(value, height - Bottom, Top);
                if (!double.IsFinite(value))
                    continue;
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{F(left)}\" y=\"{F(top)}\" width=\"{F(bar * 0.92)}\" "
                    + $"height=\"{F(height - Bottom - top)}\" "
                    + $"fill=\"{series[s].Colour.Hex}\"><title>{WebUtility.HtmlEncode(series[s].Name)}, "
                    + $"{WebUtility.HtmlEncode(categories[c])}: {value:0.000}</title></rect>\n");
                Text(svg, left + bar * 0.46, top - 4, value.ToString("0.00", CultureInfo.InvariantCulture), "middle");
            }
        }

        return Close(svg, series.Select(s => (s.Name, s.Colour)));
    }

    private static StringBuilder Frame(int width, int height, string yTitle, Axis y)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" "
            + $"role=\"img\">\n");
        foreach (double tick in y.Ticks)
        {
            double at = y.Place(tick, height - Bottom, Top);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{width - Right}\" y1=\"{F(at)}\" y2=\"{F(at)}\" "
                + $"stroke=\"#ddd\"/>\n");
            Text(svg, Left - 6, at + 4, y.Label(tick), "end");
        }

        double middle = (Top + height - Bottom) / 2;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"16\" y=\"{F(middle)}\" text-anchor=\"middle\" transform=\"rotate(-90 16 "
            + $"{F(middle)})\">{WebUtility.HtmlEncode(yTitle)}</text>\n");
        return svg;
    }

    private static string Close(StringBuilder svg, IEnumerable<(string Name, Colour Colour)> legend)
    {
        double at = Left;
        foreach (var (name, colour) in legend)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{F(at)}\" y=\"8\" width=\"12\" height=\"12\" fill=\"{colour.Hex}\"/>\n");
            Text(svg, at + 17, 18, name, "start");
            at += 34 + 7.5 * name.Length;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{F(x)}\" y=\"{F(y)}\" "
            + $"text-anchor=\"{anchor}\">{WebUtility.HtmlEncode(text)}</text>\n");

    private static string F(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
