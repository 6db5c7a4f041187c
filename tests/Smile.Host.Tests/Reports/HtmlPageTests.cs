using Smile.Host.Imaging;
using Smile.Host.Reports;

namespace Smile.Host.Tests.Reports;

public sealed class HtmlPageTests
{
    private static string Page() => new HtmlPage("A <title>")
        .Heading("Dice & more").Paragraph("text").Note("note")
        .Table(["organ", "smile"], [["liver <1>", "0.9"]], (_, c) => c == 1)
        .Figures([("image", new Picture(4, 4, new Colour(1, 2, 3)))])
        .Key([("liver", new Colour(0, 0, 255))])
        .Folded("Settings", [("train.steps", "100")])
        .Chart(Charts.Lines("step", "loss", null, [new Curve("a", new Colour(0, 0, 0), [(0, 0), (1, 1)])]))
        .ToString();

    [Fact]
    public void The_page_refers_to_nothing_outside_itself()
    {
        string page = Page();
        foreach (string link in new[] { "http:", "https:", "src=\"/", "<script", "<link", "@import" })
            Assert.DoesNotContain(link, page, StringComparison.OrdinalIgnoreCase);
        Assert.All(page.Split("url(").Skip(1), target => Assert.StartsWith("#", target, StringComparison.Ordinal)); // a part of the page
        Assert.Contains("src=\"data:image/png;base64,", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_escaped()
    {
        string page = Page();
        Assert.Contains("<h1>A &lt;title&gt;</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<td>liver &lt;1&gt;</td><td class=\"best\">0.9</td>", page, StringComparison.Ordinal);
    }
}
