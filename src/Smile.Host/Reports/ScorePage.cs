using Smile.Net.Evaluation;

namespace Smile.Host.Reports;

/// <summary>report.html of an evaluation: means, worst cases, case by case.</summary>
internal static class ScorePage
{
    /// <summary>The page as text.</summary>
    /// <param name="title">Of the page.</param>
    /// <param name="summary">The scores.</param>
    /// <param name="notes">What a reader must know of them, a sentence each.</param>
    public static string Render(string title, EvaluationSummary summary, IEnumerable<string> notes)
    {
        var page = new HtmlPage(title);
        foreach (string note in notes)
            page.Paragraph(note);
        Scores(page, summary);
        return page.Note("Research software, not a medical device.").ToString();
    }

    /// <summary>The means, the worst cases, and all of them.</summary>
    public static void Scores(HtmlPage page, EvaluationSummary summary) => page
        .Heading("Means by organ").Table(ScoreTables.Means(summary), style: "small").Note(ScoreTables.Definitions)
        .Heading("Worst cases").Table(ScoreTables.WorstCases(summary), style: "small")
        .Heading("Case by case").Table(ScoreTables.Cases(summary), style: "small");
}
