using System.Globalization;
using System.Text;
using Smile.Host.Reports;
using Smile.Net;
using Smile.Net.Settings;
using static Smile.Host.Experiments.StudyText;

namespace Smile.Host.Experiments;

/// <summary>summary.md: expected and measured, and the Dice, for a page of results that people read in the repository.</summary>
internal static class StudySummaryText
{
    public static string Render(StudyResults results)
    {
        var study = results.Study;
        string[] columns = [.. study.Organs, StudyResults.AverageName];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{study.Data}; {Words.Count(study.Splits, "split", "splits")}; ")
            .Append(Words.Of(results.Cells.Count, study.Cells.Count, "cell", "cells")).Append(" finished.\n\n");
        Table(text, ["expected", "measured", "holds"], results.Expectations.Select(e => new[] { e.Statement, e.Measured, e.Holds }));
        text.Append("\nDice: mean over the test cases, then mean ± standard deviation (n - 1) over the splits that are finished (n).\n\n");
        Table(text, ["alpha %", "method", "n", .. columns],
            results.Dice.Where(d => Methods.All.Contains(d.Label)).GroupBy(d => (d.Alpha, d.Label)).OrderBy(g => g.Key.Alpha)
            .Select(g => new[]
        {
            (100 * g.Key.Alpha).ToString("0.##", CultureInfo.InvariantCulture), MethodLook.Of(g.Key.Label).Name,
            g.First().Splits.ToString(CultureInfo.InvariantCulture),
        }.Concat(columns.Select(o => Spread(g.First(d => d.Organ == o)))).ToArray()));
        if (VariantTable.Of(results) is { } variants)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nTable 2, the variants. {VariantTable.Note}\n\n");
            Table(text, [.. variants.Header], variants.Rows);
        }

        return text.ToString();
    }

    private static void Table(StringBuilder text, string[] header, IEnumerable<string[]> rows)
    {
        text.Append("| ").AppendJoin(" | ", header).Append(" |\n|").Append(string.Concat(Enumerable.Repeat("---|", header.Length)))
            .Append('\n');
        foreach (string[] row in rows)
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
    }
}
