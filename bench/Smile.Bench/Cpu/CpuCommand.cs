using System.Diagnostics;
using System.Globalization;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Bench.Cpu;

/// <summary><c>cpu</c>: the SIMD backend and libtorch side by side in one process.</summary>
internal static class CpuCommand
{
    /// <summary>
    /// 0; 2 for a bad command line; 5 where libtorch does not load, so that only Smile's side was measured; 6 where <c>--check</c> finds a
    /// bar missed.
    /// </summary>
    public static int Run(string[] args)
    {
        (CpuOptions? options, string error) = CpuOptions.Parse(args);
        if (options is null)
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        if (OperatingSystem.IsLinux() && !Libtorch.Tuned)
            return Libtorch.RunTuned("cpu", args); // glibc reads its settings when a process starts
        CpuReport report = Measure(options);
        IReadOnlyList<Bar> bars = CpuBars.Of(report, options.Parts);
        string text = CpuText.Markdown(report, bars);
        Console.Write(text);
        if (options.Output is not null || options.Whole)
        {
            string folder = options.Output ?? Results.Folder("cpu"), command = string.Join(' ', args.Prepend("cpu"));
            Results.Write(folder, ".json", CpuText.Json(report, bars));
            string page = $"# CPU, side by side with libtorch, commit {report.Circumstances.Commit}\n\n"
                + $"`dotnet run -c Release --project bench/Smile.Bench -- {command}`\n\n{text}";
            Console.WriteLine($"Written to {Results.Write(folder, ".md", page)}");
        }

        if (Libtorch.Unavailable is { } reason)
            Console.Error.WriteLine(reason);
        int missed = bars.Count(bar => !bar.Met);
        if (!options.Check || missed == 0)
            return Libtorch.Unavailable is null ? 0 : 5;
        Console.Error.WriteLine($"{missed} bars are missed:");
        foreach (Bar bar in bars.Where(bar => !bar.Met))
            Console.Error.WriteLine($"  {bar}");
        return 6;
    }

    private static CpuReport Measure(CpuOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        double load = Load();
        PeakRow[] peaks = [.. Measurement.Threads.Select(threads => new PeakRow(threads, MachinePeak.Measure(threads)))];
        var measured = new Measurement(options, Console.Error);
        if (Libtorch.Unavailable is { } reason)
            measured.Notes.Add(reason);
        if (options.Parts.HasFlag(CpuParts.Memory))
            measured.Memory.AddRange(NetworkCase.Steps.Where(n => measured.Wants(n.Name)).Select(MemoryOf));
        if (options.Parts.HasFlag(CpuParts.Conv))
            ConvRows.Add(measured);
        if (options.Parts.HasFlag(CpuParts.Elementwise))
            ElementRows.Add(measured);
        if (options.Parts.HasFlag(CpuParts.Steps))
            StepRows.Add(measured, network => SurvivesChannelsLast(network, measured));
        string smile;
        using (var backend = new SimdBackend())
            smile = backend.Name;
        var circumstances = new Circumstances(Processor(), smile, Libtorch.Description, Results.Commit(), options.Repeats, load, Load(),
            measured.LongestSettling, Stopwatch.GetElapsedTime(start).TotalSeconds);
        return new CpuReport(circumstances, peaks, measured.Rows, measured.Memory, measured.Bits, measured.Losses, measured.Notes);
    }

    private static MemoryRow MemoryOf(NetworkCase network)
    {
        bool torch = Libtorch.Unavailable is null;
        long smile = PeakMemory.Of(Side.Smile, network)
            ?? throw new BackendException($"Smile's step of {network.Name} failed; run `Smile.Bench {PeakMemory.Command} {Side.Smile} "
            + $"'{network.Name}'` to see why.");
        return new MemoryRow(network.Name, smile, torch ? PeakMemory.Of(Side.Nchw, network) : null,
            torch ? PeakMemory.Of(Side.Nhwc, network) : null);
    }

    /// <summary>
    /// A crash of libtorch would end this process: where its step in channels_last did not survive by itself, it is not tried here.
    /// </summary>
    private static bool SurvivesChannelsLast(NetworkCase network, Measurement measured)
    {
        bool survives = measured.Memory.FirstOrDefault(row => row.Name == network.Name) is { } row
            ? row.Nhwc is not null
            : PeakMemory.Of(Side.Nhwc, network) is not null;
        if (!survives)
            measured.Notes.Add($"{network.Name}: libtorch's step in channels_last crashes; NCHW alone counts.");
        return survives;
    }

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Processor() => string.Create(CultureInfo.InvariantCulture,
        $"{Machine.Processor()}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
}
