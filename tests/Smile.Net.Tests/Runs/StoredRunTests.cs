using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Store;

namespace Smile.Net.Tests.Runs;

/// <summary>A run whose images lie in packed files is the run that holds them in memory, bit by bit.</summary>
public sealed class StoredRunTests : IDisposable
{
    private const int Steps = 12;

    private readonly string _memory = Directory.CreateTempSubdirectory("smile-memory-").FullName;
    private readonly string _stored = Directory.CreateTempSubdirectory("smile-stored-").FullName;
    private readonly string _files = Directory.CreateTempSubdirectory("smile-packed-").FullName;

    public void Dispose()
    {
        foreach (string folder in new[] { _memory, _stored, _files })
            Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_run_with_rounds_is_the_same()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        Train(_memory, settings, Toy.Cases());
        Train(_stored, settings, InFiles());
        AssertSameRun(rounds: true);
    }

    [Fact]
    public void A_run_with_neighbours_a_found_window_and_all_of_the_default_is_the_same()
    {
        RunSettings settings = Toy.Settings(Methods.Smile, Steps).Modern();
        settings = settings with
        {
            Data = settings.Data with { Slices = 3, Window = Windows.Auto },
            Augment = Smile.Net.Augment.AugmentPresets.Of(Smile.Net.Augment.AugmentPresets.NnUnet),
        };
        Train(_memory, settings, Toy.Cases());
        Train(_stored, settings, InFiles());
        AssertSameRun(rounds: false);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)] // after the first round
    [InlineData(11)]
    public void Killed_and_resumed_from_the_one_or_the_other(int step)
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        Train(_memory, settings, Toy.Cases());
        CaseData[] files = InFiles();
        var killer = new Recorder { AtStep = report => KillAt(report.Step == step) };
        using (TrainingRun run = TrainingRun.Start(_stored, settings, Toy.Organs, files, killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        killer = new Recorder { AtStep = report => KillAt(report.Step == step + 1) };
        using (TrainingRun run = TrainingRun.Resume(_stored, Toy.Organs, step < 11 ? Toy.Cases() : files, killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        using (TrainingRun run = TrainingRun.Resume(_stored, Toy.Organs, files, new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        AssertSameRun(rounds: true);
    }

    [Fact]
    public void Other_images_are_refused()
    {
        RunSettings settings = Toy.Settings(steps: 4);
        Train(_stored, settings, InFiles());
        CaseData[] others = [.. Toy.Cases().Select(data => data.Id == "case_2" ? data.Changed(voxels => voxels[5]++) : data)];
        Assert.Contains("other images", Assert.Throws<DataException>(() =>
            TrainingRun.Resume(_stored, Toy.Organs, Stored.Of(_files, others, 2), new Recorder())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_an_earlier_version_goes_on()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler, Steps);
        Train(_memory, settings, Toy.Cases());
        var killer = new Recorder { AtStep = report => KillAt(report.Step == 3) };
        using (TrainingRun run = TrainingRun.Start(_stored, settings, Toy.Organs, Toy.Cases(), killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        // Such a run has the hash of all voxels, in its manifest until there is a checkpoint.
        string manifest = new RunFolder(_stored).Manifest, text = File.ReadAllText(manifest);
        string now = RunManifest.Read(manifest).DataHash, then = DataHash.Of(Toy.Organs, Toy.Cases());
        Assert.NotEqual(now, then);
        File.WriteAllText(manifest, text.Replace(now, then, StringComparison.Ordinal));
        killer = new Recorder { AtStep = report => KillAt(report.Step == 7) };
        using (TrainingRun run = TrainingRun.Resume(_stored, Toy.Organs, InFiles(), killer))
            Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        Assert.Equal(then, Checkpoint.Read(new RunFolder(_stored).Latest).State.DataHash);
        using (TrainingRun run = TrainingRun.Resume(_stored, Toy.Organs, Toy.Cases(), new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(Weights(_memory), Weights(_stored));
        CaseData[] others = [.. Toy.Cases().Select(data => data.Changed(voxels => voxels[5]++))];
        Assert.Throws<DataException>(() => TrainingRun.Resume(_stored, Toy.Organs, others, new Recorder()));
    }

    private CaseData[] InFiles() => Stored.Of(_files, Toy.Cases(), Toy.Organs.Count);

    private static void Train(string folder, RunSettings settings, CaseData[] cases)
    {
        using TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, cases, new Recorder());
        run.Run(TestContext.Current.CancellationToken);
    }

    private void AssertSameRun(bool rounds)
    {
        string[] files = ["checkpoints/final.safetensors", "checkpoints/latest.safetensors", "checkpoints/best.safetensors",
            .. rounds ? ["rounds/t1/pseudo.safetensors", "rounds/t2/pseudo.safetensors", "ledger.jsonl"] : Array.Empty<string>()];
        Assert.All(files, file =>
            Assert.Equal(File.ReadAllBytes(Path.Combine(_memory, file)), File.ReadAllBytes(Path.Combine(_stored, file))));
    }

    private static string Weights(string folder) => Smile.Net.Weights.WeightsHash.OfFile(new RunFolder(folder).Final);

    private static void KillAt(bool here)
    {
        if (here)
            throw new KilledException();
    }

    private sealed class KilledException : Exception;
}
