using System.Globalization;
using System.Net;
using System.Text;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>Where a text stands relative to its point.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>The shape of a point on a curve; curves are told apart by it where colours fail.</summary>
internal enum Marker
{
    Disc,
    Square,
    Triangle,
}

/// <summary>
/// A drawing that is written both as SVG and as PNG, from one list of marks. Lengths are CSS pixels; the PNG has twice as many pixels
/// each way, drawn at four times and averaged.
/// </summary>
internal sealed class Sheet(int width, int height)
{
    // Pixels drawn for a CSS pixel, and those of them that are averaged.
    private const int Scale = 4, Average = 2;

    private readonly StringBuilder _svg = new();
    private readonly List<Action<Picture>> _marks = [];

    public Sheet Line(double x0, double y0, double x1, double y1, Colour colour, double thickness = 1)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{F(x0)}\" y1=\"{F(y0)}\" x2=\"{F(x1)}\" y2=\"{F(y1)}\" stroke=\"{colour.Hex}\" "
            + $"stroke-width=\"{F(thickness)}\" stroke-linecap=\"round\"/>\n");
        _marks.Add(p => p.Line(S(x0), S(y0), S(x1), S(y1), colour, Math.Max(1, S(thickness))));
        return this;
    }

    public Sheet Box(double x, double y, double w, double h, Colour colour)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{F(x)}\" y=\"{F(y)}\" width=\"{F(w)}\" height=\"{F(h)}\" fill=\"{colour.Hex}\"/>\n");
        _marks.Add(p => p.Fill(S(x), S(y), S(w), S(h), colour));
        return this;
    }

    /// <summary>A point of a curve; <paramref name="title"/> is shown by a browser when pointed at.</summary>
    public Sheet Point(double x, double y, Marker marker, Colour colour, double size = 4, string title = "")
    {
        string tip = title.Length == 0 ? "" : $"<title>{WebUtility.HtmlEncode(title)}</title>";
        _svg.Append(marker switch
        {
            Marker.Disc => $"<circle cx=\"{F(x)}\" cy=\"{F(y)}\" r=\"{F(size)}\" fill=\"{colour.Hex}\">{tip}</circle>\n",
            Marker.Square => $"<rect x=\"{F(x - size)}\" y=\"{F(y - size)}\" width=\"{F(2 * size)}\" height=\"{F(2 * size)}\" "
                + $"fill=\"{colour.Hex}\">{tip}</rect>\n",
            _ => $"<polygon points=\"{F(x)},{F(y - 1.2 * size)} {F(x - 1.2 * size)},{F(y + size)} {F(x + 1.2 * size)},{F(y + size)}\" "
                + $"fill=\"{colour.Hex}\">{tip}</polygon>\n",
        });
        _marks.Add(p => Draw(p, x, y, marker, colour, size));
        return this;
    }

    /// <summary>Text on one line; <paramref name="y"/> is its baseline.</summary>
    public Sheet Text(double x, double y, string text, Colour colour, double size = 13, Anchor anchor = Anchor.Start)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{F(x)}\" y=\"{F(y)}\" font-size=\"{F(size)}\" fill=\"{colour.Hex}\" "
            + $"text-anchor=\"{anchor.ToString().ToLowerInvariant()}\">{WebUtility.HtmlEncode(text)}</text>\n");
        int dot = Math.Max(1, (int)Math.Round(size * Scale * 0.72 / 7));
        double left = anchor switch
        {
            Anchor.Start => 0,
            Anchor.Middle => 0.5,
            _ => 1,
        };
        _marks.Add(p => PixelFont.Write(p, S(x) - (int)(left * PixelFont.Width(text, dot)), S(y) - 7 * dot, text, colour, dot));
        return this;
    }

    /// <summary>A picture, each of its pixels <paramref name="times"/> CSS pixels wide.</summary>
    public Sheet Image(double x, double y, Picture picture, int times)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<image x=\"{F(x)}\" y=\"{F(y)}\" width=\"{picture.Width * times}\" "
            + $"height=\"{picture.Height * times}\" style=\"image-rendering:pixelated\" "
            + $"href=\"data:image/png;base64,{Convert.ToBase64String(picture.ToPng())}\"/>\n");
        _marks.Add(p =>
        {
            int side = times * Scale;
            for (int j = 0; j < picture.Height; j++)
                for (int i = 0; i < picture.Width; i++)
                    p.Fill(S(x) + i * side, S(y) + j * side, side, side, picture[i, j]);
        });
        return this;
    }

    /// <summary>The SVG, to stand in a page or alone.</summary>
    public string ToSvg() => string.Create(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" "
        + $"viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"system-ui, sans-serif\">\n"
        + $"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n") + _svg + "</svg>\n";

    public Picture ToPicture()
    {
        var large = new Picture(width * Scale, height * Scale, new Colour(255, 255, 255));
        foreach (var mark in _marks)
            mark(large);
        var picture = new Picture(large.Width / Average, large.Height / Average, default);
        for (int y = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++)
                picture[x, y] = Mean(large[2 * x, 2 * y], large[2 * x + 1, 2 * y], large[2 * x, 2 * y + 1], large[2 * x + 1, 2 * y + 1]);
        return picture;
    }

    private static Colour Mean(Colour a, Colour b, Colour c, Colour d) => new(
        (byte)((a.R + b.R + c.R + d.R + 2) / 4), (byte)((a.G + b.G + c.G + d.G + 2) / 4), (byte)((a.B + b.B + c.B + d.B + 2) / 4));

    private static void Draw(Picture picture, double x, double y, Marker marker, Colour colour, double size)
    {
        int cx = S(x), cy = S(y), r = S(size);
        for (int j = -2 * r; j <= 2 * r; j++)
            for (int i = -2 * r; i <= 2 * r; i++)
            {
                bool inside = marker switch
                {
                    Marker.Disc => i * i + j * j <= r * r,
                    Marker.Square => Math.Abs(i) <= r && Math.Abs(j) <= r,
                    _ => j >= -1.2 * r && j <= r && Math.Abs(i) <= (j + 1.2 * r) * 1.2 / 2.2,
                };
                if (inside)
                    picture[cx + i, cy + j] = colour;
            }
    }

    private static int S(double length) => (int)Math.Round(length * Scale);

    private static string F(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
