using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Smile.Bench.Gpu;
using Smile.Bench.Ptx;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Ladder;

/// <summary>
/// Every rung at one shape, on the emulator with its counters or on a GPU with its time, its result against the scalar reference.
/// </summary>
internal static class LadderCommand
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>One image of the convolution that docs/roofline.md sets bars for.</summary>
    public static ConvShape Barred { get; } = new(1, 32, 32, 256, 256, 3, Dilation: 2, Pad: 2);

    private static readonly string _options = $"""
          --batch N      images ({Barred.Batch})
          --json FILE    writes the counters there too
          --device cuda  checks and times every rung on an NVIDIA GPU; without it, every rung is counted on the emulator
        """;

    /// <summary>0; 2 for a bad command line, 4 where there is no GPU and one was asked for, 6 where a result is wrong.</summary>
    public static int Run(string[] args, ConvShape shape, TextWriter output, TextWriter errors)
    {
        if (args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            output.WriteLine($"Smile.Ladder: every rung of the GPU convolution, counted and checked\n{_options}");
            return 0;
        }

        string? json = null;
        bool measure = false;
        for (int i = 0; i < args.Length; i += 2)
            switch (args[i], args.ElementAtOrDefault(i + 1))
            {
                case ("--json", { } file):
                    json = file;
                    break;
                case ("--device", "cuda"):
                    measure = true;
                    break;
                case ("--batch", { } text) when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int batch)
                    && batch > 0:
                    shape = shape with { Batch = batch };
                    break;
                default:
                    errors.WriteLine($"'{string.Join(' ', args.Skip(i).Take(2))}' is none of\n{_options}");
                    return 2;
            }

        return measure ? Measure(shape, output, errors) : Count(shape, json, output);
    }

    private static int Count(ConvShape shape, string? json, TextWriter output)
    {
        KernelCase[] cases = [.. Rung.All.Select(rung => rung.Case(shape))];
        IReadOnlyList<uint[]> expected = ScalarCheck.Expected(cases[0]); // the same operands in all
        var operands = new Operands();
        cases[0].Make(operands);
        var rows = new List<RungRow>();
        using (var counting = new Counting(cases))
            foreach (Counted counted in counting.Run())
                rows.Add(RungRow.Of(counted,
                    ScalarCheck.Difference(operands, expected, counted.Results(), ScalarCheck.ToleranceOf(counted.Case.Precision))));
        new LadderText(output).Write(shape, rows);
        if (json is not null)
            Save(json, shape, rows);
        return rows.All(row => row.Difference is null) ? 0 : 6;
    }

    private static int Measure(ConvShape shape, TextWriter output, TextWriter errors)
    {
        try
        {
            string device = GpuCommand.FindDevice();
            return new GpuReport(() => CudaRuntime.Open(0), device, measures: true, output)
                .Kernels([.. Rung.All.Select(rung => rung.Case(shape))]) ? 0 : 6;
        }
        catch (BackendException e)
        {
            errors.WriteLine(e.Message);
            return 4;
        }
    }

    private static void Save(string path, ConvShape shape, IReadOnlyList<RungRow> rows)
    {
        File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(new
        {
            Device = "emulated sm_80",
            Note = "Counts of an emulator and bounds from published numbers. No time was measured.",
            Shape = shape,
            Rungs = rows,
        }, _json));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
