using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Smile.Host.Phantom;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Store;

namespace Smile.Bench.Data;

/// <summary>
/// A store of the paper's size: 1,000 cases of 512 x 512 x 100. The slices of a case are one frame, to which its index points a hundred
/// times, so that the store is small; its labels are those of a phantom.
/// </summary>
internal static class ThousandRows
{
    /// <summary>The child's word on the command line.</summary>
    public const string Child = "data-thousand";

    private const int Cases = 1000, Depth = 100, Size = 512;
    private const double MostSeconds = 10, MostMiB = 1024;

    public static IEnumerable<DataRow> Measure()
    {
        using var scratch = new ScratchFolder("smile-bench-thousand-");
        string store = scratch.Folder("store");
        Write(store);
        double bytes = Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        yield return new DataRow("1,000 cases of 512 x 512 x 100, slices by reference: the store", bytes / (1 << 20), "MiB");
        var start = new ProcessStartInfo("dotnet", [typeof(ThousandRows).Assembly.Location, Child, store, scratch.Folder("run")])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        scratch.Own(process);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The run of a thousand cases failed with exit code {process.ExitCode}: {output}");
        double[] numbers = [.. output.Trim().Split(' ').Select(each => double.Parse(each, CultureInfo.InvariantCulture))];
        yield return new DataRow("opened, all labels in memory", numbers[0], "s", MostSeconds);
        yield return new DataRow("ready for the first step", numbers[1], "s", MostSeconds);
        yield return new DataRow("the largest resident set until then", numbers[2], "MiB", MostMiB);
        yield return new DataRow("labels", numbers[3], "MiB");
    }

    /// <summary>Opens the store and begins a run on it; writes seconds, seconds, MiB, MiB.</summary>
    public static int Run(string store, string folder)
    {
        long start = Stopwatch.GetTimestamp();
        Dataset dataset = PackedStore.Open(store);
        CaseData[] cases = [.. dataset.Training.Select(dataset.Load)];
        double opened = Stopwatch.GetElapsedTime(start).TotalSeconds;
        RunSettings settings = SettingsPresets.Of(SettingsPresets.Default);
        settings = settings with { Run = settings.Run with { Device = "cpu" } };
        using TrainingRun run = TrainingRun.Start(folder, settings, dataset.Organs, cases, new Nobody());
        double ready = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{opened} {ready} {self.PeakWorkingSet64 / (double)(1 << 20)} {cases.Sum(data => data.Labels.Bytes) / (double)(1 << 20)}"));
        return 0;
    }

    private static void Write(string store)
    {
        Directory.CreateDirectory(Path.Combine(store, "cases"));
        var organs = new OrganSet(PhantomCase.Organs);
        string template = Path.Combine(store, "template");
        PackedCaseWriter.Write(template, Template(), organs, organs.All, "generated", [], []);
        byte[] bytes = File.ReadAllBytes(template);
        File.Delete(template);
        int at = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(bytes.Length - PackedFormat.FooterBytes));
        int id = at + bytes.AsSpan(at).IndexOf("case_0000"u8);
        Geometry grid = Grid();
        var cases = new List<StoredCase>();
        for (int i = 0; i < Cases; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"case_{i:D4}");
            Encoding.ASCII.GetBytes(name).CopyTo(bytes, id);
            uint index = Crc32C.Of(bytes.AsSpan(at..^PackedFormat.FooterBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - PackedFormat.FooterBytes + 16), index);
            string file = $"cases/{name}{CasePacker.Ending}";
            File.WriteAllBytes(Path.Combine(store, file), bytes);
            cases.Add(new StoredCase
            {
                Id = name,
                Training = true,
                Annotated = [PhantomCase.Organs[i % 3]],
                Size = [grid.Depth, grid.Height, grid.Width],
                Affine = grid.Affine,
                Spacing = [grid.Spacing.Z, grid.Spacing.Y, grid.Spacing.X],
                ContentHash = "",
                Doubts = [],
                File = new StoredFile(file, bytes.Length, index),
            });
        }

        new StoreManifest
        {
            SmileStore = PackedFormat.Version,
            Smile = SmileVersion.Text,
            Organs = organs.Names,
            Folders = [],
            Sources = [],
            Cases = cases,
        }.Write(store);
    }

    /// <summary>A slice a hundred times, with the labels of a whole phantom.</summary>
    private static CaseData Template()
    {
        (Volume image, LabelMap labels) = PhantomCase.Generate(new PhantomOptions { Width = Size, Height = Size, Depth = Depth }, 0);
        var repeated = new Volume(Grid(), new float[image.Voxels.Length]);
        for (int z = 0; z < Depth; z++)
            image.Slice(Depth / 2).CopyTo(repeated.Slice(z));
        return new CaseData("case_0000", repeated, labels.Voxels, annotated: 0);
    }

    private static Geometry Grid() => Geometry.Regular(Depth, Size, Size, 2.5, 0.75, 0.75);

    private sealed class Nobody : IRunListener
    {
        public void OnStep(in StepReport report)
        {
        }

        public void OnRound(Smile.Net.Relabel.RoundReport report)
        {
        }

        public void OnValidation(ValidationReport report)
        {
        }

        public void OnMessage(string message)
        {
        }
    }
}
