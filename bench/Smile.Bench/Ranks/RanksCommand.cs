using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Ranks;
using Smile.Net.Ranks.Mpi;
using Smile.Net.Settings;
using Smile.Net.Training;

namespace Smile.Bench.Ranks;

/// <summary>
/// <c>ranks</c>: a training step of ResNet-50 on two ranks of one thread beside one process of two threads, in turns, with the same leaves:
/// the time of a step, and the share of it that is spent exchanging gradients, statistics and losses.
/// </summary>
internal static class RanksCommand
{
    /// <summary>One side, in a process of its own.</summary>
    public const string Side = "ranks-side";

    private const int Turns = 3, WarmUp = 2, Steps = 5;

    /// <summary>0; 1 where a side fails; 2 for a bad command line; 5 where mpirun is not installed; 6 where the weights differ.</summary>
    public static int Run(string[] args)
    {
        if (args is not [])
        {
            Console.Error.WriteLine(BenchHelp.All);
            return 2;
        }

        string self = Environment.ProcessPath!;
        var one = new List<Measured>();
        var two = new List<Measured>();
        for (int turn = 0; turn < Turns; turn++)
        {
            if (Measure(self, [Side, "2"]) is not { } alone
                || Measure("mpirun", ["--allow-run-as-root", "--bind-to", "none", "-n", "2", self, Side, "1"]) is not { } ranks)
                return 5;
            one.Add(alone);
            two.Add(ranks);
        }

        double alone1 = Median(one, each => each.Step), ranks2 = Median(two, each => each.Step);
        double exchange = Median(two, each => each.Exchange);
        FormattableString text = $"""
            ResNet-50, a batch of 4 slices of 128 x 128 in 2 leaves, {Machine.Processor()}, commit {Results.Commit()}, load {Load()}
            one process of two threads   {alone1:F1} ms a step
            two ranks of one thread      {ranks2:F1} ms a step, {ranks2 / alone1:F3} times as long
            of it in the exchange        {exchange:F1} ms, {exchange / ranks2:P1}, waiting for the other rank included
            sent by a rank               {two[0].Bytes / 1e6:F1} MB a step
            """;
        Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        string[] hashes = [.. one.Concat(two).Select(each => each.Hash).Distinct()];
        Console.WriteLine(hashes.Length == 1 ? $"all weights are the same, {hashes[0][..16]}" : "the weights DIFFER");
        return hashes.Length == 1 ? 0 : 6;
    }

    /// <summary>Trains for some steps on so many threads, alone or as one of several ranks; rank 0 prints.</summary>
    public static int RunSide(int threads)
    {
        using var ranks = new TimedRanks(MpiLaunch.Current.Join(default));
        RunSettings settings = SettingsPresets.Of(SettingsPresets.Default);
        settings = settings with
        {
            Data = settings.Data with { Spacing = Spacings.Native },
            Model = settings.Model with { Backbone = "resnet50" },
            Train = settings.Train with { Batch = 4, Leaf = 2 },
            Run = settings.Run with { Device = "cpu", Threads = threads },
        };
        var (image, labels) = PhantomCase.Generate(new PhantomOptions { Width = 128, Height = 128, Depth = 24 }, 0);
        CaseData[] cases = [new("phantom", image, labels.Voxels, annotated: 0b111)];
        int own = settings.Train.Batch / ranks.Size;
        var sampler = new SliceSampler(
            cases, PhantomCase.Organs.Count, settings.ForSampler() with { FirstFilled = own * ranks.Rank, Filled = own }, new Rng(1));
        using var learner = new Learner(settings, PhantomCase.Organs.Count, sampler, settings.OpenBackend(), ranks);
        learner.Network.Initialise(new Rng(1));
        learner.Reset();
        var steps = new double[Steps];
        var exchanges = new double[Steps];
        long bytes = 0;
        for (int step = 0; step < WarmUp + Steps; step++)
        {
            ranks.Barrier();
            (long start, TimeSpan exchanged, long sent) = (Stopwatch.GetTimestamp(), ranks.Spent, ranks.Sent);
            learner.Step(step);
            learner.Network.Backend.Finish();
            if (step < WarmUp)
                continue;
            steps[step - WarmUp] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            exchanges[step - WarmUp] = (ranks.Spent - exchanged).TotalMilliseconds;
            bytes = ranks.Sent - sent;
        }

        if (ranks.Rank == 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{nameof(Measured)} {steps.Order().ElementAt(Steps / 2)} "
                + $"{exchanges.Order().ElementAt(Steps / 2)} {bytes} {Net.Weights.WeightsHash.Of(learner.Network)}"));
        return 0;
    }

    /// <summary>What a side printed; null where its program is not there.</summary>
    private static Measured? Measure(string program, string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception)
        {
            Console.Error.WriteLine($"{program} is not installed (apt-get install openmpi-bin).");
            return null;
        }

        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string[] words = output.Split('\n').Select(line => line[Math.Max(0, line.IndexOf(nameof(Measured), StringComparison.Ordinal))..])
            .FirstOrDefault(line => line.StartsWith(nameof(Measured), StringComparison.Ordinal))?.Trim().Split(' ')
            ?? throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        return new Measured(double.Parse(words[1], CultureInfo.InvariantCulture), double.Parse(words[2], CultureInfo.InvariantCulture),
            long.Parse(words[3], CultureInfo.InvariantCulture), words[4]);
    }

    private static double Median(List<Measured> all, Func<Measured, double> number) => all.Select(number).Order().ElementAt(all.Count / 2);

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private sealed record Measured(double Step, double Exchange, long Bytes, string Hash);

    /// <summary>Ranks that say how long they exchange.</summary>
    private sealed class TimedRanks(ICommunicator ranks) : ICommunicator
    {
        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public TimeSpan Spent { get; private set; }

        public long Sent { get; private set; }

        public void Exchange(int peer, ReadOnlySpan<byte> send, Span<byte> receive)
        {
            long start = Stopwatch.GetTimestamp();
            ranks.Exchange(peer, send, receive);
            Spent += Stopwatch.GetElapsedTime(start);
            Sent += send.Length;
        }

        public void Broadcast(int root, Span<byte> bytes) => ranks.Broadcast(root, bytes);

        public void Barrier() => ranks.Barrier();

        public void Await(Func<bool> isDone) => ranks.Await(isDone);

        public void Abort(int exitCode) => ranks.Abort(exitCode);

        public void Dispose() => ranks.Dispose();
    }
}
