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
    /// <summary>All of the study, its finished cells among it.</summary>
    public const string All = "results.json";

    /// <summary>Of the paper's three methods with the study's settings.</summary>
    public const string Results = "results.csv";

    /// <summary>The probability above which a voxel is an organ's; the baseline's classes compete instead.</summary>
    private const string Threshold = "0.5";

    /// <summary>As <see cref="Results"/>, of the other variants.</summary>
    public const string Variants = "variants.csv";

    public static void Write(string folder, StudyResults results)
    {
        Write(Results, ResultLines(results, main: true));
        if (results.Cells.Any(c => c.Label != c.Method))
            Write(Variants, ResultLines(results, main: false));
        Write("volumes.csv", VolumeLines(results));
        Write("annotated.csv", AnnotatedLines(results.Study));
        Write("summary.csv", Lines("train_cases,alpha,method,organ,mean,sd,splits", results.Dice,
            d => [Asked(d.TrainCases), Number(d.Alpha), d.Label, d.Organ, Number(d.Mean), Number(d.Deviation), Invariant.Text(d.Splits)]));
        Write("paired.csv", Lines("train_cases,method,alpha,minus_method,minus_alpha,organ,difference,low95,high95,splits,"
            + "bootstrap_low95,bootstrap_high95,pairs", results.Differences,
            d => [Asked(d.TrainCases), d.First, Number(d.FirstAlpha), d.Second, Number(d.SecondAlpha), d.Organ, Number(d.Mean),
                Number(d.Low), Number(d.High), Invariant.Text(d.Interval.Count), Number(d.BootstrapLow), Number(d.BootstrapHigh),
                Invariant.Text(d.Pairs)]));
        Write("rounds.csv", Lines("train_cases,alpha,method,round,gamma,organ,added,precision,precision_sd,recall,recall_sd,splits",
            results.Rounds, r => [Asked(r.TrainCases), Number(r.Alpha), r.Label, Invariant.Text(r.Round), Number(r.Gamma), r.Organ,
                Number(r.Added), Number(r.Precision), Number(r.PrecisionDeviation), Number(r.Recall), Number(r.RecallDeviation),
                Invariant.Text(r.Splits)]));
        Write("summary.md", StudySummaryText.Render(results));
        Write(All, JsonSerializer.Serialize(results, StudyJson.Default.StudyResults) + "\n");

        void Write(string name, string text) => AtomicFile.WriteText(Path.Combine(folder, name), text);
    }

    /// <summary>One row a number of training cases, alpha, method, split and organ: the mean over the split's test cases.</summary>
    private static string ResultLines(StudyResults results, bool main)
    {
        var organs = results.Study.Organs;
        var rows = from cell in results.Cells
                   where cell.Label == cell.Method == main
                   orderby cell.TrainCases, cell.Alpha, main ? Methods.All.ToList().IndexOf(cell.Label) : 0, cell.Label, cell.Split
                   from k in Enumerable.Range(0, organs.Count + 1)
                   select (cell, k);
        return Lines("train_cases,alpha,method,threshold,split,organ,dice", rows, r =>
        [
            .. Place(results.Study, r.cell), results.Columns[r.k], Number(r.k < organs.Count ? r.cell.Dice[r.k] : r.cell.Average),
        ]);
    }

    /// <summary>One row a finished cell and organ: what its Dice is made of, from all test cases of the split together.</summary>
    private static string VolumeLines(StudyResults results)
    {
        var rows = from cell in results.Cells
                   where cell.Cases.Any(c => c.Voxels is not null)
                   orderby cell.TrainCases, cell.Alpha
                   from k in Enumerable.Range(0, results.Columns.Count)
                   select (cell, k, VoxelScore.Of(cell, k));
        return Lines("train_cases,alpha,method,threshold,split,organ,volume,precision,recall", rows, r =>
        [
            .. Place(results.Study, r.cell), results.Columns[r.k], Number(r.Item3.Volume), Number(r.Item3.Precision),
            Number(r.Item3.Recall),
        ]);
    }

    /// <summary>One row a planned cell and organ: in how many of its training cases the organ is annotated.</summary>
    private static string AnnotatedLines(StudyRecord study) =>
        Lines("train_cases,alpha,method,split,organ,annotated", from cell in study.Cells
                                                                where cell.Annotated is not null
                                                                from k in Enumerable.Range(0, study.Organs.Count)
                                                                select (cell, k),
            r => [Trained(r.cell), Number(r.cell.Alpha), r.cell.Label, Invariant.Text(r.cell.Split), study.Organs[r.k],
                Invariant.Text(r.cell.Annotated![r.k])]);

    /// <summary>Where a cell stands: training cases, alpha, method, threshold, split.</summary>
    private static string[] Place(StudyRecord study, CellResult cell) =>
    [
        Trained(study.Cells.First(planned => planned.Id == cell.Id)), Number(cell.Alpha), cell.Label, Threshold,
        Invariant.Text(cell.Split),
    ];

    /// <summary>Empty where the plan does not say, as in studies of earlier versions.</summary>
    private static string Trained(PlannedCell cell) => cell.Trained == 0 ? "" : Invariant.Text(cell.Trained);

    private static string Asked(int trainCases) => trainCases == 0 ? "" : Invariant.Text(trainCases);

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
