using System.Globalization;
using System.Text;
using OxyPlot;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>
/// Plots, pictures and text on one sheet, written as SVG for pages and as PDF for papers. Lengths are CSS pixels, the origin is the upper
/// left corner. The same content gives the same bytes.
/// </summary>
internal sealed class Figure(double width, double height)
{
    private static readonly CompositeFormat _root = CompositeFormat.Parse("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" ");

    private readonly List<Action<IRenderContext>> _parts = [];

    /// <summary>A plot in its place.</summary>
    public Figure Add(PlotModel plot, double left, double top, double plotWidth, double plotHeight) => Add(context =>
    {
        var model = (IPlotModel)plot;
        model.Update(updateData: true);
        model.Render(context, new OxyRect(left, top, plotWidth, plotHeight));
        if (plot.GetLastPlotException() is { } failure) // which OxyPlot would draw in place of the plot
            throw new InvalidOperationException($"The plot '{plot.Title}' cannot be drawn.", failure);
    });

    /// <summary>A picture, each of its pixels <paramref name="scale"/> wide and high, with sharp edges.</summary>
    public Figure Add(Picture picture, double left, double top, double scale) => Add(context => context.DrawImage(
        context is FigurePdf ? FigurePdf.Image(picture) : new OxyImage(picture.ToPng()),
        left, top, picture.Width * scale, picture.Height * scale, opacity: 1, interpolate: false));

    /// <summary>A line of text.</summary>
    /// <param name="left">Where it begins.</param>
    /// <param name="baseline">On which its letters stand.</param>
    /// <param name="text">One line.</param>
    /// <param name="size">Of the font.</param>
    public Figure Add(double left, double baseline, string text, double size = PlotStyle.FontSize) => Add(context => context.DrawText(
        new ScreenPoint(left, baseline), text, PlotStyle.Ink, PlotStyle.Font, size, FontWeights.Normal, 0,
        HorizontalAlignment.Left, VerticalAlignment.Bottom));

    /// <summary>What markers and colours mean, for all plots of the figure: a line of names from <paramref name="left"/> on.</summary>
    /// <param name="left">Where it begins.</param>
    /// <param name="baseline">On which its letters stand.</param>
    /// <param name="markerSize">Half a marker's width.</param>
    /// <param name="entries">From left to right.</param>
    public Figure AddLegend(double left, double baseline, double markerSize,
        IEnumerable<(string Name, Colour Colour, MarkerType Marker)> entries)
    {
        foreach (var (name, colour, marker) in entries)
        {
            var middle = new ScreenPoint(left + markerSize, baseline - PlotStyle.FontSize / 3);
            Add(context => context.DrawMarker(
                middle, marker, null, markerSize, colour.ToOxy(), OxyColors.Undefined, 0, EdgeRenderingMode.Automatic));
            Add(left + 2 * markerSize + 6, baseline, name);
            left += 2 * markerSize + 30 + PlotStyle.TextWidth(name);
        }

        return this;
    }

    /// <summary>Whatever a context can draw.</summary>
    public Figure Add(Action<IRenderContext> part)
    {
        _parts.Add(part);
        return this;
    }

    /// <summary>The figure as a file of its own.</summary>
    public string ToSvg()
    {
        using var stream = new MemoryStream();
        using (var context = new SvgRenderContext(stream, width, height, isDocument: false, FigurePdf.Measurer, OxyColors.White,
            useVerticalTextAlignmentWorkaround: true)) // what turns SVG into other formats seldom knows dominant-baseline
        {
            foreach (var part in _parts)
                part(context);
            context.Complete();
            context.Flush();
        }

        string svg = Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
        return svg[svg.IndexOf("<svg ", StringComparison.Ordinal)..].ReplaceLineEndings("\n")
            .Replace("<svg ", string.Format(CultureInfo.InvariantCulture, _root, width, height), StringComparison.Ordinal)
            .Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal)
            .Replace($"font-family=\"{PlotStyle.Font}\"", $"font-family=\"{PlotStyle.Font}, Helvetica, sans-serif\"",
                StringComparison.Ordinal)
            + "\n";
    }

    /// <summary>
    /// The figure as a part of a page: it declares no namespaces, and its clipping paths have names that no other figure has.
    /// </summary>
    /// <param name="number">Of the figure on its page.</param>
    public string ToHtml(int number) => ToSvg()
        .Replace(" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "", StringComparison.Ordinal)
        .Replace(" xmlns=\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal)
        .Replace("id=\"clipPath", $"id=\"figure{number}-clipPath", StringComparison.Ordinal)
        .Replace("url(#clipPath", $"url(#figure{number}-clipPath", StringComparison.Ordinal);

    /// <summary>The figure as a page of its own size; a CSS pixel becomes a point, 1/72 inch.</summary>
    public byte[] ToPdf()
    {
        var context = new FigurePdf(width, height, OxyColors.White);
        foreach (var part in _parts)
            part(context);
        return context.ToBytes();
    }
}
