using Smile.Host.Cli;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Commands;

public sealed class TrainCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-train-").FullName;

    private string RunFolder => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_run_folder_holds_everything()
    {
        string[] files =
        [
            "config.json", "settings.toml", "manifest.json", "log.jsonl", "splits_final.json", "summary.json", "metrics.csv",
            "progress.svg", "report.html",
            "checkpoints/latest.safetensors", "checkpoints/final.safetensors", "checkpoints/best.safetensors",
            "rounds/t1/case_3.nii.gz", "rounds/t2/case_3.nii.gz", "rounds/t1/labels.json",
        ];
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(trained.Run, file)), file));
        Assert.Single(Directory.GetFiles(trained.Run, "events.out.tfevents.*"));
        Assert.Empty(Directory.GetFiles(trained.Run, "*.tmp", SearchOption.AllDirectories));
        Assert.DoesNotContain("://", File.ReadAllText(Path.Combine(trained.Run, "report.html")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_standard_output_is_the_table_of_scores()
    {
        Assert.Contains("liver", trained.Output, StringComparison.Ordinal);
        Assert.Contains("over 1 test case ", trained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rounds_label_map_lies_on_the_images_grid_and_keeps_the_annotation()
    {
        var (labels, source) = NiftiReader.ReadLabels(Path.Combine(trained.Run, "rounds/t2/case_0.nii.gz"));
        Assert.True(source.Geometry.Matches(trained.Data.Geometry));
        byte[] truth = NiftiReader.ReadLabels(trained.Data.Labels("case_0")).Labels.Voxels;
        Assert.All(Enumerable.Range(0, truth.Length).Where(v => truth[v] == 1), v => Assert.Equal(1, labels.Voxels[v]));
    }

    [Fact]
    public void Settings_are_resolved_and_shown()
    {
        var shown = SmileCli.Run("train", "--show-settings", "--steps", "77", "--set", "model.backbone=resnet18", "--data", "here");
        Assert.Equal(0, shown.ExitCode);
        RunSettings settings = Read(shown.Out);
        Assert.Equal((77, "resnet18"), (settings.Train.Steps, settings.Model.Backbone));
        Assert.Equal([Path.GetFullPath("here")], settings.Data.Folders);
    }

    [Fact]
    public void What_is_given_stands_over_the_preset()
    {
        Assert.Equal((Decoders.UNet, 0.5), Shown());
        Assert.Equal((Decoders.None, 0.5), Shown("--preset", "paper"));
        var refused = SmileCli.Run("train", "--show-settings", "--preset", "best");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--preset best: known are default, paper", refused.Error, StringComparison.Ordinal);
        var resumed = SmileCli.Run("train", "--resume", "-o", trained.Run, "--preset", "default");
        Assert.Equal(2, resumed.ExitCode);
        Assert.Contains("--preset", resumed.Error, StringComparison.Ordinal);

        (string, double) Shown(params string[] preset)
        {
            var shown = SmileCli.Run(["train", "--show-settings", "--set", "train.lr=0.5", .. preset]);
            Assert.Equal(0, shown.ExitCode);
            RunSettings settings = Read(shown.Out);
            return (settings.Model.Decoder, settings.Train.LearningRate);
        }
    }

    [Fact]
    public void A_run_keeps_its_settings_as_text_that_reads_back_to_the_same()
    {
        string stored = File.ReadAllText(Path.Combine(trained.Run, "settings.toml"));
        RunSettings settings = new Smile.Net.Runs.RunFolder(trained.Run).ReadSettings();
        Assert.Equal(settings.ToText(), Read(stored).ToText());
        Assert.Equal(stored, SmileCli.Run("train", "--resume", "-o", trained.Run, "--show-settings").Out);
        Assert.Contains("# Slices an update (slices; 1 to 1024", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_in_a_setting_reads_back_to_the_same()
    {
        var odd = new RunSettings
        {
            Data = new() { Folders = ["C:\\scans", "a \"b\"\tc", "\u00fc\ud83d\ude00"], Spacing = "1.5,0.1", WindowLow = -1.0 / 3 },
            Model = new() { Rates = [1, 2] },
            Train = new() { LearningRate = 1e-12, Epsilon = false, Weights = "#=[]" },
        };
        Assert.Equal(odd.ToText(), Read(odd.ToToml()).ToText());
    }

    private RunSettings Read(string toml)
    {
        string file = Path.Combine(_folder, "shown.toml");
        File.WriteAllText(file, toml);
        return SettingsReader.ReadRun(new RunSettings(), [file], []);
    }

    [Fact]
    public void A_finished_run_goes_on_to_more_steps_and_a_run_in_its_rounds_does_not()
    {
        string[] resume = ["train", "--resume", "-o", RunFolder];
        var first = SmileCli.Run(["train", "--data", trained.Data.Folder, "-o", RunFolder, .. TrainedRun.Small]);
        Assert.True(first.ExitCode == 0, first.Error);
        SmileCli.Fails(2, [.. resume, "--steps", "3"], "the run has 12");
        CliResult longer = SmileCli.Run([.. resume, "--steps", "14"]);
        Assert.True(longer.ExitCode == 0, longer.Error);
        Assert.Contains("resumed at step 12 of 14", longer.Error, StringComparison.Ordinal);
        Assert.Equal(14, File.ReadLines(Path.Combine(RunFolder, "log.jsonl"))
            .Count(line => line.Contains("\"loss\"", StringComparison.Ordinal)));
        Assert.Contains("\nsteps = 14\n", File.ReadAllText(Path.Combine(RunFolder, "settings.toml")), StringComparison.Ordinal);
        Assert.Contains("finished after 14 steps", SmileCli.Run([.. resume, "--steps", "14"]).Out, StringComparison.Ordinal);
        SmileCli.Fails(2, ["train", "--resume", "-o", trained.Run, "--steps", "100000"], "in round 2 of SMILEr");
        Assert.True(File.Exists(Path.Combine(trained.Run, "checkpoints", "final.safetensors")));
    }

    [Fact]
    public void An_audit_is_shown_while_it_runs_and_in_the_report()
    {
        var result = SmileCli.Run(["train", "--data", trained.Data.Folder, "-o", RunFolder, "--method", "smiler", "--audit", "0.2",
            "--set", "data.validation=0", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("audit: liver precision", result.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(RunFolder, "report.html"));
        Assert.Contains("Audit of the relabelling", page, StringComparison.Ordinal);
        Assert.Contains("\"source\":\"held out\"", File.ReadAllText(Path.Combine(RunFolder, "ledger.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Confident_negatives_are_shown_and_a_data_set_of_the_run_says_that_it_has_none()
    {
        var result = SmileCli.Run(["train", "--data", trained.Data.Folder, "-o", RunFolder, "--method", "smiler", "--audit", "0.2",
            "--set", "data.validation=0", "--set", "relabel.negatives=0.9", "--set", "relabel.audit_floor=0", "--set",
            "relabel.audit_tolerance=1", "--set", "relabel.volume_bound=0", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("taken for absent: liver", result.Error, StringComparison.Ordinal);
        Assert.Contains("taken for absent and the organ", result.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(RunFolder, "report.html"));
        Assert.Contains("relabel.negatives", page, StringComparison.Ordinal);
        Assert.Contains("in held-out cases are the organ: liver in round 1", page, StringComparison.Ordinal);
        var written = SmileCli.Run("relabel", "-o", RunFolder, "--as-dataset", Path.Combine(RunFolder, "dataset"));
        Assert.True(written.ExitCode == 0, written.Error);
        Assert.Contains("(relabel.negatives) are not written", written.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_patients_cases_are_held_out_together_and_a_test_case_of_one_that_is_trained_on_is_not_scored()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "groups.json"), """{ "case_0": "p1", "case_1": "p1", "case_2": "p2", "case_3": "p2", "test_0": "p2" }""");
        var result = SmileCli.Run(["train", "--data", data.Folder, "-o", RunFolder, "--set", "data.validation=0.5", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("1 of 1 test case is of patients with training cases", result.Error, StringComparison.Ordinal);
        Assert.Contains("over 2 validation cases", result.Out, StringComparison.Ordinal);
        Split split = Assert.Single(Splits.Read(Path.Combine(RunFolder, "splits_final.json"),
            [("case_0", "p1"), ("case_1", "p1"), ("case_2", "p2"), ("case_3", "p2")]));
        Assert.Equal(2, split.Validation.Count);
    }

    [Fact]
    public void An_audit_without_rounds_exits_2() =>
        SmileCli.Fails(2, ["train", "--data", trained.Data.Folder, "-o", RunFolder, "--audit", "0.2"], "relabel.audit", "smiler");

    [Fact]
    public void A_run_is_never_silently_restarted() =>
        SmileCli.Fails(2, ["train", "--data", trained.Data.Folder, "-o", trained.Run, .. TrainedRun.Small], trained.Run);

    [Fact]
    public void A_resumed_run_keeps_its_settings() =>
        SmileCli.Fails(2, ["train", "--resume", "-o", trained.Run, "--seed", "20"], "--resume");

    [Fact]
    public void A_finished_run_that_is_resumed_says_so_and_nothing_is_read_or_written()
    {
        Copy(trained.Run, RunFolder);
        Dictionary<string, DateTime> before = Times();
        var result = SmileCli.Run("train", "--resume", "-o", RunFolder);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith($"{RunFolder}: finished after 12 steps, nothing is left to do; see ", result.Out, StringComparison.Ordinal);
        Assert.Equal(before, Times());

        // Killed before the report was there, it is written, and the weights stay.
        File.Delete(Path.Combine(RunFolder, "report.html"));
        var concluded = SmileCli.Run("train", "--resume", "-o", RunFolder);
        Assert.True(concluded.ExitCode == 0, concluded.Error);
        Assert.True(File.Exists(Path.Combine(RunFolder, "report.html")));
        Assert.Equal(File.ReadAllBytes(trained.Final), File.ReadAllBytes(Path.Combine(RunFolder, "checkpoints", "final.safetensors")));

        Dictionary<string, DateTime> Times() =>
            Directory.GetFiles(RunFolder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToDictionary(file => file, File.GetLastWriteTimeUtc);
    }

    [Fact]
    public void A_data_set_that_has_moved_is_given_again_and_known_by_its_content()
    {
        string moved = Path.Combine(_folder, "moved"), config = Path.Combine(RunFolder, "config.json"),
            gone = Path.Combine(_folder, "gone");
        Copy(trained.Run, RunFolder);
        Copy(trained.Data.Folder, moved);
        File.Delete(Path.Combine(RunFolder, "report.html"));
        File.WriteAllText(config, File.ReadAllText(config).Replace(trained.Data.Folder, gone, StringComparison.Ordinal));
        SmileCli.Fails(3, ["train", "--resume", "-o", RunFolder], gone, "no such folder",
            $"smile train --resume --output {RunFolder} --data DIR");

        byte[] image = File.ReadAllBytes(Path.Combine(moved, "labelsTr", "case_0.nii.gz"));
        File.Copy(Path.Combine(moved, "labelsTr", "case_1.nii.gz"), Path.Combine(moved, "labelsTr", "case_0.nii.gz"), overwrite: true);
        SmileCli.Fails(3, ["train", "--resume", "-o", RunFolder, "--data", moved], "other images, labels or annotation states");
        Assert.Contains(gone, File.ReadAllText(config), StringComparison.Ordinal);

        File.WriteAllBytes(Path.Combine(moved, "labelsTr", "case_0.nii.gz"), image);
        var result = SmileCli.Run("train", "--resume", "-o", RunFolder, "--data", moved);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(File.Exists(Path.Combine(RunFolder, "report.html")));
        Assert.DoesNotContain(gone, File.ReadAllText(config), StringComparison.Ordinal);
        Assert.Contains(moved, File.ReadAllText(config), StringComparison.Ordinal);
    }

    [Fact]
    public void Resuming_what_is_no_run_exits_2() => SmileCli.Fails(2, ["train", "--resume", "-o", RunFolder], RunFolder);

    [Fact]
    public void A_missing_option_is_named()
    {
        SmileCli.Fails(2, ["train", "--data", trained.Data.Folder], "--output");
        SmileCli.Fails(2, ["train", "-o", RunFolder], "--data");
    }

    [Fact]
    public void A_batch_beyond_what_a_tensor_holds_exits_2() => SmileCli.Fails(2,
        ["train", "--data", trained.Data.Folder, "-o", RunFolder, "--set", "train.size=4096", "--set", "train.batch=1024"],
        "1024x4096x4096x1", "train.batch");

    [Fact]
    public void An_unknown_setting_exits_2_and_names_the_nearest()
    {
        string file = Path.Combine(_folder, "study.toml");
        File.WriteAllText(file, "[train]\nbacth = 4\n");
        SmileCli.Fails(2, ["train", "--data", trained.Data.Folder, "-o", RunFolder, "--config", file], "train.bacth", file, "train.batch");
        Refused(2, trained.Data.Folder, ["--set", "train.size=17"], "train.size");
        Refused(2, trained.Data.Folder, ["--method", "magic"], "magic", "smiler");
    }

    [Fact]
    public void An_unknown_device_exits_4() =>
        SmileCli.Fails(4, ["train", "--data", trained.Data.Folder, "-o", RunFolder, "--device", "abacus"], "abacus");

    [Fact]
    public void A_folder_without_data_exits_3()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        Refused(3, empty, [], empty);
        Refused(3, Path.Combine(_folder, "absent"), [], "absent");
    }

    [Fact]
    public void A_label_map_of_another_shape_exits_3_and_names_both_sizes()
    {
        using var data = new TinyDataset();
        data.ReplaceLabels("case_1", new LabelMap(Geometry.Regular(4, 16, 20, 2, 1, 1), new byte[4 * 16 * 20]));
        Refused(3, data.Folder, [], data.Labels("case_1"), "4 x 16 x 20", "4 x 16 x 24");
    }

    [Fact]
    public void An_image_with_NaN_exits_3_and_names_file_and_voxel()
    {
        using var data = new TinyDataset();
        var voxels = new float[4 * 16 * 24];
        voxels[500] = float.NaN;
        NiftiWriter.Write(data.Image("case_2"), new Volume(data.Geometry, voxels));
        Refused(3, data.Folder, [], data.Image("case_2"));
    }

    /// <summary>A data set that was scaled to 0 .. 1 has every case wrong: a few are named, the rest counted.</summary>
    [Fact]
    public void Images_that_are_no_HU_are_told()
    {
        using var data = new TinyDataset();
        foreach (string id in (string[])["case_0", "case_1", "case_2", "case_3"])
        {
            float[] scaled = [.. NiftiReader.ReadVolume(data.Image(id)).Volume.Voxels.Select(hounsfield => (hounsfield + 160) / 400)];
            NiftiWriter.Write(data.Image(id), new Volume(data.Geometry, scaled));
        }

        CliResult result = SmileCli.Run(["train", "--data", data.Folder, "-o", RunFolder, .. TrainedRun.Small]);
        Assert.Contains($"warning: {data.Image("case_0")}: numbers from", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"warning: {data.Image("case_3")}", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 more image has such numbers: 'smile dataset check' lists all.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_organ_that_the_data_set_does_not_have_exits_3_and_is_named()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), """{ "case_0": ["gall bladder"] }""");
        Refused(3, data.Folder, [], "gall bladder", "annotations.json", "case_0");
    }

    [Fact]
    public void A_damaged_checkpoint_stops_a_resume_with_3()
    {
        Copy(trained.Run, RunFolder);
        string latest = Path.Combine(RunFolder, "checkpoints", "latest.safetensors");
        byte[] bytes = File.ReadAllBytes(latest);
        File.WriteAllBytes(latest, bytes[..(bytes.Length / 2)]);
        File.Delete(Path.Combine(RunFolder, "report.html")); // a finished run would need none
        SmileCli.Fails(3, ["train", "--resume", "-o", RunFolder], latest);
    }

    [Fact]
    public void A_disk_that_fills_up_stops_the_run_with_3_and_leaves_no_partial_file()
    {
        using var disk = FullDisk.Mount(_folder, kilobytes: 32);
        Assert.SkipUnless(disk is not null, "a tmpfs cannot be mounted here (needs Linux and root)");
        string run = Path.Combine(disk.Folder, "run");
        SmileCli.Fails(3, ["train", "--data", trained.Data.Folder, "-o", run, .. TrainedRun.Small], "No space left", disk.Folder);
        Assert.DoesNotContain(Directory.GetFiles(disk.Folder, "*", SearchOption.AllDirectories), f =>
            f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".safetensors", StringComparison.Ordinal));
    }

    /// <summary>The command fails, and no run is left that could be resumed.</summary>
    private void Refused(int exitCode, string data, string[] more, params string[] parts)
    {
        SmileCli.Fails(exitCode, ["train", "--data", data, "-o", RunFolder, .. TrainedRun.Small, .. more], parts);
        Assert.False(File.Exists(Path.Combine(RunFolder, "config.json")));
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
