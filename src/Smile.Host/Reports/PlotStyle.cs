using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>How every plot looks.</summary>
internal static class PlotStyle
{
    public const string Font = "Arial";

    public const double FontSize = 12, TitleSize = 14, MarkerSize = 3.5, BoxSize = 7;

    public static OxyColor Ink { get; } = OxyColor.FromRgb(45, 45, 45);

    public static OxyColor Grid { get; } = OxyColor.FromRgb(222, 222, 222);

    public static OxyColor ToOxy(this Colour colour) => OxyColor.FromRgb(colour.R, colour.G, colour.B);

    /// <summary>A plot without axes.</summary>
    public static PlotModel Plot(string title = "") => new()
    {
        Title = title,
        TitleFontSize = TitleSize,
        TitleFontWeight = FontWeights.Normal,
        TitleColor = Ink,
        TextColor = Ink,
        DefaultFont = Font,
        DefaultFontSize = FontSize,
        PlotAreaBorderColor = Ink,
        Culture = CultureInfo.InvariantCulture,
    };

    /// <summary>A linear axis.</summary>
    /// <param name="position">Its side of the plot.</param>
    /// <param name="title">What it measures.</param>
    /// <param name="unit">Null where there is none.</param>
    public static LinearAxis Linear(AxisPosition position, string title, string? unit = null) =>
        Styled(new LinearAxis(), position, title, unit);

    /// <summary>A logarithmic axis; values that are not positive are not drawn.</summary>
    public static LogarithmicAxis Logarithmic(AxisPosition position, string title, string? unit = null) =>
        Styled(new LogarithmicAxis(), position, title, unit);

    /// <summary>An axis of names.</summary>
    public static CategoryAxis Names(AxisPosition position, IEnumerable<string> names)
    {
        CategoryAxis axis = Styled(new CategoryAxis(), position, "", null);
        axis.Labels.AddRange(names);
        return axis;
    }

    /// <summary>Error bars alone; the points carry the bars' whole lengths and lie in their middles.</summary>
    public static ScatterErrorSeries ErrorBars(Colour colour) => new()
    {
        MarkerType = MarkerType.None,
        ErrorBarColor = colour.ToOxy(),
        ErrorBarStrokeThickness = 1,
        ErrorBarStopWidth = 3,
    };

    /// <summary>How wide a line of text is.</summary>
    public static double TextWidth(string text, double size = FontSize) =>
        FigurePdf.Measurer.MeasureText(text, Font, size, FontWeights.Normal).Width;

    /// <summary>Names beside each other, above the plot.</summary>
    public static Legend Legend() => new()
    {
        LegendPlacement = LegendPlacement.Outside,
        LegendPosition = LegendPosition.TopLeft,
        LegendOrientation = LegendOrientation.Horizontal,
        LegendPadding = 0,
        LegendMargin = 4,
        LegendTextColor = Ink,
    };

    private static T Styled<T>(T axis, AxisPosition position, string title, string? unit)
        where T : Axis
    {
        (axis.Position, axis.Title, axis.Unit) = (position, title.Length == 0 ? null : title, unit);
        (axis.TickStyle, axis.MinorTickSize, axis.TicklineColor) = (TickStyle.Outside, 0, Ink);
        axis.AxisTitleDistance = 8;
        return axis;
    }
}
