using System.Diagnostics;
using System.Globalization;
using Smile.Bench.Memory;
using Smile.Host.Imaging.Nifti;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Store;
using Smile.Net.Training;
using Smile.Net.Weights;

namespace Smile.Bench.Data;

/// <summary>A data set ten times as large as the heap may be: packed, read, and trained on within it.</summary>
internal static class StoreRows
{
    // Images are ten times as much.
    private const long HeapLimit = 200L << 20;
    private const int Cases = 160;

    // 280 slices a second is what an H200 would ask for.
    private const double Rate = 280, MostWaited = 3, BeyondLimit = 512;

    private const int Steps = 60, KillAt = 27;

    public static IEnumerable<DataRow> Measure()
    {
        using var scratch = new ScratchFolder("smile-bench-data-");
        string folder = scratch.Folder("set"), store = Path.Combine(scratch.Folder("packed"), "store"), runs = scratch.Folder("runs");
        LargeSet.Write(folder, Cases);
        const int slices = Cases * LargeSet.Depth;
        yield return new DataRow("images of the set over the heap limit", slices * (double)LargeSet.Size * LargeSet.Size * 2 / HeapLimit,
            "times", 10, Least: true);

        yield return new DataRow("its images and labels loaded, not packed (NIfTI, uncompressed)", Loading(folder), "ms a slice");
        HostProcess packed = HostProcess.Run(scratch.Own, "dataset", "pack", folder, "--output", store);
        yield return new DataRow("smile dataset pack", 1e3 * packed.Seconds / slices, "ms a slice");
        double bytes = Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        yield return new DataRow("the store over the images", bytes / (2.0 * slices * LargeSet.Size * LargeSet.Size), "times");

        Dataset dataset = PackedStore.Open(store);
        CaseData[] cases = [.. dataset.Training.Select(dataset.Load)];
        yield return new DataRow("a slice read and unpacked, one thread", Reading(cases), "ms");
        yield return new DataRow("slices of 512 x 512 read ahead and filled", Filling(cases), "a second", Rate, Least: true);
        PageCache.Drop(store);
        yield return new DataRow("the same, cold", Filling(cases), "a second", Rate, Least: true);

        CaseData[] few =
            [.. cases.Take(16).Select(data => new CaseData(data.Id, data.Image.ToVolume(), data.Labels.ToArray(), data.Annotated))];
        (double memory, double waitedMemory) = Training(few, dataset.Organs);
        (double ahead, double waited) = Training(cases, dataset.Organs);
        PageCache.Drop(store);
        (double cold, double waitedCold) = Training(cases, dataset.Organs);
        yield return new DataRow("a step of the default, 8 x 128 x 128, from memory", memory, "ms");
        yield return new DataRow("of it waited for a batch", 100 * waitedMemory / memory, "%");
        yield return new DataRow("a step from the store", ahead, "ms");
        yield return new DataRow("of it waited for a batch", 100 * waited / ahead, "%", MostWaited);
        yield return new DataRow("a step from the store, cold", cold, "ms");
        yield return new DataRow("of it waited for a batch, cold", 100 * waitedCold / cold, "%", MostWaited);

        foreach (DataRow row in Limited(scratch, folder, store, runs))
            yield return row;
    }

    /// <summary>Trainings by the program: from memory; from the store within the limit; that, killed and resumed.</summary>
    private static IEnumerable<DataRow> Limited(ScratchFolder scratch, string folder, string store, string runs)
    {
        string whole = Path.Combine(runs, "memory"), within = Path.Combine(runs, "store"), killed = Path.Combine(runs, "killed");
        HostProcess memory = HostProcess.Run(scratch.Own, Train(folder, whole));
        HostProcess limited = HostProcess.Run(scratch.Own, HeapLimit, Train(store, within));
        try
        {
            HostProcess.Run(process =>
            {
                scratch.Own(process);
                Kill(process, new RunFolder(killed).Log);
            }, HeapLimit, Train(store, killed));
            throw new InvalidOperationException("The training came to its end before it was killed.");
        }
        catch (InvalidOperationException) when (File.Exists(new RunFolder(killed).Config) && !File.Exists(new RunFolder(killed).Final))
        {
            // As it was meant.
        }

        HostProcess resumed = HostProcess.Run(scratch.Own, HeapLimit, ["train", "--resume", "--output", killed]);
        string hash = WeightsHash.OfFile(new RunFolder(whole).Final);
        bool Same(string run) => WeightsHash.OfFile(new RunFolder(run).Final) == hash;
        yield return new DataRow("trained from memory: peak", memory.PeakBytes / (double)(1 << 20), "MiB");
        yield return new DataRow("trained from the store within the limit: peak", limited.PeakBytes / (double)(1 << 20), "MiB",
            (HeapLimit >> 20) + BeyondLimit);
        yield return new DataRow("the same weights", Same(within) ? 1 : 0, "", 1, Least: true);
        yield return new DataRow("killed and resumed within the limit: peak", resumed.PeakBytes / (double)(1 << 20), "MiB",
            (HeapLimit >> 20) + BeyondLimit);
        yield return new DataRow("the same weights", Same(killed) ? 1 : 0, "", 1, Least: true);
    }

    private static string[] Train(string data, string run) =>
    [
        "train", "--data", data, "--output", run, "--device", "cpu", "--fold", "0", "--steps", Text(Steps),
        "--set", "data.spacing=native", "--set", "run.save_every=10", "--set", "run.validate_every=0",
    ];

    /// <summary>Kills the process when its log has so many steps.</summary>
    private static void Kill(Process process, string log) => _ = Task.Run(async () =>
    {
        while (!process.HasExited)
        {
            if (File.Exists(log) && LinesOf(log) >= KillAt)
                process.Kill();
            await Task.Delay(5);
        }
    });

    private static int LinesOf(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        int lines = 0;
        while (reader.ReadLine() is not null)
            lines++;
        return lines;
    }

    private static double Loading(string folder)
    {
        Dataset dataset = Dataset.Open([folder], new NiftiVolumeReader());
        Case[] some = [.. dataset.Training.Take(20)];
        long start = Stopwatch.GetTimestamp();
        foreach (Case each in some)
            dataset.Load(each);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / some.Length / LargeSet.Depth;
    }

    private static double Reading(CaseData[] cases)
    {
        var numbers = new byte[cases[0].Image.SliceBytes];
        long start = 0;
        for (int i = -1; i < 20; i++) // the first warms up
        {
            if (i == 0)
                start = Stopwatch.GetTimestamp();
            for (int z = 0; z < LargeSet.Depth; z++)
                cases[i + 1].Image.ReadNumbers(z, numbers);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / 20 / LargeSet.Depth;
    }

    /// <summary>Slices a second, where nothing is done with them.</summary>
    private static double Filling(CaseData[] cases)
    {
        const int batch = 8, batches = 100, pixels = batch * LargeSet.Size * LargeSet.Size;
        var settings = new SamplerSettings { Batch = batch, Height = LargeSet.Size, Width = LargeSet.Size };
        using var queue = new BatchQueue(new SliceSampler(cases, 3, settings, new Rng(1)),
            () => new Batch(new float[pixels], new uint[pixels], new uint[pixels], [], []));
        for (int i = 0; i < 5; i++)
            queue.Next();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < batches; i++)
            queue.Next();
        return batch * batches / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Time of a step and what of it is waiting, ms: medians of parts of the steps.</summary>
    private static (double Step, double Waited) Training(CaseData[] cases, OrganSet organs)
    {
        const int parts = 7, steps = 20;
        RunSettings settings = SettingsPresets.Of(SettingsPresets.Default);
        settings = settings with
        {
            Data = settings.Data with { Spacing = Spacings.Native },
            Run = settings.Run with { Device = "cpu" },
        };
        var sampler = new SliceSampler(cases, organs.Count, settings.ForSampler(), new Rng(1));
        using var learner = new Learner(settings, organs.Count, sampler, settings.OpenBackend());
        learner.Network.Initialise(new Rng(1));
        learner.Reset();
        for (int step = 0; step < 5; step++)
            learner.Step(step);
        var (times, waits) = (new double[parts], new double[parts]);
        for (int part = 0; part < parts; part++)
        {
            (TimeSpan waited, long start) = (learner.Batches.Waited, Stopwatch.GetTimestamp());
            for (int step = 0; step < steps; step++)
                learner.Step(5 + part * steps + step);
            times[part] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
            waits[part] = (learner.Batches.Waited - waited).TotalMilliseconds / steps;
        }

        return (times.Order().ElementAt(parts / 2), waits.Order().ElementAt(parts / 2));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
