using System.Text;
using System.Xml.Linq;
using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Reports;

public sealed class FigureTests
{
    [Fact]
    public void The_same_figure_has_the_same_bytes()
    {
        Assert.Equal(Drawing().ToSvg(), Drawing().ToSvg());
        byte[] first = Drawing().ToPdf();
        Thread.Sleep(TimeSpan.FromSeconds(1.1)); // a PDF tells the second in which it was made
        Assert.Equal(first, Drawing().ToPdf());
    }

    [Fact]
    public void Text_is_text_in_SVG_and_in_PDF()
    {
        Figure figure = new Figure(200, 50).Add(10, 10, "0.812 ± 0.01 of <liver>");
        Assert.Contains("0.812 ± 0.01 of <liver>", XElement.Parse(figure.ToSvg()).Value, StringComparison.Ordinal);
        Assert.Contains("(0.812 ± 0.01 of <liver>)", Encoding.Latin1.GetString(figure.ToPdf()), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_measured_as_it_is_drawn()
    {
        // Widths of Helvetica in thousandths of its size: l 222, i 222, v 500, e 556, r 333; every browser's Arial has them.
        Assert.Equal((222 + 222 + 500 + 556 + 333) * 20 / 1000.0, PlotStyle.TextWidth("liver", 20), 0.2);
    }

    [Fact]
    public void A_PDF_is_whole()
    {
        string pdf = Encoding.Latin1.GetString(Drawing().ToPdf());
        Assert.StartsWith("%PDF-", pdf, StringComparison.Ordinal);
        int table = pdf.LastIndexOf("xref\n", pdf.LastIndexOf("startxref", StringComparison.Ordinal) - 1, StringComparison.Ordinal);
        Assert.Equal($"startxref\n{table}\n%%EOF",
            pdf.ReplaceLineEndings("\n")[pdf.LastIndexOf("startxref", StringComparison.Ordinal)..].TrimEnd());
    }

    [Fact]
    public void A_picture_keeps_its_pixels()
    {
        var picture = new Picture(2, 1, new Colour(10, 20, 30));
        picture[1, 0] = new Colour(200, 100, 50);
        Figure figure = new Figure(40, 20).Add(picture, 0, 0, 20);
        XElement image = XElement.Parse(figure.ToSvg()).Descendants().Single(e => e.Name.LocalName == "image");
        Assert.Equal(("40", "20"), (image.Attribute("width")!.Value, image.Attribute("height")!.Value));
        Assert.Contains(Convert.ToBase64String(picture.ToPng()), image.Attributes().Single(a => a.Name.LocalName == "href").Value,
            StringComparison.Ordinal);
        Assert.NotEqual(new Figure(40, 20).Add(new Picture(2, 1, default), 0, 0, 20).ToPdf(), figure.ToPdf());
    }

    [Fact]
    public void Figures_of_one_page_do_not_share_the_names_of_their_clipping_paths()
    {
        string page = new HtmlPage("two").Chart(Drawing()).Chart(Drawing()).ToString();
        string[] names = [.. page.Split("id=\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)])];
        Assert.True(names.Length >= 2 && names.Distinct().Count() == names.Length, string.Join(' ', names));
        Assert.All(page.Split("url(#").Skip(1), part => Assert.Contains(part[..part.IndexOf(')', StringComparison.Ordinal)], names));
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
    }

    private static Figure Drawing() =>
        Charts.Lines("step", "loss", "nats", [new Curve("train", OkabeIto.Blue, [(0, 1), (5, 0.5)])], AxisScale.Logarithmic);
}
