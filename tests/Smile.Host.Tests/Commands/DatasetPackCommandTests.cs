using Smile.Net.Runs;
using Smile.Net.Weights;

namespace Smile.Host.Tests.Commands;

/// <summary>A packed data set, and a run that packs by itself, teach what the folder teaches.</summary>
public sealed class DatasetPackCommandTests : IDisposable
{
    private readonly TinyDataset _data = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-pack-").FullName;

    private string Store => Path.Combine(_folder, "store");

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Packs_and_goes_on()
    {
        CliResult packed = Pack();
        Assert.Equal((0, true), (packed.ExitCode, packed.Out.Contains("5 cases", StringComparison.Ordinal)));
        Assert.Contains("5 of 5 files packed now", packed.Out, StringComparison.Ordinal);
        Assert.Contains("0 of 5 files packed now", Pack().Out, StringComparison.Ordinal);
        File.Delete(Path.Combine(Store, "cases", "case_2.packed"));
        Assert.Contains("1 of 5 files packed now", Pack().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_that_cannot_be_read_is_left_out_and_told()
    {
        byte[] image = File.ReadAllBytes(_data.Image("case_1"));
        File.WriteAllBytes(_data.Image("case_1"), image[..99]);
        File.WriteAllText(Path.Combine(_data.Folder, "splits_final.json"), """
            [{ "train": ["case_0", "case_1", "case_2"], "val": ["case_3"] }]
            """);
        CliResult packed = Pack();
        Assert.Equal(5, packed.ExitCode);
        Assert.Contains("1 of 5 cases failed", packed.Error, StringComparison.Ordinal);
        CliResult trained = Train("partly", Store);
        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("fold 0 of 1: 2 cases to train on, 1 held out", trained.Error, StringComparison.Ordinal);
        File.WriteAllBytes(_data.Image("case_1"), image);
        Assert.Contains("1 of 5 files packed now", Pack().Out, StringComparison.Ordinal);
        Assert.Contains("fold 0 of 1: 3 cases to train on", Train("whole", Store).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        SmileCli.Fails(2, ["dataset", "pack", _data.Folder, "--output", _folder + "/store", "--spacing", "wide"], "--spacing is 'wide'");
        SmileCli.Fails(2, ["dataset", "pack", _data.Folder, "--output", _data.Folder], "is no store");
        SmileCli.Fails(3, ["dataset", "pack", _folder, "--output", Store], "dataset.json");
        Pack();
        SmileCli.Fails(2, ["dataset", "pack", Store, "--output", Path.Combine(_folder, "again")], "is a store");
        SmileCli.Fails(2, ["train", "--data", Store, _data.Folder, "-o", Path.Combine(_folder, "run")], "is a store");
        SmileCli.Fails(2, ["train", "--data", Store, "-o", Path.Combine(_folder, "run"), "--set", "data.memory=much"],
            "data.memory is 'much'");
        File.WriteAllBytes(Path.Combine(Store, "cases", "case_2.packed"), new byte[5]);
        SmileCli.Fails(3, ["train", "--data", Store, "-o", Path.Combine(_folder, "run")], "case_2.packed", "torn");
    }

    [Theory]
    [InlineData("smile")]
    [InlineData("smiler")]
    public void Train_learns_the_same_from_folder_store_and_what_it_packs_itself(string method)
    {
        File.WriteAllText(Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["liver"], "case_1": ["stomach"] }""");
        Pack();
        CliResult memory = Train("memory", _data.Folder, method), store = Train("store-run", Store, method),
            itself = Train("itself", _data.Folder, method, "--set", "data.memory=0");
        Assert.All(new[] { memory, store, itself }, result => Assert.True(result.ExitCode == 0, result.Error));
        Assert.Equal(Weights("memory"), Weights("store-run"));
        Assert.Equal(Weights("memory"), Weights("itself"));
        Assert.Equal(Scores("memory"), Scores("store-run"));
        Assert.Equal(Scores("memory"), Scores("itself"));
        Assert.DoesNotContain("memory:", memory.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("memory:", store.Error, StringComparison.Ordinal);
        Assert.Contains("memory: 4 cases would take", itself.Error, StringComparison.Ordinal);
        Assert.Equal(4 + 1, Directory.GetFiles(Path.Combine(_folder, "itself", "packed"), "*", SearchOption.AllDirectories).Length);
    }

    [Theory] // a spacing that the store has, and one that it has not
    [InlineData("2,1.5")]
    [InlineData("native")]
    public void Train_learns_the_same_in_another_spacing(string packed)
    {
        string[] spacing = ["--set", "data.spacing=2,1.5", "--set", "data.validation=0.25"];
        Assert.Equal(0, SmileCli.Run("dataset", "pack", _data.Folder, "--output", Store, "--spacing", packed).ExitCode);
        Assert.Equal(0, Train("memory", _data.Folder, "smiler", spacing).ExitCode);
        CliResult store = Train("store-run", Store, "smiler", [.. spacing, "--set", "data.memory=0"]);
        Assert.True(store.ExitCode == 0, store.Error);
        Assert.Equal(Weights("memory"), Weights("store-run"));
        Assert.Equal(Scores("memory"), Scores("store-run"));
        Assert.Equal(packed == "native", Directory.Exists(Path.Combine(_folder, "store-run", "packed")));
    }

    [Fact]
    public void A_run_goes_on_from_where_its_data_are_packed_now()
    {
        string run = Path.Combine(_folder, "run");
        Assert.Equal(0, Train("memory", _data.Folder).ExitCode);
        Assert.Equal(0, Train("run", _data.Folder, "smile", "--set", "run.save_every=3").ExitCode);
        // As a kill before the first checkpoint leaves it.
        foreach (string file in new[] { "checkpoints/final.safetensors", "report.html" })
            File.Delete(Path.Combine(run, file));
        File.Delete(new RunFolder(run).Latest);
        Pack();
        CliResult resumed = SmileCli.Run("train", "--resume", "-o", run, "--data", Store);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(Weights("memory"), Weights("run"));
    }

    [Fact]
    public void A_case_that_changed_after_packing_is_told()
    {
        Pack();
        File.WriteAllBytes(_data.Image("case_3"), File.ReadAllBytes(_data.Image("case_2")));
        Assert.Contains($"warning: {_data.Image("case_3")}: was changed after it was packed", Train("run", Store).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Relabel_and_experiment_give_what_they_give_from_the_folder()
    {
        File.WriteAllText(Path.Combine(_data.Folder, "annotations.json"), """{ "case_0": ["liver"], "case_1": ["stomach"] }""");
        Pack();
        Assert.Equal(0, Train("model", _data.Folder).ExitCode);
        string[] folders = [_data.Folder, Store], maps = ["maps", "maps-of-store"], studies = ["study", "study-of-store"];
        for (int i = 0; i < folders.Length; i++)
        {
            CliResult relabelled = SmileCli.Run("relabel", "--data", folders[i], "--model", Path.Combine(_folder, "model"), "-o",
                Path.Combine(_folder, maps[i]), "--device", "cpu", "--threads", "1");
            Assert.True(relabelled.ExitCode == 0, relabelled.Error);
            CliResult studied = SmileCli.Run(["experiment", "--preset", "real", "--data", folders[i], "-o",
                Path.Combine(_folder, studies[i]), "--splits", "1", "--method", "smile", "--device", "cpu", "--set", "train.steps=2",
                "--set", "train.batch=2", "--set", "train.size=16", "--set", "model.width=4", "--set", "model.head=conv"]);
            Assert.True(studied.ExitCode == 0, studied.Error);
        }

        Assert.Equal(Bytes(maps[0], "ledger.jsonl"), Bytes(maps[1], "ledger.jsonl"));
        Assert.Equal(Bytes(studies[0], "results.csv"), Bytes(studies[1], "results.csv"));
        SmileCli.Fails(2, ["relabel", "--data", Store, "--model", Path.Combine(_folder, "model"), "-o", Path.Combine(_folder, "more"),
            "--as-dataset", Path.Combine(_folder, "copy")], "--as-dataset", "store");

        byte[] Bytes(string folder, string file) => File.ReadAllBytes(Path.Combine(_folder, folder, file));
    }

    private CliResult Pack() => SmileCli.Run("dataset", "pack", _data.Folder, "--output", Store);

    private CliResult Train(string name, string data, string method = "smile", params string[] more) => SmileCli.Run(["train",
        "--data", data, "-o", Path.Combine(_folder, name), "--method", method, "--preset", "paper", "--device", "cpu",
        "--threads", "1", "--steps", "12",
        "--set", "train.batch=2", "--set", "train.size=16", "--set", "model.width=4", "--set", "run.validate_every=5", .. more]);

    private string Weights(string name) => WeightsHash.OfFile(new RunFolder(Path.Combine(_folder, name)).Final);

    private string Scores(string name) => File.ReadAllText(Path.Combine(_folder, name, "metrics.csv"));
}
