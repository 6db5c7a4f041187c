using Smile.Host.Cli;
using Smile.Host.Experiments;
using Smile.Host.Tests.Commands;
using Smile.Net;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Experiments;

public sealed class StudyRunTests : IDisposable
{
    private static readonly string[] _figures = ["figure3", "figure4", "figure5", "table1", "table2", "figure6"];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-study-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_study_leaves_tables_figures_and_a_page_that_stands_alone()
    {
        var result = TinyStudy.Run(In("study"));
        Assert.True(result.ExitCode == 0, result.Error);
        string[] rows = File.ReadAllLines(In("study", StudyFiles.Results));
        Assert.Equal("train_cases,alpha,method,threshold,split,organ,dice", rows[0]);
        Assert.Equal(2 * 3 * 2 * 4 * 2, rows.Length - 1); // alphas, methods, splits, organs and their average, thresholds
        Assert.All(rows.Skip(1),
            row => Assert.InRange(double.Parse(row.Split(',')[6], System.Globalization.CultureInfo.InvariantCulture), 0, 1));
        Assert.All(rows.Skip(1), row => Assert.Equal("5", row.Split(',')[0]));
        foreach (string threshold in new[] { "0.5", "calibrated" })
            Assert.Equal(2 * 3 * 2 * 4, rows.Count(row => row.Split(',')[3] == threshold));
        Assert.Equal(2 * 4 * 2, File.ReadAllLines(In("study", StudyFiles.Variants)).Length - 1);
        Assert.Equal(2 * 7 * 4 * 2, File.ReadAllLines(In("study", "volumes.csv")).Length - 1); // splits, cells, organs and their average
        Assert.Equal(2 * 7 * 3, File.ReadAllLines(In("study", "thresholds.csv")).Length - 1);
        Assert.Contains("Dice at calibrated thresholds", File.ReadAllText(In("study", "summary.md")), StringComparison.Ordinal);
        Assert.Equal(2 * 7 * 3, File.ReadAllLines(In("study", "annotated.csv")).Length - 1);
        foreach (string figure in _figures)
        {
            Assert.StartsWith("<svg", File.ReadAllText(In("study", figure + ".svg")), StringComparison.Ordinal);
            Assert.StartsWith("%PDF-", File.ReadAllText(In("study", figure + ".pdf")), StringComparison.Ordinal);
        }

        string page = File.ReadAllText(In("study", "report.html"));
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        foreach (string part in new[] { "Figure 3", "Figure 4", "Figure 5", "Table 1", "Table 2", "Figure 6", "Paired differences",
            "hidden truth", "Volumes, precision and recall", "Annotations in the training cases" })
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(In("study", "work")));
    }

    [Fact]
    public void Parts_that_are_merged_are_the_study_run_at_once_whatever_the_jobs()
    {
        Assert.Equal(0, TinyStudy.Run(In("whole")).ExitCode);
        Assert.Equal(0, TinyStudy.Run(In("a"), jobs: 2, part: 1, parts: 2).ExitCode);
        Assert.False(File.Exists(In("a", StudyFiles.Results)), "a part draws nothing");
        Assert.Equal(0, TinyStudy.Run(In("b"), jobs: 1, part: 2, parts: 2).ExitCode);
        var merged = SmileCli.Run("experiment", "merge", In("a"), In("b"), "-o", In("merged"));
        Assert.True(merged.ExitCode == 0, merged.Error);
        foreach (string file in new[] { StudyFiles.Results, StudyFiles.Variants, "summary.csv", "paired.csv", "rounds.csv", "summary.md",
            "figure4.svg", "figure6.svg", "study.json" })
            Assert.Equal(File.ReadAllText(In("whole", file)), File.ReadAllText(In("merged", file)));
        Assert.Equal(Weights("whole"), Weights("merged"));
    }

    /// <summary>
    /// On the default study SMILE at alpha 0.4 was 3.481 and 4.344 points below its alpha 0 and once 2.293 above: -1.844, s = 3.609,
    /// t(2) = 4.303, so ± 8.965.
    /// </summary>
    [Fact]
    public void The_committed_study_is_drawn_again_from_its_results_with_intervals_over_its_splits()
    {
        string committed = Path.Combine(TestData.Root(), "docs", "results", "2026-11-24-study");
        var merged = SmileCli.Run("experiment", "merge", committed, "-o", In("again"));
        Assert.True(merged.ExitCode == 0, merged.Error);
        Assert.Contains("open: SMILE at alpha 0.4 within 3 points of its alpha 0: -1.8 points [-10.8, +7.1]", merged.Out,
            StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(committed, "summary.csv")),
            string.Concat(File.ReadLines(In("again", "summary.csv")).Select(row => row.Split(','))
                .Select(row => string.Join(',', row.Where((_, column) => column is not (0 or 3))) + "\n")));
        Assert.Single(File.ReadAllLines(In("again", "thresholds.csv"))); // its cells are of before there were any
        Assert.Equal(99, Directory.GetFiles(In("again", "cells")).Length + 3); // three share a result
    }

    [Fact]
    public void A_study_over_numbers_of_training_cases_draws_each_of_them_and_all_together()
    {
        var study = TinyStudy.Study with
        {
            Splits = 1,
            TrainCases = [3, 5],
            Variants = [new(Methods.Smile, Methods.Smile, [0, 0.5], []), new(Methods.Smiler, Methods.Smiler, [0.5], [])],
        };
        var result = TinyStudy.Run(In("sizes"), study: study);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["3", "5"], File.ReadLines(In("sizes", StudyFiles.Results)).Skip(1).Select(row => row.Split(',')[0]).Distinct());
        foreach (string figure in new[] { "figure3-n3", "figure3-n5", "figure7" })
            Assert.Contains("<svg", File.ReadAllText(In("sizes", figure + ".svg")), StringComparison.Ordinal);
        Assert.False(File.Exists(In("sizes", "figure3.svg")));
        Assert.Contains("dashes: annotations complete", File.ReadAllText(In("sizes", "figure3-n3.svg")), StringComparison.Ordinal);
        Assert.Contains("3 training cases", File.ReadAllText(In("sizes", "summary.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_is_scored_at_the_thresholds_of_the_checkpoint_that_it_tests()
    {
        var cell = new Cell(Methods.Smile, Methods.Smile, 0, 0, []);
        foreach ((string validation, bool has) in new[] { ("0.2", true), ("0", false) })
        {
            var study = TinyStudy.Study with
            {
                Settings = SettingsReader.ReadRun(TinyStudy.Study.Settings, [], [$"data.validation={validation}"]),
            };
            CellResult result = new CellRunner(study, TinyStudy.Data(study), new CellStore(In(validation)), threads: 1)
                .Run(cell, () => { }, TestContext.Current.CancellationToken);
            Assert.Equal(has, result.Calibrated is not null);
            if (result.Calibrated is not { } calibrated)
                continue;
            Assert.Equal((result.Validations.LastOrDefault(each => each.Best) ?? result.Validations[^1]).Thresholds, calibrated.Thresholds);
            Assert.Equal(result.Cases.Select(each => each.Case), calibrated.Cases.Select(each => each.Case));
            Assert.Equal(calibrated.Thresholds.All(threshold => threshold == 0.5),
                calibrated.Cases.Zip(result.Cases).All(pair => pair.First.Voxels!.SequenceEqual(pair.Second.Voxels!)));
        }
    }

    [Fact]
    public void A_cell_that_was_stopped_goes_on_with_the_same_bits_and_finished_ones_are_kept()
    {
        var data = TinyStudy.Data();
        var plan = StudyPlan.Of(TinyStudy.Study, data);
        var cell = plan.Cells.First(c => c is { Method: Methods.Smiler, Alpha: 0.5, Keep: Kept.Nothing });
        var store = new CellStore(In("stopped"));
        store.Make();
        var runner = new CellRunner(TinyStudy.Study, data, store, threads: 1);
        string whole = new CellRunner(TinyStudy.Study, data, new CellStore(In("whole")), threads: 2)
            .Run(cell, () => { }, TestContext.Current.CancellationToken).Weights;

        using var stop = new CancellationTokenSource();
        int steps = 0;
        void Step()
        {
            if (++steps == 5)
                stop.Cancel();
        }

        Assert.Throws<OperationCanceledException>(() => runner.Run(cell, Step, stop.Token));
        Assert.True(File.Exists(store.Work(cell).Latest));
        int after = 0;
        var resumed = runner.Run(cell, () => after++, TestContext.Current.CancellationToken);
        Assert.Equal(8 - 5, after);
        Assert.Equal(whole, resumed.Weights);
        Assert.Equal(2 * 3, resumed.Rounds.Count); // rounds before the stop are in it too

        store.Store(resumed);
        Assert.Equal(resumed.Weights, store.Find(cell.Id, resumed.Key)!.Weights);
        Assert.Null(store.Find(cell.Id, "another key"));
    }

    [Fact]
    public void Smiler_on_complete_annotations_is_smile_bit_for_bit()
    {
        var data = TinyStudy.Data();
        string Of(string method) => new CellRunner(TinyStudy.Study, data, new CellStore(In(method)), threads: 1)
            .Run(new Cell(method, method, 0, 0, []), () => { }, TestContext.Current.CancellationToken).Weights;
        Assert.Equal(Of(Methods.Smile), Of(Methods.Smiler));
        Assert.NotEqual(Of(Methods.Smile), Of(Methods.Baseline));
    }

    [Fact]
    public void A_claimed_cell_is_left_to_who_has_it()
    {
        var store = new CellStore(In("claims"));
        store.Make();
        var cell = new Cell(Methods.Smile, Methods.Smile, 0, 0, []);
        using (store.Claim(cell))
            Assert.Null(store.Claim(cell));
        using var again = store.Claim(cell);
        Assert.NotNull(again);
    }

    [Fact]
    public void Another_study_does_not_overwrite_finished_cells()
    {
        var data = TinyStudy.Data();
        var record = StudyRecord.Of(StudyPlan.Of(TinyStudy.Study, data), data);
        var store = new CellStore(In("taken"));
        store.Make();
        store.WriteRecord(record);
        store.WriteRecord(record with { Cells = [], Settings = [] });
        string kept = File.ReadAllText(store.Record);
        foreach (var other in new[] { record with { Name = "smoke" }, record with { DataHash = "other" } })
            Assert.Contains("overwritten", Assert.Throws<ConfigException>(() => store.WriteRecord(other)).Message,
                StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllText(store.Record));
    }

    [Fact]
    public void What_is_no_study_or_another_one_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "thesis.txt"), "");
        Assert.Throws<ConfigException>(() => TinyStudy.Run(_folder));
        SmileCli.Fails(2, ["experiment", "merge", _folder], "study.json");
        SmileCli.Fails(2, ["experiment", "--preset", "papr"], "papr", "paper");
        SmileCli.Fails(2, ["experiment", "--shard", "3/2"], "3/2");
        SmileCli.Fails(2, ["experiment", "--preset", "smoke", "--train-cases", "8", "1"], "--train-cases 1", "2");
        SmileCli.Fails(2, ["experiment", "--preset", "smoke", "--train-cases", "11", "--plan"], "--train-cases 11", "10 cases");
        SmileCli.Fails(2, ["experiment", "--preset", "smoke", "--alpha", "0", "1"], "--alpha 1", "smile");
        SmileCli.Fails(2, ["experiment", "--method", "smiler-best"], "smiler-best", "smiler-t3");
        SmileCli.Fails(2, ["experiment", "--preset", "smoke", "--set", "train.stepz=3"], "train.steps");
    }

    private string[] Weights(string study) =>
        [.. StudyConclusion.Cells(new CellStore(In(study)).ReadRecord(), new CellStore(In(study))).Select(c => c.Weights)];

    private string In(params string[] parts) => Path.Combine([_folder, .. parts]);
}
