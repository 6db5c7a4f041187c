using Smile.Net.Data;
using Smile.Net.Ranks;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Ranks;

namespace Smile.Net.Tests.Runs;

/// <summary>A run on several ranks leaves the files of a run in one process.</summary>
public sealed class RankedRunTests(RankedRunTests.WholeRun whole) : IClassFixture<RankedRunTests.WholeRun>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-ranks-").FullName;

    /// <summary>SMILEr with all that passes between ranks: validations, rounds with negatives, an audit; four leaves.</summary>
    public sealed class WholeRun : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("smile-whole-").FullName;

        public WholeRun() => Train(NoRanks.Instance, Folder, resume: false);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Files_are_those_of_one_process(int size)
    {
        Recorder[] recorders = ThreadRanks.Run(size, ranks => Train(ranks, _folder, resume: false));
        AssertSameFiles(whole.Folder);
        // All ranks know the same, whoever writes it.
        Assert.All(recorders, recorder => Assert.Equal(recorders[0].Losses, recorder.Losses));
        Assert.All(recorders, recorder => Assert.Equal(3, recorder.Validations.Count));
        Assert.Equal(2, recorders[^1].Rounds.Count);
    }

    [Fact]
    public void Cases_ranked_together_are_relabelled_by_each_rank()
    {
        string one = Path.Combine(_folder, "one"), two = Path.Combine(_folder, "two");
        RunSettings settings = Settings();
        settings = settings with { Relabel = settings.Relabel with { Pooled = true } };
        Train(NoRanks.Instance, one, resume: false, settings: settings);
        ThreadRanks.Run(2, ranks => Train(ranks, two, resume: false, settings: settings));
        Assert.Equal(File.ReadAllBytes(Path.Combine(one, "rounds/t2/pseudo.safetensors")),
            File.ReadAllBytes(Path.Combine(two, "rounds/t2/pseudo.safetensors")));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(8, 1)]
    [InlineData(11, 2)]
    public void A_rank_that_dies_ends_all_and_the_run_goes_on_with_another_number_of_them(int step, int resumed)
    {
        Assert.Throws<KilledException>(() => ThreadRanks.Run(2, ranks => Train(ranks, _folder, resume: false, atStep:
            report => _ = ranks.Rank == 1 && report.Step == step ? throw new KilledException() : 0)));
        Resume(resumed);
        AssertSameFiles(whole.Folder);
    }

    [Fact]
    public void All_stop_after_the_step_in_which_one_was_asked_to()
    {
        using var stop = new CancellationTokenSource();
        int[] stoppedAt = ThreadRanks.Run(2, ranks =>
        {
            int last = 0;
            Assert.Throws<OperationCanceledException>(() => Train(ranks, _folder, resume: false, ranks.Rank == 1 ? stop : null,
                report =>
                {
                    last = report.Step;
                    if (ranks.Rank == 1 && report.Step == 6)
                        stop.Cancel();
                }));
            return last;
        });
        Assert.Equal([7, 7], stoppedAt);
        using (TrainingRun run = TrainingRun.Resume(_folder, Toy.Organs, Toy.Cases(6), new Silent()))
            Assert.Equal(7, run.Step);
        Resume(1);
        AssertSameFiles(whole.Folder);
    }

    [Fact]
    public void Ranks_that_differ_are_refused_by_rank_and_field()
    {
        RunSettings settings = Settings();
        CaseData[] cases = Toy.Cases(6), others = [.. cases.Select((data, i) => i == 2 ? data.Changed(hu => hu[0]++) : data)];
        Refused(settings with { Train = settings.Train with { LearningRate = 0.5 } }, cases, "rank 1: train.lr is 0.5; on rank 0 train.lr");
        Refused(settings with { Train = settings.Train with { Leaf = 2 } }, cases, "rank 1: train.leaf is 2; on rank 0 train.leaf is 1");
        Refused(settings, others, "rank 1: the hash of the data");
        Refused(settings with { Run = settings.Run with { Device = "cpu" } }, cases, "rank 1: the kind of device is simd");

        void Refused(RunSettings second, CaseData[] theirs, string message)
        {
            string folder = Directory.CreateTempSubdirectory("smile-refused-").FullName;
            Assert.Contains(message, Assert.Throws<ConfigException>(() => ThreadRanks.Run(2, ranks => ranks.Rank == 0
                ? Train(ranks, folder, resume: false)
                : Train(ranks, folder, resume: false, settings: second, cases: theirs))).Message, StringComparison.Ordinal);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Threads_and_memory_may_differ()
    {
        ThreadRanks.Run(2, ranks =>
        {
            RunSettings settings = Settings();
            settings = settings with
            {
                Data = settings.Data with { Memory = ranks.Rank == 0 ? "auto" : "1GiB" },
                Run = settings.Run with { Device = "cpu", Threads = 1 + ranks.Rank },
            };
            return Train(ranks, _folder, resume: false, settings: settings);
        });
        Assert.True(File.Exists(Path.Combine(_folder, "checkpoints/final.safetensors")));
    }

    private static RunSettings Settings()
    {
        RunSettings settings = Toy.Settings(Methods.Smiler).Modern();
        return settings with
        {
            Data = settings.Data with { Validation = 0.5 },
            Train = settings.Train with { Batch = 4, Leaf = 1 },
            Relabel = settings.Relabel with { Negatives = 0.2, Audit = 0.3, AuditTolerance = 1, AuditFloor = 0, VolumeBound = 0 },
        };
    }

    private void Resume(int size)
    {
        if (size == 1)
            Train(NoRanks.Instance, _folder, resume: true);
        else
            ThreadRanks.Run(size, ranks => Train(ranks, _folder, resume: true));
    }

    private static Recorder Train(ICommunicator ranks, string folder, bool resume, CancellationTokenSource? stop = null,
        Action<StepReport>? atStep = null, RunSettings? settings = null, CaseData[]? cases = null)
    {
        var recorder = new Recorder { AtStep = atStep };
        cases ??= Toy.Cases(6);
        using TrainingRun run = resume
            ? TrainingRun.Resume(folder, Toy.Organs, cases, recorder, ranks: ranks)
            : TrainingRun.Start(folder, settings ?? Settings(), Toy.Organs, cases, recorder, ranks: ranks);
        run.Run(stop?.Token ?? TestContext.Current.CancellationToken);
        return recorder;
    }

    private void AssertSameFiles(string expected) => Assert.All(
        (string[])["checkpoints/final.safetensors", "checkpoints/latest.safetensors", "checkpoints/best.safetensors",
            "rounds/t1/pseudo.safetensors", "rounds/t2/pseudo.safetensors", "rounds/t2/before.safetensors", "ledger.jsonl"],
        file => Assert.Equal(File.ReadAllBytes(Path.Combine(expected, file)), File.ReadAllBytes(Path.Combine(_folder, file))));

    private sealed class KilledException : Exception;
}
