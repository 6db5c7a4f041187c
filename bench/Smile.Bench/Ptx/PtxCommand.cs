using System.Text.Json;
using System.Text.Json.Serialization;
using ILGPU.Runtime.Cuda;
using Smile.Bench.Ptx.Machine;
using Smile.Bench.Ptx.Step;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx;

/// <summary><c>ptx</c>: every GPU kernel executed and counted on the CPU.</summary>
internal static class PtxCommand
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>
    /// 0; 2 for a bad command line, 4 where NVIDIA's compiler is asked for and not here, 6 where <c>--check</c> finds a bar missed.
    /// </summary>
    public static int Run(string[] args) => Run(args, KernelCases.Full.All(), Console.Out, Console.Error);

    /// <summary>The same for given cases.</summary>
    public static int Run(string[] args, IReadOnlyList<KernelCase> cases, TextWriter output, TextWriter errors)
    {
        if (PtxOptions.Parse(args, out string wrong) is not { } options)
            return Refuse(errors, wrong);
        (string? json, string? kernel, string? dump, string? part, bool check) =
            (options.Json, options.Kernel, options.Dump, options.Case, options.Check);
        if (part is not null)
        {
            cases = [.. cases.Where(one => one.Name.Contains(part, StringComparison.Ordinal))];
            if (cases.Count == 0)
                return Refuse(errors, $"No case has '{part}' in its name.");
        }

        if (kernel is not null)
        {
            if (GpuKernels.All.All(k => k.Name != kernel))
                return Refuse(errors,
                    $"There is no kernel '{kernel}'. There are: {string.Join(", ", GpuKernels.All.Select(k => k.Name))}.");
            if (!(options.MachineCode && check))
                cases = [.. cases.Where(one => Counting.KernelsOf(one).Contains(kernel))];
        }

        if (options.MachineCode || options.Step is not null)
            return MachineCode(options, cases, output, errors);

        if (dump is not null)
            return Dump(dump, kernel, output);
        return Report(cases, kernel, part is null, json, check, output, errors);
    }

    private static int MachineCode(PtxOptions options, IReadOnlyList<KernelCase> cases, TextWriter output, TextWriter errors)
    {
        if (NvidiaTools.Find(out string why) is not { } tools)
        {
            errors.WriteLine($"NVIDIA's compiler is not here: {why}.");
            return 4;
        }

        if (options.Step is not null)
            return Step(options, tools, output);
        if (!options.Check)
        {
            foreach (string architecture in options.Architectures is [] ? ["sm_90"] : options.Architectures)
                new MachineReport(tools, architecture, output).Write(cases, options.Kernel);
            return 0;
        }

        GpuKernel[] kernels = [.. GpuKernels.All.Where(k => options.Kernel is null || k.Name == options.Kernel)];
        return MachineCheck.Run(tools, kernels, options.Architectures is [] ? MachineCheck.Architectures : options.Architectures,
            output, errors);
    }

    private static int Step(PtxOptions options, NvidiaTools tools, TextWriter output)
    {
        const int Longest = 30;
        var question = new StepQuestion(options.Step!, options.Size, options.Precision, options.Gpu);
        IReadOnlyList<StepRow> rows = question.Answer(tools);
        question.Write(rows, tools.Release(), Longest, output);
        if (options.Json is not null)
            WriteWhole(options.Json, question.Json(rows, tools.Release()));
        return 0;
    }

    private static int Report(
        IReadOnlyList<KernelCase> cases, string? kernel, bool all, string? json, bool check, TextWriter output, TextWriter errors)
    {
        using var counting = new Counting(cases);
        var text = new ReportText(output);
        var rows = new List<CaseRow>();
        foreach ((_, CaseRow row, IReadOnlyList<LaunchReport> launches, _) in counting.Run())
        {
            rows.Add(row);
            if (kernel is null)
                continue;
            foreach (LaunchRow launch in row.Rows.Where(r => r.Kernel == kernel))
                text.Details(launch,
                    launches.Where(l => l.Kernel.EndsWith("_" + kernel, StringComparison.Ordinal)).MaxBy(l => l.Total.Sectors)!);
        }

        LaunchRow[] counted = [.. rows.SelectMany(r => r.Rows).Where(r => kernel is null || r.Kernel == kernel)];
        if (kernel is null)
        {
            text.Counters(counted);
            text.Bounds(counted);
            text.Cases(rows);
            text.Plans(rows);
            text.Steps();
        }

        Miss[] missed = [.. counted.SelectMany(Bars.Missed)];
        string[] uncounted = kernel is null && all ? [.. GpuKernels.All.Select(k => k.Name).Except(counted.Select(r => r.Kernel))] : [];
        text.Missed(missed, uncounted);
        if (json is not null)
            Write(json, rows, missed, uncounted);
        int failures = missed.Count(m => m.Fails) + uncounted.Length;
        if (!check || failures == 0)
            return 0;
        errors.WriteLine($"{failures} bars are missed.");
        return 6;
    }

    /// <summary>Writes each kernel's PTX, as a device of compute capability 8.0 or newer gets it, to a file of the kernel's name.</summary>
    private static int Dump(string folder, string? kernel, TextWriter output)
    {
        Directory.CreateDirectory(folder);
        using var compiler = new PtxCompiler(CudaArchitecture.SM_80, null);
        GpuKernel[] kernels = [.. GpuKernels.All.Where(k => kernel is null || k.Name == kernel)];
        foreach (GpuKernel one in kernels)
            File.WriteAllText(Path.Combine(folder, one.Name + ".ptx"), compiler.Compile(one));
        output.WriteLine($"{kernels.Length} kernels are written to {folder}");
        return 0;
    }

    private static void Write(string path, List<CaseRow> rows, Miss[] missed, string[] uncounted)
    {
        WriteWhole(path, JsonSerializer.Serialize(new
        {
            Device = "emulated sm_80",
            Note = "Counts of an emulator and bounds from published numbers. No time was measured.",
            Cases = rows,
            Steps = StepLaunches.Backbones.ToDictionary(b => b, b => StepLaunches.Of(b).ToDictionary(k => k.Kernel, k => k.Launches)),
            Missed = missed.Select(m => new { Kernel = m.Row.Kernel, m.Row.Case, m.What, m.Fails }),
            Uncounted = uncounted,
        }, _json));
    }

    private static void WriteWhole(string path, string text)
    {
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }

    private static int Refuse(TextWriter errors, string message)
    {
        errors.WriteLine(message);
        return 2;
    }
}
