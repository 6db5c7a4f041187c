namespace Smile.Host.Reports;

/// <summary>progress.png of a run: charts below each other (losses, Dice, learning rate), as nnU-Net's users look for it.</summary>
internal static class ProgressPicture
{
    private const int Width = 960, PanelHeight = 260, Left = 110, Right = 20, Top = 40, Bottom = 34;

    private static readonly Colour _ink = new(60, 60, 60), _grid = new(224, 224, 224), _paper = new(255, 255, 255);

    /// <summary>Draws one panel a chart; the horizontal axis is the training step in all of them.</summary>
    public static Picture Draw(IReadOnlyList<(string Title, IReadOnlyList<Curve> Curves)> panels)
    {
        var picture = new Picture(Width, PanelHeight * panels.Count, _paper);
        var x = Axis.Cover(panels.SelectMany(p => p.Curves).SelectMany(c => c.Points).Select(p => p.X), 8, fromZero: true);
        for (int i = 0; i < panels.Count; i++)
            Panel(picture, i * PanelHeight, panels[i].Title, panels[i].Curves, x);
        return picture;
    }

    private static void Panel(Picture picture, int above, string title, IReadOnlyList<Curve> curves, Axis x)
    {
        var y = Axis.Cover(curves.SelectMany(c => c.Points).Select(p => p.Y), 4, fromZero: true);
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

        PixelFont.Write(picture, Left, above + 12, title, _ink);
        int legend = Left + PixelFont.Width(title) + 30;
        foreach (var curve in curves)
        {
            picture.Fill(legend, above + 12, 14, 14, curve.Colour);
            PixelFont.Write(picture, legend + 20, above + 12, curve.Name, _ink);
            legend += 44 + PixelFont.Width(curve.Name);
            for (int i = 1; i < curve.Points.Count; i++)
            {
                var (from, to) = (curve.Points[i - 1], curve.Points[i]);
                if (double.IsFinite(from.Y) && double.IsFinite(to.Y))
                    picture.Line((int)x.Place(from.X, Left, Width - Right), (int)y.Place(from.Y, bottom, top),
                        (int)x.Place(to.X, Left, Width - Right), (int)y.Place(to.Y, bottom, top), curve.Colour, thickness: 2);
            }
        }
    }
}
