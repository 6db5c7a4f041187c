using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using Smile.Host.Cli;
using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Experiments;

/// <summary>
/// Table 2 to look at: a row a method or variant, a panel an organ and one for their average, a point an alpha with its deviation, and
/// dashes where SMILE stands with all annotations. Of results with one number of training cases.
/// </summary>
internal static class VariantFigure
{
    private const double Names = 170, PanelWidth = 230, Row = 30, TitleHeight = 32, AxisHeight = 56, RightMargin = 20, LegendHeight = 30;

    private static readonly (Colour Colour, MarkerType Marker)[] _looks =
    [
        (OkabeIto.Blue, MarkerType.Circle), (OkabeIto.Vermilion, MarkerType.Square), (OkabeIto.Green, MarkerType.Triangle),
        (OkabeIto.Purple, MarkerType.Diamond),
    ];

    /// <summary>Null where the study has no variant.</summary>
    public static Figure? Draw(StudyResults results)
    {
        var points = VariantTable.Points(results);
        if (points.Count == 0)
            return null;
        string[] labels = [.. results.Dice.Select(d => d.Label).Distinct().Where(l => points.Any(p => p.Label == l))];
        double[] alphas = [.. points.Select(p => p.Alpha).Distinct().Order()];
        IReadOnlyList<string> panels = results.Columns;
        double width = Names + panels.Count * PanelWidth, height = TitleHeight + labels.Length * Row + AxisHeight;
        var figure = new Figure(width, LegendHeight + height);
        var legend = alphas.Select((alpha, i) =>
            ($"alpha {Invariant.Text(100 * alpha, "0.##")} %", Look(i).Colour, Look(i).Marker));
        figure.AddLegend(16, 20, PlotStyle.MarkerSize,
            panels.Any(organ => DiceFigure.Complete(results, organ) is not null) ? legend.Append(DiceFigure.CompleteLegend) : legend);
        for (int i = 0; i < panels.Count; i++)
        {
            DiceSummary[] shown =
                [.. results.Dice.Where(d => d.Organ == panels[i] && points.Contains(d.Point) && double.IsFinite(d.Mean))];
            double left = i == 0 ? 0 : Names + i * PanelWidth;
            PlotModel panel = Panel(panels[i], labels, alphas, shown, DiceFigure.Complete(results, panels[i]), namesShown: i == 0);
            figure.Add(panel, left, LegendHeight, i == 0 ? Names + PanelWidth : PanelWidth, height);
        }

        return figure;
    }

    private static PlotModel Panel(
        string organ, string[] labels, double[] alphas, DiceSummary[] points, double? complete, bool namesShown)
    {
        PlotModel plot = PlotStyle.Plot(organ);
        plot.PlotMargins = new OxyThickness(namesShown ? Names : 14, 0, RightMargin, AxisHeight - 12);
        CategoryAxis rows = PlotStyle.Names(AxisPosition.Left, labels.Select(label => namesShown ? MethodLook.Of(label).Name : ""));
        (rows.StartPosition, rows.EndPosition, rows.TickStyle) = (1, 0, TickStyle.None); // the first on top
        (rows.MajorGridlineStyle, rows.MajorGridlineColor) = (LineStyle.Solid, PlotStyle.Grid);
        plot.Axes.Add(rows);
        plot.Axes.Add(Dice(points, complete));
        if (complete is { } dice)
            plot.Annotations.Add(DiceFigure.Dashes(LineAnnotationType.Vertical, dice));
        for (int i = 0; i < alphas.Length; i++)
        {
            double shift = 0.25 * (i - (alphas.Length - 1) / 2.0);
            ScatterErrorSeries errors = PlotStyle.ErrorBars(Look(i).Colour);
            var means = new ScatterSeries
            {
                MarkerType = Look(i).Marker,
                MarkerSize = PlotStyle.MarkerSize,
                MarkerFill = Look(i).Colour.ToOxy(),
            };
            foreach (DiceSummary p in points.Where(p => p.Alpha == alphas[i]))
            {
                double y = Array.IndexOf(labels, p.Label) + shift;
                errors.Points.Add(new ScatterErrorPoint((p.Low + p.High) / 2, y, p.High - p.Low, 0));
                means.Points.Add(new ScatterPoint(p.Mean, y));
            }

            plot.Series.Add(errors);
            plot.Series.Add(means);
        }

        return plot;
    }

    /// <summary>Tenths around all that is drawn: differences of a few points are what the figure is for.</summary>
    private static LinearAxis Dice(DiceSummary[] points, double? complete)
    {
        double[] dashes = complete is { } dice ? [dice] : [];
        double low = Math.Max(0, Math.Floor(10 * points.Select(p => p.Low).Concat(dashes).DefaultIfEmpty(0).Min()) / 10);
        double high = Math.Min(1, Math.Max(low + 0.1,
            Math.Ceiling(10 * points.Select(p => p.High).Concat(dashes).DefaultIfEmpty(1).Max()) / 10));
        LinearAxis axis = PlotStyle.Linear(AxisPosition.Bottom, "Dice");
        double margin = 0.02 * (high - low); // a marker at the end is drawn whole
        (axis.Minimum, axis.Maximum, axis.MajorStep) = (low - margin, high + margin,
            high - low > 0.55 ? 0.2 : high - low > 0.15 ? 0.1 : 0.05);
        (axis.MajorGridlineStyle, axis.MajorGridlineColor, axis.StringFormat) = (LineStyle.Solid, PlotStyle.Grid, "0.0#");
        return axis;
    }

    private static (Colour Colour, MarkerType Marker) Look(int alpha) => _looks[alpha % _looks.Length];
}
