using System.Text.Json;
using Smile.Bench.Ptx.Machine;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Driver;

namespace Smile.Bench.Ptx.Step;

/// <summary>What a training step is to take on a GPU by its machine code.</summary>
/// <param name="Backbone">The network: DeepLab with ASPP v2 heads, output stride 8, no decoder, three organs.</param>
/// <param name="Size">Rows and columns of its eight images.</param>
/// <param name="Precision">What convolutions multiply in.</param>
/// <param name="Gpu">On what.</param>
internal sealed record StepQuestion(string Backbone, int Size, Precision Precision, GpuSpecification Gpu)
{
    public const int Batch = 8, Organs = 3;

    // Enough that a launch with a heavier block somewhere is not taken for all of it, few enough for a minute.
    private const int SampledBlocks = 2;

    private static readonly JsonSerializerOptions _json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Counts one launch of each shape and adds up the step; the longest row first.</summary>
    public IReadOnlyList<StepRow> Answer(NvidiaTools tools)
    {
        int capability = MachineCheck.Capability(Gpu.Architecture);
        var texts = new Dictionary<string, string>();
        var driver = new EmulatedDriver(capability / 10, capability % 10, new EmulatorOptions { SampledBlocks = SampledBlocks })
        {
            Change = text => texts[Counting.EntryOf(text)] = text,
        };
        CudaDevice.Start(driver);
        var runtime = new SampledRuntime(new CudaRuntime(driver, 0, null));
        using var step = new GpuStep(new GpuBackend(runtime, Precision), Backbone, Batch, Size, Organs);
        runtime.Asked.Clear();
        driver.Launches.Clear();
        step.Run();
        IGrouping<string, AskedLaunch>[] shapes = [.. runtime.Asked.GroupBy(asked => asked.Shape)];
        LaunchReport[] counted = [.. driver.Launches];
        var kernels = counted.Select(launch => launch.Kernel).Distinct().AsParallel()
            .ToDictionary(name => name, name => MachineKernel.Of(tools, texts[name], Gpu.Architecture));
        var model = new StepModel(Gpu);
        return [.. shapes.Zip(counted).AsParallel().AsOrdered().Select(pair =>
        {
            (IGrouping<string, AskedLaunch> shape, LaunchReport launch) = pair;
            var machine = MachineLaunch.Of(kernels[launch.Kernel], launch.Lines, launch.ExecutedBlocks * launch.Block.Count);
            return model.Row(launch, machine, shape.Count(), (long)shape.Average(asked => asked.OperandBytes));
        }).AsSequential().OrderByDescending(row => row.Microseconds)];
    }

    /// <summary>The answer for people: Markdown, as docs/roofline.md holds it.</summary>
    /// <param name="rows">The answer.</param>
    /// <param name="compiler">The compiler's release.</param>
    /// <param name="longest">How many rows to print.</param>
    /// <param name="output">Where to.</param>
    public void Write(IReadOnlyList<StepRow> rows, string compiler, int longest, TextWriter output)
    {
        double total = rows.Sum(row => row.Microseconds);
        Line($"A training step of DeepLab {Backbone}, {Batch} x {Size} x {Size} x 1, {Precision.ToString().ToLowerInvariant()}, on ",
            $"{Gpu.Name} by its machine code: {total / 1e3:F1} ms in {rows.Sum(row => row.Launches)} launches. Nothing was measured.");
        output.WriteLine($"Machine code for {Gpu.Architecture} by {compiler}. Assumed:");
        foreach (string assumption in new StepModel(Gpu).Assumptions)
            output.WriteLine($"- {assumption}.");
        output.WriteLine();
        output.WriteLine("| for | ms | share | launches |");
        output.WriteLine("|---|---:|---:|---:|");
        foreach (var kind in rows.GroupBy(row => row.Kind).OrderByDescending(kind => kind.Sum(row => row.Microseconds)))
            Line($"| {kind.Key} | {kind.Sum(row => row.Microseconds) / 1e3:F2} | {kind.Sum(row => row.Microseconds) / total:P0} | ",
                $"{kind.Sum(row => row.Launches)} |");
        output.WriteLine();
        output.WriteLine("Longest first: us of all launches of a shape; of one launch compute and memory; of a warp instructions, stall "
            + "cycles, cycles in the float32 pipe and the tensor core; KB in flight of a multiprocessor.");
        output.WriteLine();
        output.WriteLine("| kernel | launches | grid | waves | us | share | compute | memory | instructions | stalls | ffma | mma | MB | "
            + "in flight | bound |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
        foreach (StepRow row in rows.Take(longest))
            Line($"| {row.Kernel} | {row.Launches} | {row.Grid} | {row.Waves:F2} | {row.Microseconds:F0} | ",
                $"{row.Microseconds / total:P1} | {row.ComputeMicroseconds:F1} | {row.MemoryMicroseconds:F1} | ",
                $"{row.WarpInstructions:F0} | {row.WarpStalls:F0} | {row.FfmaCycles:F0} | {row.MmaCycles:F0} | ",
                $"{row.Bytes / 1e6:F2} | {row.BytesInFlight / 1e3:F1} | {row.Bound} |");
        output.WriteLine();

        void Line(params FormattableString[] pieces) => output.WriteLine(InvariantText.Of(pieces));
    }

    /// <summary>The answer for programs.</summary>
    public string Json(IReadOnlyList<StepRow> rows, string compiler) => JsonSerializer.Serialize(new
    {
        Note = "A model of machine code. No time was measured.",
        Backbone,
        Batch,
        Size,
        Precision = Precision.ToString().ToLowerInvariant(),
        Gpu = Gpu.Name,
        Gpu.Architecture,
        Compiler = compiler,
        Commit = Results.Commit(),
        new StepModel(Gpu).Assumptions,
        TotalMs = rows.Sum(row => row.Microseconds) / 1e3,
        Launches = rows.Sum(row => row.Launches),
        Rows = rows,
    }, _json);
}
