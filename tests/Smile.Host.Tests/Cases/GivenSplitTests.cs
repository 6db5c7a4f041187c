using Smile.Host.Tests.Commands;
using Smile.Net.Data;

namespace Smile.Host.Tests.Cases;

public sealed class GivenSplitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-split-").FullName;
    private readonly TinyDataset _data = new();

    private string Given => Path.Combine(_data.Folder, "splits_final.json");

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_split_that_lies_in_the_data_set_is_obeyed_and_resumed()
    {
        File.WriteAllText(Given, """
            [
              { "train": ["case_0", "case_1", "case_2"], "val": ["case_3"] },
              { "train": ["case_3", "case_1"], "val": ["case_0"] }
            ]
            """);
        CliResult first = Train("first"), second = Train("second", "--fold", "1");
        Assert.Contains("fold 0 of 2: 3 cases to train on, 1 held out", first.Error, StringComparison.Ordinal);
        Assert.Contains("fold 1 of 2: 2 cases to train on, 1 held out, 1 in neither list and left out", second.Error,
            StringComparison.Ordinal);
        string run = Path.Combine(_folder, "second"), weights = Path.Combine(run, "checkpoints", "final.safetensors");
        Split taken = Assert.Single(Splits.Read(Path.Combine(run, "splits_final.json"),
            Enumerable.Range(0, 4).Select(i => ($"case_{i}", (string?)null))));
        Assert.Equal(["case_3", "case_1"], taken.Train);
        Assert.Equal(["case_0"], taken.Validation);

        // As if it had been killed before its report; the file may go meanwhile, the run has its own.
        byte[] before = File.ReadAllBytes(weights);
        File.Delete(Path.Combine(run, "report.html"));
        File.Delete(Given);
        CliResult resumed = SmileCli.Run("train", "--resume", "-o", run);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(before, File.ReadAllBytes(weights));
    }

    [Fact]
    public void A_fold_that_is_not_there_exits_2()
    {
        File.WriteAllText(Given, """[ { "train": ["case_0", "case_1", "case_2"], "val": ["case_3"] } ]""");
        string[] train = ["train", "--data", _data.Folder, "-o", Path.Combine(_folder, "run"), .. TrainedRun.Small];
        SmileCli.Fails(2, [.. train, "--fold", "1"], "--fold 1", Given, "1 fold,");
        File.Delete(Given);
        SmileCli.Fails(2, [.. train, "--fold", "0"], "--fold 0", Given);
    }

    private CliResult Train(string name, params string[] more)
    {
        CliResult result = SmileCli.Run(
            ["train", "--data", _data.Folder, "-o", Path.Combine(_folder, name), .. more, .. TrainedRun.Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
