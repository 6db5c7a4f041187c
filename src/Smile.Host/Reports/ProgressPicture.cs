using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A chart of <see cref="ProgressPicture"/>; a logarithmic one takes positive values only.</summary>
internal sealed record Panel(string Title, IReadOnlyList<Curve> Curves, bool Logarithmic = false);

/// <summary>progress.png of a run: charts below each other (losses, Dice, learning rate), as nnU-Net's users look for it.</summary>
internal static class ProgressPicture
{
    private const int Width = 960, PanelHeight = 260, Left = 110, Right = 20, Top = 40, Bottom = 34;

    private static readonly Colour _ink = new(60, 60, 60), _grid = new(224, 224, 224), _paper = new(255, 255, 255);

    /// <summary>
    /// Draws one panel a chart, without those that have no point yet; the horizontal axis is the training step in all of them.
    /// </summary>
    public static Picture Draw(IEnumerable<Panel> charts)
    {
        var panels = charts.Where(p => p.Curves.Any(c => c.Points.Count > 0)).DefaultIfEmpty(new Panel("no step yet", [])).ToList();
        var picture = new Picture(Width, PanelHeight * panels.Count, _paper);
        var x = Axis.Cover(panels.SelectMany(p => p.Curves).SelectMany(c => c.Points).Select(p => p.X), 8, fromZero: true);
        for (int i = 0; i < panels.Count; i++)
            Draw(picture, i * PanelHeight, panels[i], x);
        return picture;
    }

    private static void Draw(Picture picture, int above, Panel panel, Axis x)
    {
        var heights = panel.Curves.SelectMany(c => c.Points).Select(p => p.Y);
        var y = panel.Logarithmic ? Axis.CoverDecades(heights) : Axis.Cover(heights, 4, fromZero: true);
        int bottom = above + PanelHeight - Bottom, top = above + Top;
        foreach (double tick in y.Ticks)
        {
            int at = (int)y.Place(tick, bottom, top);
            picture.Line(Left, at, Width - Right, at, _grid);
            string label = y.Label(tick);
            PixelFont.Write(picture, Left - 8 - PixelFont.Width(label), at - 7, label, _ink);
        }

        foreach (double tick in x.Ticks)
        {
            string label = x.Label(tick);
            PixelFont.Write(picture, (int)x.Place(tick, Left, Width - Right) - PixelFont.Width(label) / 2, bottom + 8, label, _ink);
        }

        PixelFont.Write(picture, Left, above + 12, panel.Title, _ink);
        int legend = Left + PixelFont.Width(panel.Title) + 30;
        foreach (var curve in panel.Curves)
        {
            if (panel.Curves.Count > 1)
            {
                picture.Fill(legend, above + 12, 14, 14, curve.Colour);
                PixelFont.Write(picture, legend + 20, above + 12, curve.Name, _ink);
                legend += 44 + PixelFont.Width(curve.Name);
            }

            for (int i = 1; i < curve.Points.Count; i++)
            {
                var (from, to) = (curve.Points[i - 1], curve.Points[i]);
                if (double.IsFinite(from.Y) && double.IsFinite(to.Y) && (!panel.Logarithmic || Math.Min(from.Y, to.Y) > 0))
                    picture.Line((int)x.Place(from.X, Left, Width - Right), (int)y.Place(from.Y, bottom, top),
                        (int)x.Place(to.X, Left, Width - Right), (int)y.Place(to.Y, bottom, top), curve.Colour, thickness: 2);
            }
        }
    }
}
