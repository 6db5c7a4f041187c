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

    /// <summary>As <see cref="Results"/>, of the other variants.</summary>
    public const string Variants = "variants.csv";

    public static void Write(string folder, StudyResults results)
    {
        // The probability above which a voxel is an organ's; at 0.5 the baseline's classes compete instead.
        (string Threshold, StudyResults Of)[] each = results.AtCalibrated() is { } calibrated
            ? [(Thresholds.Half, results), (Thresholds.Calibrated, calibrated)]
            : [(Thresholds.Half, results)];
        Write(Results, ResultLines(each, main: true));
        if (results.Cells.Any(c => c.Label != c.Method))
            Write(Variants, ResultLines(each, main: false));
        Write("volumes.csv", VolumeLines(each));
        Write("thresholds.csv", ThresholdLines(results));
        Write("annotated.csv", AnnotatedLines(results.Study));
        Write("summary.csv", Lines("train_cases,alpha,method,threshold,organ,mean,sd,splits",
            each.SelectMany(one => one.Of.Dice.Select(d => (one.Threshold, Dice: d))),
            r => [Asked(r.Dice.TrainCases), Number(r.Dice.Alpha), r.Dice.Label, r.Threshold, r.Dice.Organ, Number(r.Dice.Mean),
                Number(r.Dice.Deviation), Invariant.Text(r.Dice.Splits)]));
        Write("paired.csv", Lines("train_cases,method,alpha,minus_method,minus_alpha,threshold,organ,difference,low95,high95,splits,"
            + "bootstrap_low95,bootstrap_high95,pairs", each.SelectMany(one => one.Of.Differences.Select(d => (one.Threshold, d))),
            r => [Asked(r.d.TrainCases), r.d.First, Number(r.d.FirstAlpha), r.d.Second, Number(r.d.SecondAlpha), r.Threshold, r.d.Organ,
                Number(r.d.Mean), Number(r.d.Low), Number(r.d.High), Invariant.Text(r.d.Interval.Count), Number(r.d.BootstrapLow),
                Number(r.d.BootstrapHigh), Invariant.Text(r.d.Pairs)]));
        Write("rounds.csv", Lines("train_cases,alpha,method,round,gamma,organ,added,precision,precision_sd,recall,recall_sd,splits",
            results.Rounds, r => [Asked(r.TrainCases), Number(r.Alpha), r.Label, Invariant.Text(r.Round), Number(r.Gamma), r.Organ,
                Number(r.Added), Number(r.Precision), Number(r.PrecisionDeviation), Number(r.Recall), Number(r.RecallDeviation),
                Invariant.Text(r.Splits)]));
        Write("summary.md", StudySummaryText.Render(results));
        Write(All, JsonSerializer.Serialize(results, StudyJson.Default.StudyResults) + "\n");

        void Write(string name, string text) => AtomicFile.WriteText(Path.Combine(folder, name), text);
    }

    /// <summary>One row a number of training cases, alpha, method, split and organ: the mean over the split's test cases.</summary>
    private static string ResultLines(IEnumerable<(string Threshold, StudyResults Of)> each, bool main)
    {
        var rows = from one in each
                   from cell in one.Of.Cells
                   where cell.Label == cell.Method == main
                   from k in Enumerable.Range(0, one.Of.Columns.Count)
                   orderby cell.TrainCases, cell.Alpha, main ? Methods.All.ToList().IndexOf(cell.Label) : 0, cell.Label, cell.Split
                   select (one, cell, k);
        return Lines("train_cases,alpha,method,threshold,split,organ,dice", rows, r =>
        [
            .. Place(r.one.Of.Study, r.cell, r.one.Threshold), r.one.Of.Columns[r.k],
            Number(r.k < r.cell.Dice.Count ? r.cell.Dice[r.k] : r.cell.Average),
        ]);
    }

    /// <summary>One row a finished cell that has them, and organ: its calibrated thresholds.</summary>
    private static string ThresholdLines(StudyResults results) =>
        Lines("train_cases,alpha,method,split,organ,threshold", from cell in results.Cells
                                                                where cell.Calibrated is not null
                                                                from k in Enumerable.Range(0, results.Study.Organs.Count)
                                                                select (cell, k),
            r => [Trained(results.Study.Cells.First(planned => planned.Id == r.cell.Id)), Number(r.cell.Alpha), r.cell.Label,
                Invariant.Text(r.cell.Split), results.Study.Organs[r.k],
                Number(r.cell.Calibrated!.Thresholds[r.k])]);

    /// <summary>One row a finished cell and organ: what its Dice is made of, from all test cases of the split together.</summary>
    private static string VolumeLines(IEnumerable<(string Threshold, StudyResults Of)> each)
    {
        var rows = from one in each
                   from cell in one.Of.Cells
                   where cell.Cases.Any(c => c.Voxels is not null)
                   from k in Enumerable.Range(0, one.Of.Columns.Count)
                   orderby cell.TrainCases, cell.Alpha
                   select (one, cell, k, Score: VoxelScore.Of(cell, k));
        return Lines("train_cases,alpha,method,threshold,split,organ,volume,precision,recall", rows, r =>
        [
            .. Place(r.one.Of.Study, r.cell, r.one.Threshold), r.one.Of.Columns[r.k], Number(r.Score.Volume), Number(r.Score.Precision),
            Number(r.Score.Recall),
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
    private static string[] Place(StudyRecord study, CellResult cell, string threshold) =>
    [
        Trained(study.Cells.First(planned => planned.Id == cell.Id)), Number(cell.Alpha), cell.Label, threshold,
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
