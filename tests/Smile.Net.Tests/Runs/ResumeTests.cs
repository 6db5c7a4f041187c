using System.Text.Json;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Runs;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Runs;

/// <summary>A run that stops anywhere and goes on ends with the very files of a run that did not stop.</summary>
public sealed class ResumeTests(ResumeTests.WholeRun whole) : IClassFixture<ResumeTests.WholeRun>, IDisposable
{
    private const int Steps = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-resume-").FullName;

    /// <summary>SMILEr: stage 0 to step 6, round 1 to step 9, round 2 to step 12; saved each 5 steps and validated each 4.</summary>
    public sealed class WholeRun : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("smile-whole-").FullName;

        public WholeRun()
        {
            using TrainingRun run = Start(Folder, new Recorder());
            run.Run();
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<int> EveryStep => [.. Enumerable.Range(1, Steps)];

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void Stopped_after_a_step(int step)
    {
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder { AtStep = report => StopAt(report.Step == step, stop) };
        using (TrainingRun run = Start(_folder, recorder))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        Finish(expectedStep: step);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void Killed_after_a_step(int step)
    {
        var recorder = new Recorder { AtStep = report => KillAt(report.Step == step) };
        Kill(recorder);
        Finish(expectedStep: null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Killed_and_stopped_at_a_rounds_border(int round)
    {
        // The listener hears of the round before the checkpoint that has it is written.
        Kill(new Recorder { AtRound = report => KillAt(report.Round == round) });
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder { AtRound = report => StopAt(report.Round == round, stop) };
        using (TrainingRun run = TrainingRun.Resume(_folder, Toy.Organs, Toy.Cases(), recorder))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        Finish(expectedStep: round == 1 ? 6 : 9);
    }

    [Fact]
    public void Stopped_within_a_relabelling()
    {
        using var stop = new CancellationTokenSource();
        var writer = new CancelledWriter(stop);
        using (TrainingRun run = Start(_folder, new Recorder(), writer))
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        Finish(expectedStep: 6);
    }

    [Fact]
    public void Killed_within_a_validation()
    {
        Kill(new Recorder { AtValidation = report => KillAt(report.Step == 8) });
        Finish(expectedStep: null);
    }

    [Fact]
    public void Killed_again_and_again()
    {
        int killAt = 1;
        Kill(new Recorder { AtStep = report => KillAt(report.Step == killAt) });
        for (killAt = 6; killAt < Steps; killAt += 5)
            using (TrainingRun run = TrainingRun.Resume(_folder, Toy.Organs, Toy.Cases(),
                new Recorder { AtStep = report => KillAt(report.Step == killAt) }))
                Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
        Finish(expectedStep: null);
    }

    [Fact]
    public void A_finished_run_makes_no_further_step()
    {
        using (TrainingRun run = Start(_folder, new Recorder()))
            run.Run(TestContext.Current.CancellationToken);
        Finish(expectedStep: Steps);
    }

    private static TrainingRun Start(string folder, Recorder recorder, IRoundWriter? writer = null) =>
        TrainingRun.Start(folder, Toy.Settings(Methods.Smiler, Steps), Toy.Organs, Toy.Cases(), recorder, writer);

    private void Kill(Recorder recorder)
    {
        using TrainingRun run = Start(_folder, recorder);
        Assert.Throws<KilledException>(() => run.Run(TestContext.Current.CancellationToken));
    }

    private void Finish(int? expectedStep)
    {
        using (TrainingRun run = TrainingRun.Resume(_folder, Toy.Organs, Toy.Cases(), new Recorder()))
        {
            if (expectedStep is { } step)
                Assert.Equal(step, run.Step);
            run.Run(TestContext.Current.CancellationToken);
        }

        string[] files = ["checkpoints/final.safetensors", "checkpoints/latest.safetensors", "checkpoints/best.safetensors",
            "rounds/t1/pseudo.safetensors",
            "rounds/t2/pseudo.safetensors", "rounds/t1/before.safetensors", "rounds/t2/before.safetensors", "ledger.jsonl"];
        Assert.All(files,
            file => Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder, file)), File.ReadAllBytes(Path.Combine(_folder, file))));
        Assert.Equal(Events(whole.Folder), Events(_folder));
    }

    /// <summary>The log without the times: each event once and in order.</summary>
    private static IEnumerable<string> Events(string folder) => File.ReadAllLines(Path.Combine(folder, "log.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Select(line => string.Join(", ", line.EnumerateObject().Where(p => p.Name != "seconds").Select(p => p.ToString())));

    private static void StopAt(bool here, CancellationTokenSource stop)
    {
        if (here)
            stop.Cancel();
    }

    private static void KillAt(bool here)
    {
        if (here)
            throw new KilledException();
    }

    /// <summary>Leaves the run as a kill would: nothing of the state is saved on the way out.</summary>
    private sealed class KilledException : Exception;

    private sealed class CancelledWriter(CancellationTokenSource stop) : IRoundWriter
    {
        public void Write(string folder, CaseData data, byte[] labels) => stop.Cancel();
    }
}
