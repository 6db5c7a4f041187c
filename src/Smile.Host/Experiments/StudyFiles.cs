using System.Globalization;
using System.Text;
using System.Text.Json;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>The tables of a study as files: results.csv and its companions, and all of it in results.json.</summary>
internal static class StudyFiles
{
    /// <summary>Of the paper's three methods with the study's settings.</summary>
    public const string Results = "results.csv";

    /// <summary>As <see cref="Results"/>, of the other variants.</summary>
    public const string Variants = "variants.csv";

    public static void Write(string folder, StudyResults results)
    {
        Write(Results, ResultLines(results, main: true));
        if (results.Cells.Any(c => c.Label != c.Method))
            Write(Variants, ResultLines(results, main: false));
        Write("summary.csv", Lines("alpha,method,organ,mean,sd,splits", results.Dice,
            d => [Number(d.Alpha), d.Label, d.Organ, Number(d.Mean), Number(d.Deviation), Invariant.Text(d.Splits)]));
        Write("paired.csv", Lines("method,alpha,minus_method,minus_alpha,organ,difference,low95,high95,pairs", results.Differences,
            d => [d.First, Number(d.FirstAlpha), d.Second, Number(d.SecondAlpha), d.Organ, Number(d.Mean), Number(d.Low), Number(d.High),
                Invariant.Text(d.Pairs)]));
        Write("rounds.csv", Lines("alpha,method,round,gamma,organ,added,precision,precision_sd,recall,recall_sd,splits", results.Rounds,
            r => [Number(r.Alpha), r.Label, Invariant.Text(r.Round), Number(r.Gamma), r.Organ, Number(r.Added), Number(r.Precision),
                Number(r.PrecisionDeviation), Number(r.Recall), Number(r.RecallDeviation), Invariant.Text(r.Splits)]));
        Write("summary.md", StudySummaryText.Render(results));
        Write("results.json", JsonSerializer.Serialize(results, StudyJson.Default.StudyResults) + "\n");

        void Write(string name, string text) => AtomicFile.WriteText(Path.Combine(folder, name), text);
    }

    /// <summary>One row an alpha, method, split and organ: the mean over the split's test cases.</summary>
    private static string ResultLines(StudyResults results, bool main)
    {
        var organs = results.Study.Organs;
        var rows = from cell in results.Cells
                   where cell.Label == cell.Method == main
                   orderby cell.Alpha, main ? Methods.All.ToList().IndexOf(cell.Label) : 0, cell.Label, cell.Split
                   from k in Enumerable.Range(0, organs.Count + 1)
                   select (cell, k);
        return Lines("alpha,method,split,organ,dice", rows, r =>
        [
            Number(r.cell.Alpha), r.cell.Label, Invariant.Text(r.cell.Split), r.k < organs.Count ? organs[r.k] : StudyResults.AverageName,
            Number(r.k < organs.Count ? r.cell.Dice[r.k] : r.cell.Average),
        ]);
    }

    private static string Lines<T>(string header, IEnumerable<T> rows, Func<T, string[]> cells)
    {
        var text = new StringBuilder(header).Append('\n');
        foreach (var row in rows)
            text.AppendJoin(',', cells(row).Select(Quoted)).Append('\n');
        return text.ToString();
    }

    /// <summary>RFC 4180; organs are named by the data set.</summary>
    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    /// <summary>Empty where there is no number.</summary>
    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.######", CultureInfo.InvariantCulture) : "";
}
