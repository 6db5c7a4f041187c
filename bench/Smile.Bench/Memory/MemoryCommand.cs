using System.Globalization;
using System.Text.RegularExpressions;
using Smile.Bench.Dicom;

namespace Smile.Bench.Memory;

/// <summary>
/// <c>memory</c>: the largest resident set of <c>smile predict</c> for a volume of 512 x 512 x 1000, whatever form it comes in and leaves
/// in. The volume is a phantom, repeated until it fills it, and the model is the one shipped.
/// </summary>
internal static partial class MemoryCommand
{
    private const int Slices = 1000;

    /// <summary>The most that one prediction may take: 3 GiB.</summary>
    private const long Bar = 3L << 30;

    private static readonly (string Name, bool NeedsSeries, string Output, string[] Arguments)[] _formats =
    [
        ("nifti", false, "labels.nii.gz", []),
        ("nifti, probabilities", false, "labels.nii.gz", ["--probabilities"]),
        ("masks", false, "masks", ["--format", "masks"]),
        ("seg", true, "seg.dcm", ["--format", "seg"]),
        ("rtstruct", true, "rtstruct.dcm", ["--format", "rtstruct"]),
    ];

    /// <summary>
    /// 0; 1 where a prediction fails or finds nothing; 2 for a bad command line; 6 where <c>--check</c> finds the bar missed.
    /// </summary>
    public static int Run(string[] args)
    {
        bool check = args.Contains("--check");
        string only = Value(args, "--only") ?? "", model = Value(args, "--model") ?? "";
        string? output = Value(args, "--output");
        int slices = int.Parse(Value(args, "--slices") ?? $"{Slices}", CultureInfo.InvariantCulture);
        var rows = new List<Row>();
        double load = Load();
        foreach (MemoryInput input in MemoryInput.All)
        {
            string[] formats = [.. _formats.Where(format => input.IsSeries || !format.NeedsSeries).Select(format => format.Name)];
            if (!formats.Any(format => IsWanted(input, format, only)))
                continue;
            try
            {
                rows.AddRange(Measure(input, slices, only, model));
            }
            catch (InvalidOperationException e)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        }

        if (rows.Count == 0)
        {
            Console.Error.WriteLine($"--only {only}: no row has that in its name. Rows are named as in '{MemoryInput.All[0].Name} > "
                + $"{_formats[0].Name}'.");
            return 2;
        }

        string text = Text(rows, slices, model, load);
        Console.Write(text);
        if (output is not null || (only == "" && model == "" && slices == Slices))
        {
            string command = string.Join(' ', args.Prepend("memory"));
            string report = $"# Peak memory of smile predict, commit {Results.Commit()}\n\n"
                + $"`dotnet run -c Release --project bench/Smile.Bench -- {command}`\n\n{text}";
            Console.WriteLine($"Written to {Results.Write(output ?? Results.Folder("memory"), ".md", report)}");
        }

        Row[] missed = [.. rows.Where(row => row.Process.PeakBytes > Bar)];
        if (!check || missed.Length == 0)
            return 0;
        Console.Error.WriteLine($"missed by {string.Join(", ", missed.Select(row => row.Name))}: at most {Bar >> 20} MiB are wanted.");
        return 6;
    }

    private static IEnumerable<Row> Measure(MemoryInput input, int slices, string only, string model)
    {
        using var scratch = new ScratchFolder("smile-bench-memory-");
        string ct = input.Write(new TiledPhantom(), scratch.Folder("in"), slices);
        foreach ((string name, bool needsSeries, string file, string[] arguments) in _formats)
        {
            if ((needsSeries && !input.IsSeries) || !IsWanted(input, name, only))
                continue;
            string output = scratch.Folder("out");
            string[] more = model == "" ? [] : ["--model", model];
            HostProcess process = HostProcess.Run(scratch.Own,
                ["predict", "--input", ct, "--output", Path.Combine(output, file), "--device", "cpu", .. arguments, .. input.Arguments,
                    .. more]);
            // The last line holds each organ's volume: of an empty label map there is nothing to write.
            if (model == "" && Volumes().Matches(process.Output.TrimEnd().Split('\n')[^1]) is var volumes
                && (volumes.Count == 0 || volumes.Any(volume => volume.Value.Trim() == "0.0")))
                throw new InvalidOperationException($"{input.Name}: not every organ was found, so the row shows "
                    + $"nothing:\n{process.Output}");
            long written = new DirectoryInfo(output).EnumerateFiles("*", SearchOption.AllDirectories).Sum(one => one.Length);
            Directory.Delete(output, recursive: true);
            var row = new Row(RowName(input, name), process, written);
            Console.Error.WriteLine(Line(row));
            yield return row;
        }
    }

    private static bool IsWanted(MemoryInput input, string format, string only) =>
        RowName(input, format).Contains(only, StringComparison.Ordinal);

    private static string RowName(MemoryInput input, string format) => $"{input.Name} > {format}";

    private static string Text(List<Row> rows, int slices, string model, double load) => string.Create(CultureInfo.InvariantCulture, $"""
        `smile predict --device cpu` of {CtFile.Size} x {CtFile.Size} x {slices} voxels, {(model == "" ? "the shipped model" : model)}, {Environment.ProcessorCount} cores, .NET {Environment.Version}; a process each, its largest resident set (VmHWM). At most {Bar >> 20} MiB are wanted.
        Load average {load:F1} before, {Load():F1} at the end: other work makes seconds by the clock longer, the processor's less so, the peak not.

        | input > format | peak, MiB | of the bar | s | processor s | written, MiB |
        |---|---:|---:|---:|---:|---:|

        """) + string.Concat(rows.Select(row => Line(row) + "\n"));

    private static string Line(Row row) => string.Create(CultureInfo.InvariantCulture,
        $"| {row.Name} | {row.Process.PeakBytes / 1048576.0:F0} | {(double)row.Process.PeakBytes / Bar:P0} | {row.Process.Seconds:F0} | "
            + $"{row.Process.ProcessorSeconds:F0} | {row.Written / 1048576.0:F1} |");

    private static string? Value(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

    private static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<=\s)\d+\.\d(?=\s|$)")]
    private static partial Regex Volumes();

    /// <param name="Name">Input and format.</param>
    /// <param name="Process">What it took.</param>
    /// <param name="Written">Bytes of the files written.</param>
    private sealed record Row(string Name, HostProcess Process, long Written);
}
