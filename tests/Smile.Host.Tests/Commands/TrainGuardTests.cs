using System.Text.Json;
using Smile.Host.Imaging.Nifti;
using Smile.Net.Data;
using Smile.Net.Runs;

namespace Smile.Host.Tests.Commands;

/// <summary>What <c>train</c> refuses before it loads images, leaves out, and says of a run that has not learnt.</summary>
public sealed class TrainGuardTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-guard-").FullName;

    private string RunFolder => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>With an image that cannot be read: each of these is told before it is looked at.</summary>
    [Fact]
    public void What_needs_no_image_is_refused_before_the_images_are_loaded()
    {
        using var data = new TinyDataset();
        File.WriteAllText(data.Image("case_0"), "no image");
        Refused(3, data.Folder, [], data.Image("case_0"));
        Refused(2, data.Folder, ["--set", "model.head=aspp3", "--set", "train.batch=1"], "train.batch", "aspp3");
        Refused(2, data.Folder, ["--set", "train.size=8", "--set", "train.batch=1"], "train.size", "train.batch");
        Refused(2, data.Folder, ["--set", "train.size=4096", "--set", "train.batch=1024"], "train.batch");
        SmileCli.Fails(4, ["train", "--data", data.Folder, "-o", RunFolder, "--device", "abacus"], "abacus");
        Refused(3, data.Folder, ["--set", "train.weights=absent.safetensors"], "absent.safetensors");
        Refused(3, data.Folder, ["--set", $"train.weights={trained.WithoutANumber(_folder)}"], "NaN or infinite");
        SmileCli.Fails(2, ["train", "--data", data.Folder, "-o", trained.Run, .. TrainedRun.Small], trained.Run, "holds a run");
        SmileCli.Fails(3, ["train", "--data", data.Folder, "-o", Path.Combine(data.Image("case_0"), "run")], "is a file");

        Copy(trained.Run, RunFolder);
        string config = Path.Combine(RunFolder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace(trained.Data.Folder, data.Folder, StringComparison.Ordinal));
        string latest = Path.Combine(RunFolder, "checkpoints", "latest.safetensors");
        File.WriteAllBytes(latest, File.ReadAllBytes(latest)[..^1]);
        File.Delete(Path.Combine(RunFolder, "report.html")); // a finished run would need none
        SmileCli.Fails(3, ["train", "--resume", "-o", RunFolder], latest);
    }

    [Fact]
    public void The_notes_of_the_check_are_repeated()
    {
        using var data = new TinyDataset();
        string json = Path.Combine(data.Folder, "dataset.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace("\"numTraining\": 4", "\"numTraining\": 9", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(data.Folder, "groups.json"), """{ "case_0": "p1", "test_0": "p1" }""");
        Erase(data, "case_1", organ: 2);
        string[] notes = [.. SmileCli.Run("dataset", "check", data.Folder).Out.Split('\n')
            .Where(line => line.StartsWith("note: ", StringComparison.Ordinal))];
        var result = SmileCli.Run(["train", "--data", data.Folder, "-o", RunFolder, "--set", "data.validation=0", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(3, notes.Length);
        Assert.All(notes, note => Assert.Contains(note, result.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_counts_what_the_run_would_learn_from_and_writes_nothing()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"), """{ "case_1": ["stomach"] }""");
        var result = SmileCli.Run(["train", "--data", data.Folder, "--plan", "--set", "data.validation=0", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("4 cases of 16 slices to train on, 0 held out", result.Out, StringComparison.Ordinal);
        Assert.Contains("annotated in 3 of them, seen in 3", result.Out, StringComparison.Ordinal);
        Assert.Contains("annotated in 4 of them, seen in 4", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"memory +cases \d+\.\d MiB, network, optimiser and batch \d+\.\d MiB", result.Out);
        Assert.Matches(@"update +\d+\.\d ms on ", result.Out);
        Assert.Empty(Directory.GetFileSystemEntries(data.Folder, "*.tmp", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(RunFolder));
    }

    [Theory]
    [InlineData("--data is missing", "--plan")]
    [InlineData("leave out --resume", "--plan", "--resume")]
    public void A_plan_of_nothing_or_of_a_begun_run_exits_2(string message, params string[] options) =>
        SmileCli.Fails(2, ["train", .. options], message);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_organ_that_no_case_shows_is_left_out_by_name(bool annotated)
    {
        using var data = new TinyDataset();
        string[] ids = ["case_0", "case_1", "case_2", "case_3"];
        if (annotated)
            Array.ForEach(ids, id => Erase(data, id, organ: 1));
        else
            File.WriteAllText(Path.Combine(data.Folder, "annotations.json"),
                JsonSerializer.Serialize(ids.ToDictionary(id => id, _ => (string[])["stomach"])));
        var result = SmileCli.Run(["train", "--data", data.Folder, "-o", RunFolder, "--method", "smiler", .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("warning: not learnt, because no case that is trained on shows an annotated voxel: liver.", result.Error,
            StringComparison.Ordinal);
        Assert.Single(Checkpoint.Read(new RunFolder(RunFolder).Final).Organs);
        Assert.Contains("liver is not learnt", File.ReadAllText(Path.Combine(RunFolder, "report.html")), StringComparison.Ordinal);

        string output = Path.Combine(_folder, "organs.nii");
        var predicted = SmileCli.Run("predict", "-i", data.Image("test_0"), "-o", output, "-m", RunFolder);
        Assert.True(predicted.ExitCode == 0, predicted.Error);
        string[] lines = predicted.Out.Split('\n');
        Assert.EndsWith("1 stomach (ml)  liver (ml)", lines[0].TrimEnd(), StringComparison.Ordinal);
        Assert.EndsWith("  not learnt", lines[2].TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("not learnt, and not looked for: liver", predicted.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("liver", File.ReadAllText(Path.Combine(_folder, "organs.labels.json")), StringComparison.Ordinal);

        // It goes on as it began.
        Assert.Equal(0, SmileCli.Run("train", "--resume", "-o", RunFolder).ExitCode);
        string[] relabel = ["relabel", "--data", data.Folder, "-o", Path.Combine(_folder, "out"), "-m", RunFolder];
        SmileCli.Fails(3, relabel, "nothing to relabel");
    }

    [Fact]
    public void A_data_set_that_shows_no_annotated_organ_exits_3()
    {
        using var data = new TinyDataset();
        File.WriteAllText(Path.Combine(data.Folder, "annotations.json"),
            """{ "case_0": [], "case_1": [], "case_2": [], "case_3": [] }""");
        Refused(3, data.Folder, [], "nothing to learn", "annotations.json");
    }

    [Fact]
    public void What_is_handed_on_names_no_path_of_this_machine()
    {
        string[] files = [.. Directory.GetFiles(trained.Run, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("config.json" or "settings.toml" or "run.lock"))];
        Assert.Contains(files, file => file.EndsWith("final.safetensors", StringComparison.Ordinal));
        Assert.Contains(files, file => Path.GetFileName(file).StartsWith("events.out.tfevents.", StringComparison.Ordinal));
        foreach (string file in files)
        {
            string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
            Assert.All([trained.Data.Folder, trained.Root], path => Assert.DoesNotContain(path, text, StringComparison.Ordinal));
            Assert.DoesNotContain(Environment.MachineName, Path.GetFileName(file), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal([Path.GetFileName(trained.Data.Folder)], Checkpoint.Read(trained.Final).Settings.Data.Folders);
    }

    /// <summary>200 updates that cannot learn: too small a rate, and one that is far too large and stays finite.</summary>
    [Theory]
    [InlineData("1e-9", "predicted nowhere")]
    [InlineData("3", "train.lr 3 is too high: the loss rose to")]
    public void A_run_that_has_not_learnt_says_so_and_exits_6(string rate, string says)
    {
        string[] run =
        [
            "train", "--data", trained.Data.Folder, "-o", RunFolder, "--preset", "paper", .. TrainedRun.Small,
            "--set", $"train.lr={rate}", "--set", "data.validation=0",
        ];
        run[run.IndexOf("--steps") + 1] = "200";
        SmileCli.Fails(6, run, "has not learnt", says);
        Assert.True(File.Exists(Path.Combine(RunFolder, "checkpoints", "final.safetensors")));
        Assert.Contains("Warning: ", File.ReadAllText(Path.Combine(RunFolder, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_600_bytes_ends_no_run()
    {
        using var data = new TinyDataset();
        string json = Path.Combine(data.Folder, "dataset.json"), name = string.Concat(Enumerable.Repeat("liver segment ", 43));
        File.WriteAllText(json, File.ReadAllText(json).Replace("liver", name, StringComparison.Ordinal));
        var result = SmileCli.Run(["train", "--data", data.Folder, "-o", RunFolder, .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("TensorBoard", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The command fails, and no run is left that could be resumed.</summary>
    private void Refused(int exitCode, string data, string[] more, params string[] parts)
    {
        SmileCli.Fails(exitCode, ["train", "--data", data, "-o", RunFolder, .. TrainedRun.Small, .. more], parts);
        Assert.False(File.Exists(Path.Combine(RunFolder, "config.json")));
    }

    /// <summary>The label map without an organ.</summary>
    private static void Erase(TinyDataset data, string id, byte organ)
    {
        LabelMap labels = NiftiReader.ReadLabels(data.Labels(id)).Labels;
        data.ReplaceLabels(id, new LabelMap(labels.Geometry, [.. labels.Voxels.Select(label => label == organ ? (byte)0 : label)]));
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
