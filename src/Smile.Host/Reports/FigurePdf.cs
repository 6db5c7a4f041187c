using System.Text;
using System.Text.RegularExpressions;
using OxyPlot;

namespace Smile.Host.Reports;

/// <summary>
/// Draws on a page of PDF with text as large against the lines as in SVG: OxyPlot's context takes lengths in points and font sizes in
/// pixels. It is also what measures text for SVG, by the metrics of the PDF standard fonts: they are the same on every machine.
/// </summary>
// CS0618: OxyPlot marks its PDF writer as one that may go in favour of that over SkiaSharp, a native library; this one is managed.
#pragma warning disable CS0618
internal sealed partial class FigurePdf(double width, double height, OxyColor background) : PdfRenderContext(width, height, background)
#pragma warning restore CS0618
{
    private const double PixelsPerPoint = 96.0 / 72;

    public static FigurePdf Measurer { get; } = new(1, 1, OxyColors.Undefined);

    /// <summary>An image whose pixels the writer can read: it decodes no PNG.</summary>
    public static OxyImage Image(Picture picture)
    {
        var pixels = new OxyColor[picture.Width, picture.Height];
        for (int y = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++)
                pixels[x, y] = picture[x, y].ToOxy();
        return OxyImage.Create(pixels, ImageFormat.Png);
    }

    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight) =>
        base.MeasureText(text, fontFamily, fontSize * PixelsPerPoint, fontWeight);

    public override void DrawText(
        ScreenPoint p, string text, OxyColor c, string fontFamily, double fontSize, double fontWeight, double rotate,
        HorizontalAlignment halign, VerticalAlignment valign, OxySize? maxSize) =>
        base.DrawText(p, text, c, fontFamily, fontSize * PixelsPerPoint, fontWeight, rotate, halign, valign, maxSize);

    /// <summary>The file, without the moment at which it was made: the same figure has the same bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Save(stream);
        string text = Encoding.Latin1.GetString(stream.ToArray()); // saving has closed the stream
        return Encoding.Latin1.GetBytes(CreationDate()
            .Replace(text, match => $"(D:20000101{new string('0', 6)}{match.Groups[1].Value})", 1));
    }

    // The time zone keeps its length, and with it every offset of the file.
    [GeneratedRegex(@"(?<=/CreationDate )\(D:\d{14}([^)]*)\)")]
    private static partial Regex CreationDate();
}
