using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Smile.Host.Reports;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>The paper's figure 3: Dice against the share of missing annotations, a panel an organ and one for their average.</summary>
internal static class DiceFigure
{
    private const double PanelWidth = 430, PanelHeight = 300, LegendHeight = 30;

    public static Figure Draw(StudyResults results)
    {
        string[] panels = [.. results.Study.Organs, StudyResults.AverageName];
        int columns = Math.Min(2, panels.Length), rows = (panels.Length + columns - 1) / columns;
        MethodLook[] looks = [.. Methods.All.Where(m => results.Dice.Any(d => d.Label == m)).Select(MethodLook.Of)];
        var figure = new Figure(columns * PanelWidth, rows * PanelHeight + LegendHeight);
        figure.AddLegend(16, 20, PlotStyle.MarkerSize, looks.Select(look => (look.Name, look.Colour, look.Marker)));
        for (int i = 0; i < panels.Length; i++)
            figure.Add(Panel(panels[i], [.. results.Dice.Where(d => d.Organ == panels[i] && double.IsFinite(d.Mean))]),
                i % columns * PanelWidth, LegendHeight + i / columns * PanelHeight, PanelWidth, PanelHeight);
        return figure;
    }

    private static PlotModel Panel(string organ, DiceSummary[] points)
    {
        PlotModel plot = PlotStyle.Plot(organ);
        LinearAxis x = PlotStyle.Linear(AxisPosition.Bottom, "missing annotations, alpha", "%");
        (x.Minimum, x.Maximum, x.MajorStep) = (-3, Math.Max(90, 100 * points.Select(p => p.Alpha).DefaultIfEmpty(0).Max()) + 3, 10);
        plot.Axes.Add(x);
        plot.Axes.Add(Charts.Share("Dice"));
        for (int m = 0; m < Methods.All.Count; m++)
        {
            MethodLook look = MethodLook.Of(Methods.All[m]);
            double shift = 0.7 * (m - 1); // a little apart, so that error bars do not cover each other
            DiceSummary[] curve = [.. points.Where(p => p.Label == Methods.All[m]).OrderBy(p => p.Alpha)];
            ScatterErrorSeries errors = PlotStyle.ErrorBars(look.Colour);
            errors.Points.AddRange(curve
                .Select(p => new ScatterErrorPoint(100 * p.Alpha + shift, (p.Low + p.High) / 2, 0, p.High - p.Low)));
            plot.Series.Add(errors);
            plot.Series.Add(new Curve(look.Name, look.Colour, [.. curve.Select(p => (100 * p.Alpha + shift, p.Mean))])
                .ToSeries(look.Marker));
        }

        return plot;
    }
}
