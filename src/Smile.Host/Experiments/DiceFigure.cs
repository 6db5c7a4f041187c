using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>
/// Dice in a panel an organ and one for their average: the paper's figure 3, against the share of missing annotations, and the same against
/// the number of training cases. Two references say what there is to gain, where they were run: SMILE with all annotations as dashes, and
/// SMILEr whose pseudo labels are the hidden truth as a curve.
/// </summary>
internal static class DiceFigure
{
    private const double PanelWidth = 430, PanelHeight = 300, LegendHeight = 30;

    private static readonly MethodLook[] _looks =
    [
        .. Methods.All.Select(MethodLook.Of),
        new MethodLook("true positives as pseudo labels", OkabeIto.Purple, MarkerType.Diamond),
    ];

    private static readonly string[] _labels = [.. Methods.All, StudyPresets.TruePositives];

    /// <summary>
    /// Dice of annotations that are complete: what SMILE reaches at alpha 0; null where it was not run, or the data lack some by nature.
    /// </summary>
    public static double? Complete(StudyResults results, string organ) => results.Dice.FirstOrDefault(d => d.Organ == organ
        && d is { Label: Methods.Smile, Alpha: 0 } && double.IsFinite(d.Mean) && results.Study.Missing(d.Point) == 0)?.Mean;

    /// <summary>Of the dashes that mark <see cref="Complete"/>.</summary>
    public static (string Name, Colour Colour, MarkerType Marker) CompleteLegend { get; } =
        ("dashes: annotations complete (SMILE at alpha 0)", OkabeIto.Vermilion, MarkerType.None);

    /// <summary>The dashes.</summary>
    public static LineAnnotation Dashes(LineAnnotationType type, double dice) => new()
    {
        Type = type,
        X = dice,
        Y = dice,
        Color = CompleteLegend.Colour.ToOxy(),
        LineStyle = LineStyle.Dash,
    };

    /// <summary>Figure 3, of results with one number of training cases.</summary>
    public static Figure Draw(StudyResults results)
    {
        double most = Math.Max(90, 100 * results.Dice.Select(d => d.Alpha).DefaultIfEmpty(0).Max());
        return Draw(results, d => 100 * d.Alpha, organ =>
        {
            LinearAxis x = PlotStyle.Linear(AxisPosition.Bottom, "missing annotations, alpha", "%");
            (x.Minimum, x.Maximum, x.MajorStep) = (-3, most + 3, 10);
            return (x, 0.7, Complete(results, organ));
        });
    }

    /// <summary>Against the number of training cases, at one alpha.</summary>
    public static Figure ByTrainCases(StudyResults results, double alpha)
    {
        double most = results.Study.TrainCases.Max();
        StudyResults shown = results with { Dice = [.. results.Dice.Where(d => d.Alpha == alpha)] };
        return Draw(shown, d => d.TrainCases, _ =>
        {
            LinearAxis x = PlotStyle.Linear(AxisPosition.Bottom,
                string.Create(CultureInfo.InvariantCulture, $"training cases, alpha {100 * alpha:0.##} %"));
            (x.Minimum, x.Maximum) = (0, 1.05 * most);
            return (x, 0.007 * most, null);
        });
    }

    /// <param name="results">What is drawn.</param>
    /// <param name="at">Where a point stands on the horizontal axis.</param>
    /// <param name="axis">
    /// Of an organ's panel: the horizontal axis, how far the curves stand apart so that error bars do not cover each other, and the dashes.
    /// </param>
    private static Figure Draw(StudyResults results, Func<DiceSummary, double> at,
        Func<string, (LinearAxis X, double Shift, double? Complete)> axis)
    {
        IReadOnlyList<string> panels = results.Columns;
        int columns = Math.Min(2, panels.Count), rows = (panels.Count + columns - 1) / columns;
        var figure = new Figure(columns * PanelWidth, rows * PanelHeight + LegendHeight);
        var legend = _looks.Where((_, m) => results.Dice.Any(d => d.Label == _labels[m]))
            .Select(look => (look.Name, look.Colour, look.Marker));
        figure.AddLegend(16, 20, PlotStyle.MarkerSize,
            panels.Any(organ => axis(organ).Complete is not null) ? legend.Append(CompleteLegend) : legend);
        for (int i = 0; i < panels.Count; i++)
        {
            string organ = panels[i];
            var (x, shift, complete) = axis(organ);
            PlotModel plot = PlotStyle.Plot(organ);
            plot.Axes.Add(x);
            plot.Axes.Add(Charts.Share("Dice"));
            if (complete is { } dice)
                plot.Annotations.Add(Dashes(LineAnnotationType.Horizontal, dice));
            for (int m = 0; m < _labels.Length; m++)
            {
                double aside = shift * (m - 1);
                AddCurve(plot, _looks[m], [.. results.Dice
                    .Where(d => d.Organ == organ && d.Label == _labels[m] && double.IsFinite(d.Mean))
                    .Select(d => (at(d) + aside, d)).OrderBy(p => p.Item1)]);
            }

            figure.Add(plot, i % columns * PanelWidth, LegendHeight + i / columns * PanelHeight, PanelWidth, PanelHeight);
        }

        return figure;
    }

    private static void AddCurve(PlotModel plot, MethodLook look, (double X, DiceSummary Dice)[] points)
    {
        ScatterErrorSeries errors = PlotStyle.ErrorBars(look.Colour);
        errors.Points.AddRange(points
            .Select(p => new ScatterErrorPoint(p.X, (p.Dice.Low + p.Dice.High) / 2, 0, p.Dice.High - p.Dice.Low)));
        plot.Series.Add(errors);
        plot.Series.Add(new Curve(look.Name, look.Colour, [.. points.Select(p => (p.X, p.Dice.Mean))]).ToSeries(look.Marker));
    }
}
