using OxyPlot;
using OxyPlot.Axes;

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

    /// <summary>Draws the charts that have a point already.</summary>
    public static Figure Draw(IEnumerable<Panel> charts)
    {
        Panel[] panels = [.. charts.Where(p => p.Curves.Any(c => c.Points.Count > 0))];
        var figure = new Figure(Width, Height * Math.Max(1, panels.Length));
        if (panels.Length == 0)
            return figure.Add(LeftMargin, Height / 2, "no step yet", PlotStyle.TitleSize);
        double steps = panels.SelectMany(p => p.Curves).SelectMany(c => c.Points).Max(p => p.X);
        for (int i = 0; i < panels.Length; i++)
            figure.Add(Plot(panels[i], steps), 0, i * Height, Width, Height);
        return figure;
    }

    private static PlotModel Plot(Panel panel, double steps)
    {
        PlotModel plot = PlotStyle.Plot();
        plot.PlotMargins = new OxyThickness(LeftMargin, double.NaN, double.NaN, double.NaN); // the same steps one below the other
        LinearAxis x = PlotStyle.Linear(AxisPosition.Bottom, "training step");
        (x.Minimum, x.Maximum) = (0, Math.Max(1, steps));
        plot.Axes.Add(x);
        plot.Axes.Add(Charts.Vertical(panel.Title, panel.Unit, panel.Scale));
        if (panel.Curves.Count > 1)
            plot.Legends.Add(PlotStyle.Legend());
        foreach (Curve curve in panel.Curves)
            plot.Series.Add(curve.ToSeries(curve.Points.Count < 50 ? MarkerType.Circle : MarkerType.None));
        return plot;
    }
}
