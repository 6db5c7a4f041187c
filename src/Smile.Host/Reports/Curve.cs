using OxyPlot;
using OxyPlot.Series;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A named line of a chart.</summary>
internal sealed record Curve(string Name, Colour Colour, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>
    /// At most <paramref name="count"/> points, each the mean of as many neighbours as it takes: step losses are noisy, and a chart
    /// has only so many pixels. Points that are not finite are left out.
    /// </summary>
    public Curve Averaged(int count)
    {
        var finite = Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray();
        int size = Math.Max(1, (finite.Length + count - 1) / count);
        return this with { Points = finite.Chunk(size).Select(bin => (bin.Average(p => p.X), bin.Average(p => p.Y))).ToArray() };
    }

    /// <summary>True where there is something to draw.</summary>
    public bool HasPoint => Points.Any(p => double.IsFinite(p.X) && double.IsFinite(p.Y));

    /// <summary>As a plot draws it; a point that is not finite interrupts the line, and few points are marked.</summary>
    public LineSeries ToSeries(MarkerType marker = MarkerType.None, LineStyle style = LineStyle.Solid)
    {
        var line = new LineSeries
        {
            Title = Name,
            Color = Colour.ToOxy(),
            LineStyle = style,
            StrokeThickness = 1.8,
            MarkerType = marker,
            MarkerSize = PlotStyle.MarkerSize,
            MarkerFill = Colour.ToOxy(),
        };
        line.Points.AddRange(Points.Select(p => new DataPoint(p.X, p.Y)));
        return line;
    }
}
