using System.Diagnostics;
using Smile.Kernels.Memory;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>What a run does not start on, does not write, and does not lose.</summary>
public sealed class TrainingRefusalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_that_is_trained_in_takes_no_second_run()
    {
        string folder = Folder();
        using (TrainingRun run = TrainingRun.Start(folder, Toy.Settings(steps: 2), Toy.Organs, Toy.Cases(), new Silent()))
        {
            var error = Assert.Throws<ConfigException>(() => TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent()));
            Assert.Contains("run.lock", error.Message, StringComparison.Ordinal);
            run.Run(TestContext.Current.CancellationToken);
        }

        using TrainingRun resumed = TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent());
        Assert.Equal(2, resumed.Step);
    }

    [Fact]
    public void A_run_without_a_checkpoint_yet_begins_on_no_other_data()
    {
        string folder = Folder();
        TrainingRun.Start(folder, Toy.Settings(steps: 2), Toy.Organs, Toy.Cases(), new Silent()).Dispose();
        CaseData[] changed = Toy.Cases();
        changed[0] = changed[0].Changed(hu => hu[0]++);
        Assert.Contains("other images",
            Assert.Throws<DataException>(() => TrainingRun.Resume(folder, Toy.Organs, changed, new Silent())).Message,
            StringComparison.Ordinal);
        TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent(), dataFolders: ["/moved"]).Dispose();
        Assert.Equal(["/moved"], new RunFolder(folder).ReadSettings().Data.Folders);
        File.WriteAllText(new RunFolder(folder).Manifest, "{");
        Assert.Contains(new RunFolder(folder).Manifest,
            Assert.Throws<DataException>(() => TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_started_or_resumed_is_refused()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string folder = Folder();
        Assert.Contains("config.json",
            Assert.Throws<ConfigException>(() => TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent())).Message,
            StringComparison.Ordinal);
        Assert.Throws<DataException>(() => TrainingRun.Start(folder, Toy.Settings(), Toy.Organs, [], new Silent()));
        using (TrainingRun run = TrainingRun.Start(folder, Toy.Settings(steps: 2), Toy.Organs, Toy.Cases(), new Silent()))
            run.Run(cancel);
        Assert.Contains("holds a run",
            Assert.Throws<ConfigException>(() => TrainingRun.Start(folder, Toy.Settings(), Toy.Organs, Toy.Cases(), new Silent())).Message,
            StringComparison.Ordinal);

        CaseData[] changed = Toy.Cases();
        changed[0] = changed[0].Changed(hu => hu[0]++);
        Assert.Contains("other images",
            Assert.Throws<DataException>(() => TrainingRun.Resume(folder, Toy.Organs, changed, new Silent())).Message,
            StringComparison.Ordinal);

        string latest = new RunFolder(folder).Latest;
        byte[] whole = File.ReadAllBytes(latest);
        foreach (int length in new[] { 0, 100, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(latest, whole[..length]);
            Assert.Contains(latest,
                Assert.Throws<DataException>(() => TrainingRun.Resume(folder, Toy.Organs, Toy.Cases(), new Silent())).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_that_trained_nothing_does_not_block_the_next_try_and_leaves_nothing_in_it()
    {
        string folder = Folder();
        RunSettings settings = Toy.Settings(steps: 2);
        using (TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(), new Silent()))
            Assert.Throws<OperationCanceledException>(() => run.Run(new CancellationToken(canceled: true)));
        var place = new RunFolder(folder);
        Assert.True(File.Exists(place.Latest)); // of step 0
        Assert.Single(Directory.GetFiles(folder, EventFile.Prefix + "*"));

        var recorder = new Recorder();
        RunSettings other = settings with { Run = settings.Run with { Seed = 7 } };
        using (TrainingRun run = TrainingRun.Start(folder, other, Toy.Organs, Toy.Cases(), recorder))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Contains(recorder.Messages, message => message.Contains("trained nothing", StringComparison.Ordinal));
        Assert.Equal(7, place.ReadSettings().Run.Seed);
        Assert.Single(Directory.GetFiles(folder, EventFile.Prefix + "*")); // of one second they have one name
        string alone = Folder();
        using (TrainingRun run = TrainingRun.Start(alone, other, Toy.Organs, Toy.Cases(), new Silent()))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(new RunFolder(alone).Final), File.ReadAllBytes(place.Final));
        // An update was made: now there is something to lose.
        Assert.Throws<ConfigException>(() => TrainingRun.Start(folder, other, Toy.Organs, Toy.Cases(), new Silent()));
    }

    [Fact]
    public void Curves_that_cannot_be_written_are_told_once_and_end_no_run()
    {
        var told = new List<string>();
        using RunCurves curves = RunCurves.Open(Path.Combine(Folder(), "absent"), 0, Toy.Organs.Names, told.Add);
        for (int step = 1; step < 3; step++)
            curves.Write(new StepReport(step, 2, 0, 0.5, 0.1, new float[2], 0.1));
        curves.Write(new ValidationReport(2, 0, 0.5, [0.5, 0.5], Best: true));
        Assert.Contains("TensorBoard", Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(600, 5, "latest.safetensors")]
    [InlineData(60, 1000, "the logs cannot be written")]
    public void A_disk_that_fills_up_is_named_and_leaves_no_partial_file(int kilobytes, int saveEvery, string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", _folder),
            "a tmpfs cannot be mounted here (needs Linux and root)");
        try
        {
            RunSettings settings = Toy.Settings(steps: 1000);
            settings = settings with { Run = settings.Run with { SaveEvery = saveEvery, ValidateEvery = 0 } };
            using TrainingRun run = TrainingRun.Start(Folder(), settings, Toy.Organs, Toy.Cases(), new Silent());
            var error = Assert.Throws<DataException>(() => run.Run(TestContext.Current.CancellationToken));
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories));
        }
        finally
        {
            Shell("umount", _folder);
        }
    }

    [Fact]
    public void Weights_that_are_not_finite_never_replace_a_checkpoint()
    {
        string folder = Folder();
        RunSettings settings = Toy.Settings(steps: 9);
        settings = settings with { Run = settings.Run with { ValidateEvery = 0, SaveEvery = 4, CheckEvery = 1000 } };
        var recorder = new Recorder();
        using TrainingRun run = TrainingRun.Start(folder, settings, Toy.Organs, Toy.Cases(), recorder);
        var place = new RunFolder(folder);
        byte[] kept = [];
        recorder.AtStep = step =>
        {
            // What an update by a bad gradient leaves, when the next step is a writing of the checkpoint.
            if (step.Step != 8)
                return;
            kept = File.ReadAllBytes(place.Latest);
            Place bias = run.Network.Parameters[^1].Value;
            run.Network.Backend.Write(bias.Part(0, 1), [float.NaN]);
        };
        string message = Assert.Throws<DivergedException>(() => run.Run(TestContext.Current.CancellationToken)).Message;
        Assert.Contains("step 8: its update left weights that are not finite; "
            + $"first bad parameter {run.Network.Parameters[^1].Name}", message, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllBytes(place.Latest));
        Assert.False(File.Exists(place.Final));
    }

    private static bool Shell(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private string Folder() => Path.Combine(_folder, Path.GetRandomFileName());
}
