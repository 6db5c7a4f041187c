using System.Globalization;
using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>The paper's figure 3: Dice against the share of missing annotations, a panel an organ and one for their average.</summary>
internal static class DiceFigure
{
    private const int PanelWidth = 430, PanelHeight = 300, Left = 52, Right = 14, Top = 34, Bottom = 46, Legend = 34;

    private static readonly Colour _ink = new(45, 45, 45), _grid = new(222, 222, 222);

    public static Sheet Draw(StudyResults results)
    {
        string[] panels = [.. results.Study.Organs, StudyResults.AverageName];
        int columns = Math.Min(2, panels.Length), rows = (panels.Length + columns - 1) / columns;
        var sheet = new Sheet(columns * PanelWidth, rows * PanelHeight + Legend);
        double at = Left;
        foreach (var look in Methods.All.Where(m => results.Dice.Any(d => d.Label == m)).Select(MethodLook.Of))
        {
            sheet.Line(at, 18, at + 30, 18, look.Colour, 2).Point(at + 15, 18, look.Marker, look.Colour).Text(at + 38, 23, look.Name, _ink);
            at += 130;
        }

        sheet.Text(at, 23, string.Create(CultureInfo.InvariantCulture, $"mean and sd, {results.Study.Splits} splits"), _ink);
        for (int i = 0; i < panels.Length; i++)
            Panel(sheet, i % columns * PanelWidth, Legend + i / columns * PanelHeight, panels[i],
                [.. results.Dice.Where(d => d.Organ == panels[i] && Methods.All.Contains(d.Label))]);
        return sheet;
    }

    private static void Panel(Sheet sheet, double x0, double y0, string organ, DiceSummary[] points)
    {
        double left = x0 + Left, right = x0 + PanelWidth - Right, top = y0 + Top, bottom = y0 + PanelHeight - Bottom;
        double X(double alpha) => left + 8 + alpha / 0.9 * (right - left - 16);
        double Y(double dice) => bottom - dice * (bottom - top);
        sheet.Text(left, y0 + 22, $"Dice: {organ}", _ink, 14);
        for (int tick = 0; tick <= 5; tick++)
        {
            double dice = tick / 5.0;
            sheet.Line(left, Y(dice), right, Y(dice), _grid);
            sheet.Text(left - 7, Y(dice) + 4, dice.ToString("0.0", CultureInfo.InvariantCulture), _ink, 12, Anchor.End);
        }

        for (int tick = 0; tick < 10; tick++)
            sheet.Text(X(tick / 10.0), bottom + 17, (tick * 10).ToString(CultureInfo.InvariantCulture), _ink, 12, Anchor.Middle);
        sheet.Text((left + right) / 2, bottom + 36, "missing annotations, alpha (%)", _ink, 12, Anchor.Middle);
        foreach (string method in Methods.All)
        {
            var look = MethodLook.Of(method);
            // A little apart, so that error bars do not cover each other.
            double shift = 2.5 * (Methods.All.ToList().IndexOf(method) - 1);
            DiceSummary[] curve = [.. points.Where(p => p.Label == method && double.IsFinite(p.Mean)).OrderBy(p => p.Alpha)];
            for (int i = 1; i < curve.Length; i++)
                sheet.Line(X(curve[i - 1].Alpha) + shift, Y(curve[i - 1].Mean), X(curve[i].Alpha) + shift, Y(curve[i].Mean), look.Colour, 1.8);
            foreach (var p in curve)
            {
                double x = X(p.Alpha) + shift;
                if (double.IsFinite(p.Deviation))
                {
                    double high = Y(Math.Min(1, p.Mean + p.Deviation)), low = Y(Math.Max(0, p.Mean - p.Deviation));
                    sheet.Line(x, high, x, low, look.Colour, 1).Line(x - 3, high, x + 3, high, look.Colour, 1).Line(x - 3, low, x + 3, low, look.Colour, 1);
                }

                sheet.Point(x, Y(p.Mean), look.Marker, look.Colour, 3.4, string.Create(CultureInfo.InvariantCulture,
                    $"{look.Name}, {organ}, alpha {p.Alpha * 100:0} %: Dice {p.Mean:0.000}, sd {p.Deviation:0.000}"));
            }
        }
    }
}
