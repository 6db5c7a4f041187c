using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>How a value becomes a place on its axis.</summary>
internal enum AxisScale
{
    Linear,

    /// <summary>Of positive values; others are not drawn.</summary>
    Logarithmic,

    /// <summary>Of shares, 0 to 1.</summary>
    Share,
}

/// <summary>Bars of one colour: a value a category with the length of its error bar to either side, NaN where there is none.</summary>
internal sealed record BarGroup(string Name, Colour Colour, IReadOnlyList<double> Values, IReadOnlyList<double> Errors);

/// <summary>The charts of a run's report.</summary>
internal static class Charts
{
    private const double Width = 640, Height = 300;

    /// <summary>Curves over one horizontal axis.</summary>
    /// <param name="x">What the horizontal axis measures.</param>
    /// <param name="y">What the vertical axis measures.</param>
    /// <param name="unit">Of the vertical axis.</param>
    /// <param name="curves">Any number.</param>
    /// <param name="scale">Of the vertical axis.</param>
    public static Figure Lines(string x, string y, string? unit, IReadOnlyList<Curve> curves, AxisScale scale = AxisScale.Linear)
    {
        PlotModel plot = PlotStyle.Plot();
        plot.Axes.Add(PlotStyle.Linear(AxisPosition.Bottom, x));
        plot.Axes.Add(Vertical(y, unit, scale));
        plot.Legends.Add(PlotStyle.Legend());
        foreach (Curve curve in curves)
            plot.Series.Add(curve.ToSeries());
        return new Figure(Width, Height).Add(plot, 0, 0, Width, Height);
    }

    /// <summary>Groups of bars from 0 to 1, one group a category, one bar a series; a value that is NaN leaves a gap.</summary>
    /// <param name="y">What the bars measure.</param>
    /// <param name="categories">Under the groups.</param>
    /// <param name="groups">Each with a value a category.</param>
    public static Figure Bars(string y, IReadOnlyList<string> categories, IReadOnlyList<BarGroup> groups)
    {
        PlotModel plot = PlotStyle.Plot();
        CategoryAxis names = PlotStyle.Names(AxisPosition.Bottom, categories);
        Axis values = Share(y);
        values.Minimum = 0; // the bars stand on the axis
        (names.Key, values.Key, names.GapWidth) = ("names", "values", 0.5);
        plot.Axes.Add(names);
        plot.Axes.Add(values);
        plot.Legends.Add(PlotStyle.Legend());
        foreach (BarGroup group in groups)
        {
            // Bars stand upright where their values lie on the vertical axis.
            var bars = new BarsWithErrors
            {
                Title = group.Name,
                XAxisKey = values.Key,
                YAxisKey = names.Key,
                FillColor = group.Colour.ToOxy(),
            };
            for (int c = 0; c < categories.Count; c++)
                if (double.IsFinite(group.Values[c]))
                    bars.Items.Add(new ErrorBarItem(group.Values[c], group.Errors[c], c));
            plot.Series.Add(bars);
        }

        return new Figure(Width, Height).Add(plot, 0, 0, Width, Height);
    }

    /// <summary>A vertical axis with lines across the plot; a linear one begins at 0.</summary>
    public static Axis Vertical(string title, string? unit, AxisScale scale)
    {
        if (scale == AxisScale.Share)
            return Share(title);
        if (scale == AxisScale.Logarithmic)
            return Gridded(PlotStyle.Logarithmic(AxisPosition.Left, title, unit));
        LinearAxis axis = PlotStyle.Linear(AxisPosition.Left, title, unit);
        axis.AbsoluteMinimum = axis.Minimum = 0;
        return Gridded(axis);
    }

    /// <summary>A vertical axis of shares, 0 to 1, with room for the markers at its ends.</summary>
    public static Axis Share(string title)
    {
        LinearAxis axis = PlotStyle.Linear(AxisPosition.Left, title);
        (axis.Minimum, axis.Maximum, axis.MajorStep, axis.StringFormat) = (-0.02, 1.02, 0.2, "0.0");
        return Gridded(axis);
    }

    private static Axis Gridded(Axis axis)
    {
        (axis.MajorGridlineStyle, axis.MajorGridlineColor) = (LineStyle.Solid, PlotStyle.Grid);
        return axis;
    }

    /// <summary>Bars of which some have no error bar: OxyPlot's own series draws one of length 0 there.</summary>
    private sealed class BarsWithErrors : BarSeries
    {
        private const double Stop = 3;

        protected override void RenderItem(
            IRenderContext rc, double barValue, double categoryValue, double actualBarWidth, BarItem item, OxyRect rect)
        {
            base.RenderItem(rc, barValue, categoryValue, actualBarWidth, item, rect);
            double error = ((ErrorBarItem)item).Error, middle = categoryValue + actualBarWidth / 2;
            if (!double.IsFinite(error))
                return;
            ScreenPoint low = this.Transform(Math.Max(0, barValue - error), middle),
                high = this.Transform(Math.Min(1, barValue + error), middle);
            ScreenVector stop = new(Stop, 0);
            rc.DrawLineSegments([low, high, low - stop, low + stop, high - stop, high + stop], PlotStyle.Ink, 1,
                EdgeRenderingMode.Automatic, null,
                LineJoin.Miter);
        }
    }
}
