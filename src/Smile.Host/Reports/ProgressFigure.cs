using OxyPlot;
using OxyPlot.Axes;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A chart of <see cref="ProgressFigure"/>.</summary>
/// <param name="Title">What its vertical axis measures.</param>
/// <param name="Unit">Of the vertical axis.</param>
/// <param name="Curves">By training step.</param>
/// <param name="Scale">Of the vertical axis.</param>
internal sealed record Panel(string Title, string? Unit, IReadOnlyList<Curve> Curves, AxisScale Scale = AxisScale.Linear);

/// <summary>The progress of a run: charts below each other over one horizontal axis, the training step.</summary>
internal static class ProgressFigure
{
    private const double Width = 960, Height = 280, LeftMargin = 80;

    /// <summary>Of the legend: a line's height, and what stands beside a name.</summary>
    private const double LegendLine = 14, LegendSymbol = 48;

    /// <summary>Beyond the last step, for half a marker.</summary>
    private const double Room = 1.01;

    /// <summary>Points up to which each is marked; one alone would not be seen otherwise.</summary>
    private const int MostMarked = 50;

    /// <summary>Curves of one colour, there being more organs than colours, are told apart by line and marker.</summary>
    private static readonly (LineStyle Line, MarkerType Marker)[] _looks =
    [
        (LineStyle.Solid, MarkerType.Circle), (LineStyle.Dash, MarkerType.Square), (LineStyle.Dot, MarkerType.Triangle),
        (LineStyle.DashDot, MarkerType.Diamond), (LineStyle.LongDash, MarkerType.Circle), (LineStyle.DashDashDot, MarkerType.Square),
    ];

    /// <summary>Draws the charts that have a point already.</summary>
    public static Figure Draw(IEnumerable<Panel> charts)
    {
        Panel[] panels = [.. charts.Where(p => p.Curves.Any(c => c.HasPoint))];
        double[] heights = [.. panels.Select(HeightOf)];
        var figure = new Figure(Width, panels.Length == 0 ? Height : heights.Sum());
        if (panels.Length == 0)
            return figure.Add(LeftMargin, Height / 2, "no step yet", PlotStyle.TitleSize);
        double steps = panels.SelectMany(p => p.Curves).SelectMany(c => c.Points).Max(p => p.X);
        for (int i = 0; i < panels.Length; i++)
            figure.Add(Plot(panels[i], steps), 0, heights[..i].Sum(), Width, heights[i]);
        return figure;
    }

    /// <summary>Names that need more than one line take no room from the plot.</summary>
    private static double HeightOf(Panel panel)
    {
        double widest = panel.Curves.Max(curve => PlotStyle.TextWidth(curve.Name)) + LegendSymbol;
        int across = Math.Max(1, (int)((Width - LeftMargin) / widest)), lines = (panel.Curves.Count + across - 1) / across;
        return Height + (lines - 1) * LegendLine;
    }

    private static PlotModel Plot(Panel panel, double steps)
    {
        PlotModel plot = PlotStyle.Plot();
        plot.PlotMargins = new OxyThickness(LeftMargin, double.NaN, double.NaN, double.NaN); // the same steps one below the other
        LinearAxis x = PlotStyle.Linear(AxisPosition.Bottom, "training step");
        (x.Minimum, x.Maximum) = (0, Room * Math.Max(1, steps));
        plot.Axes.Add(x);
        plot.Axes.Add(Charts.Vertical(panel.Title, panel.Unit, panel.Scale));
        if (panel.Curves.Count > 1)
            plot.Legends.Add(PlotStyle.Legend());
        var alike = new Dictionary<Colour, int>();
        foreach (Curve curve in panel.Curves)
        {
            int earlier = alike[curve.Colour] = alike.GetValueOrDefault(curve.Colour, -1) + 1;
            (LineStyle line, MarkerType marker) = _looks[earlier % _looks.Length];
            plot.Series.Add(curve.ToSeries(curve.Points.Count <= MostMarked ? marker : MarkerType.None, line));
        }

        return plot;
    }
}
