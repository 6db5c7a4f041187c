using System.Diagnostics;
using System.Globalization;
using Smile.Host.Imaging.Dicom;
using Smile.Net.Data;

namespace Smile.Bench.Dicom;

/// <summary>
/// Times reading an uncompressed CT series, from its folder to HU in memory, beside reading the bytes of the same files into memory
/// and doing nothing with them; both on all cores, in turns, with a warm file cache. The bytes stay in memory, an array a file, as a reader
/// that has yet to look at them would have them; HU are float32 and so twice as many bytes.
/// </summary>
internal static class DicomCommand
{
    private const int Size = CtFile.Size;

    /// <summary>The most that the series may take, in times that the bytes alone take.</summary>
    private const double Bar = 1.3;

    public static int Run(string[] args)
    {
        bool check = args.Contains("--check");
        int slices = Value(args, "--slices", 500), repeats = Value(args, "--repeats", 9);
        using var scratch = new ScratchFolder("smile-bench-dicom-");
        Write(scratch.Path, slices);
        return Measure(scratch.Path, slices, repeats, check);
    }

    private static int Measure(string folder, int slices, int repeats, bool check)
    {
        string[] files = Directory.GetFiles(folder);
        Cost[] bytes = new Cost[repeats], series = new Cost[repeats];
        for (int i = -1; i < repeats; i++) // the first round warms up
        {
            Cost read = Of(() => ReadBytes(files)), volume = Of(() => ReadSeries(folder, slices));
            if (i >= 0)
                (bytes[i], series[i]) = (read, volume);
        }

        double ratio = Median(series, cost => cost.Wall) / Median(bytes, cost => cost.Wall);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {slices} slices of {Size} x {Size}, int16, uncompressed, {new DirectoryInfo(folder).GetFiles().Sum(file => file.Length) >> 20} MiB, {Environment.ProcessorCount} cores, median (least) of {repeats}
                               wall ms           processor ms      page faults
            bytes into memory  {Row(bytes)}
            series into HU     {Row(series)}
            ratio              {ratio,8:F2}          {Median(series, cost => cost.Processor) / Median(bytes, cost => cost.Processor),8:F2}
            """));
        if (!check || ratio <= Bar)
            return 0;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"missed: at most {Bar} is wanted."));
        return 6;
    }

    private static void ReadBytes(string[] files)
    {
        var all = new byte[files.Length][];
        Parallel.For(0, files.Length, i => all[i] = File.ReadAllBytes(files[i]));
        GC.KeepAlive(all);
    }

    private static void ReadSeries(string folder, int slices)
    {
        Volume volume = DicomVolumeReader.CtSeries(folder).ReadVolume();
        // Slice k is k HU throughout.
        if (volume.Geometry.Depth != slices || volume.Slice(slices - 1)[Size / 2] != slices - 1)
            throw new InvalidOperationException("The series was read wrongly.");
    }

    private static void Write(string folder, int slices) => Parallel.For(0, slices, k =>
    {
        var stored = new short[Size * Size];
        Array.Fill(stored, (short)(k + 1024));
        CtFile.Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{k:D4}.dcm")), k + 1,
            new CtPlane([1, 0, 0, 0, 1, 0], 0.7), [0, 0, k], stored);
    });

    private static int Value(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length
            ? int.Parse(args[at + 1], CultureInfo.InvariantCulture)
            : otherwise;

    private static Cost Of(Action read)
    {
        GC.Collect();
        (TimeSpan processor, long faults, long start) = (Environment.CpuUsage.TotalTime, Faults(), Stopwatch.GetTimestamp());
        read();
        return new Cost(Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds,
            Faults() - faults);
    }

    /// <summary>Page faults of this process so far that read no disk (proc(5), minflt); 0 where there is no /proc.</summary>
    private static long Faults() =>
        File.Exists("/proc/self/stat")
            ? long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[7], CultureInfo.InvariantCulture)
            : 0;

    private static string Row(Cost[] costs) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(costs, cost => cost.Wall),8:F1} {$"({costs.Min(cost => cost.Wall):F1})",-8}"
        + $" {Median(costs, cost => cost.Processor),8:F1} {$"({costs.Min(cost => cost.Processor):F1})",-8} "
        + $"{Median(costs, cost => cost.Faults),8:F0}");

    private static double Median(Cost[] costs, Func<Cost, double> of) => costs.Select(of).Order().ElementAt(costs.Length / 2);

    /// <param name="Wall">ms.</param>
    /// <param name="Processor">ms of all threads: on a shared machine the wall clock counts the neighbours' work too.</param>
    /// <param name="Faults">Page faults.</param>
    private readonly record struct Cost(double Wall, double Processor, double Faults);
}
