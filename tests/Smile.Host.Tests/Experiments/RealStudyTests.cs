using System.Globalization;
using Smile.Host.Cli;
using Smile.Host.Experiments;
using Smile.Host.Imaging.Nifti;
using Smile.Host.Tests.Commands;
using Smile.Net.Data;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Experiments;

/// <summary>A study of data sets of one organ each.</summary>
public sealed class RealStudyTests : IDisposable
{
    private static readonly string[] _small =
    [
        "--set", "train.steps=6", "--set", "train.size=16", "--set", "train.batch=2", "--set", "model.width=4", "--set", "model.head=conv",
        "--set", "data.validation=0.34", "--device", "scalar",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-real-").FullName;
    private readonly TinyDataset _liver = OfOneOrgan("liver", 1), _stomach = OfOneOrgan("stomach", 2);

    public void Dispose()
    {
        _liver.Dispose();
        _stomach.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Annotations_are_as_they_are_and_each_test_case_counts_for_what_its_data_set_annotates()
    {
        var result = Run("--splits", "2", "--method", "baseline", "smile", "smiler", "smiler-volume");
        Assert.True(result.ExitCode == 0, result.Error);
        string[][] rows = [.. File.ReadLines(In(StudyFiles.Results)).Skip(1).Select(row => row.Split(','))];
        // methods, thresholds, splits, organs and their average
        Assert.Equal(3 * 2 * 2 * 3, rows.Length);
        Assert.All(rows, row => Assert.InRange(double.Parse(row[6], CultureInfo.InvariantCulture), 0, 1));
        Assert.Equal(["0"], rows.Select(row => row[1]).Distinct());
        Assert.Equal(["liver", "stomach", "average"], rows.Select(row => row[5]).Distinct());
        Assert.Equal(["smiler-volume"], File.ReadLines(In(StudyFiles.Variants)).Skip(1).Select(row => row.Split(',')[2]).Distinct());
        Assert.Contains("SMILE at least 15 points above the baseline", result.Out, StringComparison.Ordinal);

        var store = new CellStore(In());
        StudyRecord record = store.ReadRecord();
        CellResult[] cells = [.. StudyConclusion.Cells(record, store)];
        Assert.Equal(2 * 4, cells.Length);
        Assert.All(record.Cells, planned => Assert.Null(planned.SameAs)); // SMILEr has something to relabel
        Assert.All(cells.Where(cell => cell.Method == Methods.Smiler), cell => Assert.Equal(2 * 2, cell.Rounds.Count));
        foreach (CaseDice scored in cells.SelectMany(cell => cell.Cases))
        {
            int organ = scored.Case.Contains("liver", StringComparison.Ordinal) ? 0 : 1;
            Assert.True(scored.Voxels![organ].Reference > 0);
            Assert.True(double.IsNaN(scored.Dice[1 - organ]));
        }
    }

    [Fact]
    public void What_is_dropped_further_leaves_each_organ_a_case_and_the_cells_are_others()
    {
        Study study = StudyPresets.Find("real") with { Folders = [_liver.Folder, _stomach.Folder] };
        StudyData data = TinyStudy.Data(study);
        for (int split = 0; split < 5; split++)
        {
            CaseData[] whole = data.Training(split, 0), dropped = data.Training(split, 0.9);
            Assert.All(whole.Zip(dropped), pair => Assert.Equal(pair.Second.Annotated, pair.First.Annotated & pair.Second.Annotated));
            Assert.All(whole, each => Assert.Equal(each.Id.Contains("liver", StringComparison.Ordinal) ? 1u : 2u, each.Annotated));
            Assert.All(data.Annotated(dropped), cases => Assert.InRange(cases, 1, 2));
            Assert.All(Enumerable.Range(0, 2), organ =>
                Assert.Contains(data.Test(split), each => each.Annotated.Has(organ)));
        }

        Cell cell = StudyPlan.Of(study, data).Cells[0];
        Assert.NotEqual(cell.Key(study, "data"), cell.Key(study with { KeepOne = false }, "data"));
        var plan = Run("--plan", "--alpha", "0.4", "0.9", "--method", "smile", "smiler-volume-negatives", "--splits", "1");
        Assert.True(plan.ExitCode == 0, plan.Error);
        foreach (string id in new[] { "smile-a40-s0", "smile-a90-s0", "smiler-volume-negatives-a40-s0", "smiler-volume-negatives-a90-s0" })
            Assert.Contains(id, plan.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_organ_alone_is_a_model_an_organ_and_counts_for_it()
    {
        var result = Run("--splits", "1", "--method", "smile", "smile-alone");
        Assert.True(result.ExitCode == 0, result.Error);
        var store = new CellStore(In());
        StudyRecord record = store.ReadRecord();
        Assert.Equal(["smile-a00-s0", "smile-alone-a00-s0"], record.Cells.Select(planned => planned.Id));
        CellResult alone = StudyConclusion.Cells(record, store)[1];
        Study study = Small();
        StudyData data = TinyStudy.Data(study);
        Cell[] parts = EachAlone.Parts(StudyPlan.Of(study, data).Cells.First(cell => cell.EachAlone), study, data.Organs);
        Assert.Equal(2, parts.Length);
        for (int organ = 0; organ < 2; organ++)
        {
            Assert.Equal(3, parts[organ].Settings(study).Train.Steps);
            Assert.NotEmpty(data.Training(parts[organ]));
            Assert.All(data.Training(parts[organ]), each => Assert.Equal(OrganBits.Of(organ), each.Annotated));
            CellResult part = store.Find(parts[organ].Id, data.Key(parts[organ]))!;
            Assert.Equal(part.Dice[organ], alone.Dice[organ]);
            Assert.Equal(part.Cases.Select(each => each.Dice[organ]), alone.Cases.Select(each => each.Dice[organ]));
            Assert.Equal(part.Calibrated!.Thresholds[organ], alone.Calibrated!.Thresholds[organ]);
        }

        Assert.Equal((alone.Dice[0] + alone.Dice[1]) / 2, alone.Average);
        Assert.NotEqual(store.Find(parts[0].Id, data.Key(parts[0]))!.Weights, store.Find(parts[1].Id, data.Key(parts[1]))!.Weights);

        File.Delete(Path.Combine(In(), "cells", "smile-alone-a00-s0.json"));
        long before = File.GetLastWriteTimeUtc(Path.Combine(In(), "cells", parts[0].Id + ".json")).Ticks;
        Assert.Equal(0, Run("--splits", "1", "--method", "smile", "smile-alone").ExitCode); // finished parts are not run again
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(In(), "cells", parts[0].Id + ".json")).Ticks);
        Assert.Equal(alone.Weights, StudyConclusion.Cells(record, store)[1].Weights);
    }

    [Fact]
    public void Without_data_there_is_no_such_study() =>
        SmileCli.Fails(2, ["experiment", "--preset", "real", "-o", In()], "--preset real", "--data");

    [Fact]
    public void A_stopped_cell_whose_window_was_found_in_its_data_goes_on()
    {
        Study study = StudyPresets.Find("real") with { Folders = [_liver.Folder, _stomach.Folder] };
        study = study with
        {
            Settings = TinyStudy.Study.Settings with
            {
                Data = new DataSettings { Window = Windows.Auto, Validation = 0.34 },
                Train = TinyStudy.Study.Settings.Train with { Size = 16 },
            },
        };
        StudyData data = TinyStudy.Data(study);
        Cell cell = StudyPlan.Of(study, data).Cells.First(each => each is { Method: Methods.Smile, Keep: Kept.Nothing });
        var store = new CellStore(In());
        store.Make();
        using var stop = new CancellationTokenSource();
        int steps = 0, after = 0;
        Assert.Throws<OperationCanceledException>(() => new CellRunner(study, data, store, threads: 1).Run(cell, () =>
        {
            if (++steps == 5)
                stop.Cancel();
        }, stop.Token));
        new CellRunner(study, data, store, threads: 1).Run(cell, () => after++, TestContext.Current.CancellationToken);
        Assert.Equal(8 - 5, after);
    }

    /// <summary>What <see cref="Run"/> runs.</summary>
    private Study Small()
    {
        Study study = StudyPresets.Find("real") with { Folders = [_liver.Folder, _stomach.Folder] };
        RunSettings settings = study.Settings with { Data = study.Settings.Data with { Spacing = Spacings.Auto } };
        return study with { Settings = SettingsReader.ReadRun(settings, [], [.. _small.Where(each => each.Contains('='))]) };
    }

    private CliResult Run(params string[] more) => SmileCli.Run(
        ["experiment", "--preset", "real", "--data", _liver.Folder, _stomach.Folder, "-o", In(), .. _small, .. more]);

    private string In(params string[] parts) => Path.Combine([_folder, "study", .. parts]);

    /// <summary>The tiny data set as somebody leaves it who knows one organ.</summary>
    private static TinyDataset OfOneOrgan(string organ, byte label)
    {
        var data = new TinyDataset();
        for (int i = 0; i < 4; i++)
        {
            string id = $"case_{i}", own = $"{organ}_{i}";
            LabelMap labels = NiftiReader.ReadLabels(data.Labels(id)).Labels;
            NiftiWriter.Write(data.Labels(own), new LabelMap(data.Geometry, [.. labels.Voxels.Select(v => (byte)(v == label ? 1 : 0))]));
            File.Move(data.Image(id), data.Image(own));
            File.Delete(data.Labels(id));
        }

        File.WriteAllText(Path.Combine(data.Folder, "dataset.json"), $$"""
            {
              "channel_names": { "0": "CT" }, "labels": { "background": 0, "{{organ}}": 1 }, "numTraining": 4, "file_ending": ".nii.gz"
            }
            """);
        return data;
    }
}
