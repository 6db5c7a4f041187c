using System.Globalization;
using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Experiments;

/// <summary>Table 2 to look at: a row a method or variant, a panel an organ and one for their average, a point an alpha with its deviation.</summary>
internal static class VariantFigure
{
    private const int Names = 170, PanelWidth = 210, Gap = 34, Row = 30, Top = 74, Bottom = 48;

    private static readonly Colour _ink = new(45, 45, 45), _grid = new(222, 222, 222);

    // Okabe and Ito's blue, vermilion, green and purple, each with a marker of its own where there are three.
    private static readonly (Colour Colour, Marker Marker)[] _looks =
    [
        (new(0, 114, 178), Marker.Disc), (new(213, 94, 0), Marker.Square), (new(0, 158, 115), Marker.Triangle), (new(204, 121, 167), Marker.Disc),
    ];

    /// <summary>Null where the study has no variant.</summary>
    public static Sheet? Draw(StudyResults results)
    {
        var curves = VariantTable.Curves(results);
        if (curves.Count == 0)
            return null;
        string[] labels = [.. results.Dice.Select(d => d.Label).Distinct().Where(l => curves.Any(c => c.Label == l))];
        double[] alphas = [.. curves.Select(c => c.Alpha).Distinct().Order()];
        string[] panels = [.. results.Study.Organs, StudyResults.AverageName];
        var sheet = new Sheet(Names + panels.Length * (PanelWidth + Gap), Top + labels.Length * Row + Bottom);
        double at = Names;
        for (int i = 0; i < alphas.Length; i++)
        {
            var (colour, marker) = _looks[i % _looks.Length];
            sheet.Point(at + 6, 18, marker, colour).Text(at + 18, 23, string.Create(CultureInfo.InvariantCulture, $"alpha {100 * alphas[i]:0.##} %"), _ink);
            at += 120;
        }

        sheet.Text(at, 23, string.Create(CultureInfo.InvariantCulture, $"mean and sd, {results.Study.Splits} splits"), _ink);
        for (int row = 0; row < labels.Length; row++)
            sheet.Text(Names - 12, Middle(row) + 5, MethodLook.Of(labels[row]).Name, _ink, 13, Anchor.End);
        for (int i = 0; i < panels.Length; i++)
            Panel(sheet, Names + i * (PanelWidth + Gap), panels[i], labels, alphas,
                [.. results.Dice.Where(d => d.Organ == panels[i] && curves.Contains((d.Label, d.Alpha)) && double.IsFinite(d.Mean))]);
        return sheet;
    }

    private static double Middle(int row) => Top + (row + 0.5) * Row;

    private static void Panel(Sheet sheet, double left, string organ, string[] labels, double[] alphas, DiceSummary[] points)
    {
        double bottom = Top + labels.Length * Row;
        // Tenths around all that is drawn: differences of a few points are what the figure is for.
        double low = Math.Max(0, Math.Floor(10 * points.Select(p => p.Mean - Spread(p)).DefaultIfEmpty(0).Min()) / 10);
        double high = Math.Min(1, Math.Max(low + 0.1, Math.Ceiling(10 * points.Select(p => p.Mean + Spread(p)).DefaultIfEmpty(1).Max()) / 10));
        double X(double dice) => left + (Math.Clamp(dice, low, high) - low) / (high - low) * PanelWidth;
        sheet.Text(left, Top - 12, $"Dice: {organ}", _ink, 14);
        int tenths = (int)Math.Round(10 * (high - low)), step = tenths > 5 ? 2 : 1;
        for (int tick = 0; tick <= tenths; tick += step)
        {
            double dice = low + tick / 10.0;
            sheet.Line(X(dice), Top, X(dice), bottom, _grid);
            sheet.Text(X(dice), bottom + 17, dice.ToString("0.0", CultureInfo.InvariantCulture), _ink, 12, Anchor.Middle);
        }

        for (int row = 0; row <= labels.Length; row++)
            sheet.Line(left, Top + row * Row, left + PanelWidth, Top + row * Row, _grid, 0.5);
        foreach (var p in points)
        {
            int series = Array.IndexOf(alphas, p.Alpha);
            var (colour, marker) = _looks[series % _looks.Length];
            double y = Middle(Array.IndexOf(labels, p.Label)) + 7.0 * (series - (alphas.Length - 1) / 2.0);
            if (Spread(p) > 0)
            {
                double from = X(p.Mean - Spread(p)), to = X(p.Mean + Spread(p));
                sheet.Line(from, y, to, y, colour, 1.2).Line(from, y - 3, from, y + 3, colour, 1).Line(to, y - 3, to, y + 3, colour, 1);
            }

            sheet.Point(X(p.Mean), y, marker, colour, 3.4, string.Create(CultureInfo.InvariantCulture,
                $"{MethodLook.Of(p.Label).Name}, {organ}, alpha {p.Alpha * 100:0} %: Dice {p.Mean:0.000}, sd {p.Deviation:0.000}"));
        }
    }

    private static double Spread(DiceSummary p) => double.IsFinite(p.Deviation) ? p.Deviation : 0;
}
