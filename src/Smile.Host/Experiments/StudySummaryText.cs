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
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{study.Data}; {Words.Count(study.Splits, "split", "splits")}; ")
            .Append(Words.Of(results.Cells.Count, study.Cells.Count, "cell", "cells")).Append(" finished.\n\n");
        Table(text, ["expected", "measured", "holds"], results.Expectations.Select(e => new[] { e.Statement, e.Measured, e.Holds }));
        text.Append("\nIn brackets: the 95 % interval over the splits (Student's t). Yes and no: the whole interval says so; open: it does "
            + "not tell.\n");
        foreach (int trainCases in study.TrainCases)
        {
            StudyResults part = results.At(trainCases);
            text.Append(CultureInfo.InvariantCulture, $"\nDice{About(trainCases)}: mean over the test cases, then mean ± standard ")
                .Append("deviation (n - 1) over the splits that are finished (n).\n\n");
            Dice(text, part, part.Dice.Where(d => Methods.All.Contains(d.Label)));
            if (part.AtCalibrated() is { } calibrated)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nDice at calibrated thresholds{About(trainCases)}: each organ's threshold is ")
                    .Append("the one with the highest mean Dice on the run's own validation cases, for every method alike ")
                    .Append("(thresholds.csv).\n\n");
                Dice(text, calibrated, calibrated.Dice);
            }

            if (VariantTable.Of(part) is { } variants)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nTable 2, the variants{About(trainCases)}. {VariantTable.Note}\n\n");
                Table(text, variants);
            }

            if (VolumeTable.Of(part) is { } volumes)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nVolumes{About(trainCases)}. {VolumeTable.Note}\n\n");
                Table(text, volumes);
            }
        }

        if (AnnotatedTable.Of(study) is { } annotated)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nAnnotations. {AnnotatedTable.Note}\n\n");
            Table(text, annotated);
        }

        return text.ToString();
    }

    private static void Dice(StringBuilder text, StudyResults results, IEnumerable<DiceSummary> dice) => Table(
        text, ["alpha %", "method", "n", .. results.Columns], dice.GroupBy(d => d.Point).OrderBy(g => g.Key.Alpha).Select(g => new[]
        {
            (100 * g.Key.Alpha).ToString("0.##", CultureInfo.InvariantCulture), MethodLook.Of(g.Key.Label).Name,
            g.First().Splits.ToString(CultureInfo.InvariantCulture),
        }.Concat(results.Columns.Select(o => Spread(g.First(d => d.Organ == o)))).ToArray()));

    private static void Table(StringBuilder text, Table table) => Table(text, [.. table.Header], table.Rows);

    private static void Table(StringBuilder text, string[] header, IEnumerable<string[]> rows)
    {
        text.Append("| ").AppendJoin(" | ", header).Append(" |\n|").Append(string.Concat(Enumerable.Repeat("---|", header.Length)))
            .Append('\n');
        foreach (string[] row in rows)
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
    }
}
