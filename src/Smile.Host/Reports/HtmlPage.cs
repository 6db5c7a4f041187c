using System.Net;
using System.Text;
using Smile.Host.Imaging;

namespace Smile.Host.Reports;

/// <summary>A web page in one file: no script, no external resource; pictures are data URIs.</summary>
internal sealed class HtmlPage(string title)
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1080px; margin: 24px auto; padding: 0 16px; }
        h1 { font-size: 26px; margin-bottom: 4px; }
        h2 { font-size: 19px; margin: 34px 0 8px; border-bottom: 1px solid #ddd; padding-bottom: 4px; }
        p { margin: 6px 0 10px; max-width: 860px; } .note { color: #666; font-size: 13px; }
        table { border-collapse: collapse; margin: 8px 0 14px; }
        th, td { padding: 4px 12px; border-bottom: 1px solid #e4e4e4; text-align: right; }
        th { background: #f5f5f5; font-weight: 600; } th:first-child, td:first-child { text-align: left; }
        td.best { font-weight: 700; } .figures { display: flex; flex-wrap: wrap; gap: 12px; }
        figure { margin: 0; } figure img { display: block; width: 204px; background: #000; image-rendering: pixelated; }
        figure img:focus { position: fixed; inset: 0; width: 100vw !important; height: 100vh; object-fit: contain; z-index: 1; }
        figcaption { font-size: 13px; color: #444; padding-top: 3px; max-width: 204px; }
        .wide figure img, .wide figcaption { width: 340px; max-width: 340px; }
        svg { max-width: 100%; height: auto; }
        .key span { display: inline-block; margin-right: 16px; }
        .key i { display: inline-block; width: 12px; height: 12px; margin-right: 5px; vertical-align: -1px; }
        details { margin: 8px 0; } summary { cursor: pointer; }
        .small td, .small th { font-size: 13px; padding: 1px 10px; text-align: left; }
        """;

    private readonly StringBuilder _body = new();
    private int _charts;

    public HtmlPage Heading(string text) => Add($"<h2>{Escape(text)}</h2>");

    public HtmlPage Paragraph(string text) => Add($"<p>{Escape(text)}</p>");

    /// <summary>What speaks against what the page shows, a paragraph each.</summary>
    /// <param name="warnings">Sentences, with or without their full stop.</param>
    public HtmlPage Warnings(IEnumerable<string> warnings)
    {
        foreach (string warning in warnings)
            Paragraph($"Warning: {warning.TrimEnd('.')}.");
        return this;
    }

    public HtmlPage Note(string text) => Add($"<p class=\"note\">{Escape(text)}</p>");

    /// <summary>A figure that stays sharp at any size, its text text.</summary>
    public HtmlPage Chart(Figure figure) => Add(figure.ToHtml(++_charts));

    /// <summary>A table; <paramref name="best"/> says which cells stand out (row, column), counted from 0 without the header.</summary>
    public HtmlPage Table(IReadOnlyList<string> header, IReadOnlyList<string[]> rows, Func<int, int, bool>? best = null, string style = "")
    {
        _body.Append(style.Length == 0 ? "<table>\n" : $"<table class=\"{style}\">\n");
        _body.Append("<tr>").AppendJoin("", header.Select(cell => $"<th>{Escape(cell)}</th>")).Append("</tr>\n");
        for (int r = 0; r < rows.Count; r++)
        {
            int row = r;
            _body.Append("<tr>")
                .AppendJoin("",
                    rows[r].Select((cell, c) => (best?.Invoke(row, c) == true ? "<td class=\"best\">" : "<td>") + Escape(cell) + "</td>"))
                .Append("</tr>\n");
        }

        return Add("</table>");
    }

    public HtmlPage Table(Table table, string style = "") => Table(table.Header, table.Rows, style: style);

    /// <summary>
    /// Pictures side by side, each with its caption, as large as the window while clicked on; three of the wide ones fill the page.
    /// </summary>
    public HtmlPage Figures(IEnumerable<(string Caption, Picture Picture)> figures, bool wide = false)
    {
        Add(wide ? "<div class=\"figures wide\">" : "<div class=\"figures\">");
        foreach (var (caption, picture) in figures)
            Add($"<figure><img tabindex=\"0\" alt=\"{Escape(caption)}\" "
                + $"src=\"data:image/png;base64,{Convert.ToBase64String(picture.ToPng())}\">"
                + $"<figcaption>{Escape(caption)}</figcaption></figure>");
        return Add("</div>");
    }

    /// <summary>What the colours mean.</summary>
    public HtmlPage Key(IEnumerable<(string Name, Colour Colour)> entries) =>
        Add("<p class=\"key\">"
            + string.Concat(entries.Select(e => $"<span><i style=\"background:{e.Colour.Hex}\"></i>{Escape(e.Name)}</span>")) + "</p>");

    /// <summary>Names and values behind a fold: settings and versions, long and seldom read.</summary>
    public HtmlPage Folded(string summary, IEnumerable<(string Name, string Value)> entries)
    {
        Add($"<details><summary>{Escape(summary)}</summary>");
        Table(["name", "value"], entries.Select(e => new[] { e.Name, e.Value }).ToArray(), style: "small");
        return Add("</details>");
    }

    public override string ToString() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Escape(title)}</h1>
        {_body}</body>
        </html>

        """;

    private HtmlPage Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
