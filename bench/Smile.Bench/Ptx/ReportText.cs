using System.Globalization;
using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx;

/// <summary>The report for people; its tables are Markdown, as docs/roofline.md holds them.</summary>
internal sealed class ReportText(TextWriter output)
{
    private const int HotLines = 25;

    /// <summary>One line a kernel.</summary>
    public void Counters(IReadOnlyList<LaunchRow> rows)
    {
        output.WriteLine("""
            Counted on the emulator, sm_80; no GPU, no time. issued: instructions of warps, millions. loop: the outermost loop that issued most. sectors/req: sectors of 32 bytes against the
            fewest for each request. sectors/once: against each touched sector once. tiling: against what a convolution's tiling needs. read: bytes loaded against bytes of input.
            conflicts: passes over banks beyond the fewest, in the loop (whole kernel). lanes: active of 32. regs: estimate, live values.

            | kernel | case | issued | FMA loop (all) | mma loop | sectors/req | sectors/once | tiling | read | conflicts | lanes | divergent | regs | shared | local |
            |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
        foreach (LaunchRow r in rows)
        {
            CodeRow loop = r.MainLoop ?? r.Code;
            Line($"| {r.Kernel} | {r.Case} | {r.Code.Issued / 1e6:F2} | {loop.FmaShare:P0} ({r.Code.FmaShare:P0}) | {loop.MmaShare:P0} | ",
                $"{r.Code.SectorRatio:F2} | {r.TouchedRatio:F2} | {Optional(r.TilingRatio)} | {r.ReadRatio:F2} | {loop.BankConflicts} ",
                $"({r.Code.BankConflicts}) | {r.LanesActive:P0} | {r.DivergentBranches} | {r.LiveRegisters} | {r.SharedBytes} | ",
                $"{r.LocalBytes} |");
        }

        output.WriteLine();
    }

    /// <summary>Occupancy and roofline.</summary>
    public void Bounds(IReadOnlyList<LaunchRow> rows)
    {
        output.WriteLine("""
            Bounds, not times: the roofline max(FLOP / peak, bytes touched / bandwidth) in microseconds, A: arithmetic, M: memory. No launch can be faster; how near one comes was not measured.
            Occupancy: threads on a multiprocessor at once, of the most it holds, from the estimate of registers; r: registers, s: shared memory, t: threads, b: blocks are the limit.
            """);
        foreach (GpuSpecification gpu in GpuSpecification.All)
            Line($"{gpu.Name}: {gpu.Multiprocessors} multiprocessors, {gpu.Float32} TFLOP/s float32, {gpu.Tf32} tf32, {gpu.Bf16} bf16, ",
                $"{gpu.Bandwidth} GB/s ({gpu.Source}).");
        output.WriteLine();
        string[] names = [.. GpuSpecification.All.Select(g => g.Name)];
        output.WriteLine($"| kernel | case | MFLOP | MB | {string.Join(" | ", names.Select(n => $"{n} bound, us"))} | "
            + $"{string.Join(" | ", names.Select(n => $"{n} occ."))} |");
        output.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---:|", 2 + 2 * names.Length))}");
        foreach (LaunchRow r in rows)
            Line($"| {r.Kernel} | {r.Case} | {r.Flops / 1e6:F2} | {r.Bytes / 1e6:F2} | {string.Join(" | ", r.Gpus.Select(Bound))} | ",
                $"{string.Join(" | ", r.Gpus.Select(g => InvariantText.Of($"{g.Occupancy:P0} {g.LimitedBy[0]}")))} |");
        output.WriteLine();
    }

    /// <summary>Operations: what they move.</summary>
    public void Cases(IReadOnlyList<CaseRow> rows)
    {
        output.WriteLine("""
            Bytes of an operation, all its launches: asked for, in sectors, against its inputs and results once.

            | operation | needed, MB | moved, MB | ratio |
            |---|---:|---:|---:|
            """);
        foreach (CaseRow r in rows)
            Line($"| {r.Name} | {r.NeededBytes / 1e6:F3} | {r.MovedBytes / 1e6:F3} | {(double)r.MovedBytes / r.NeededBytes:F2} |");
        output.WriteLine();
    }

    /// <summary>Convolutions: how they are computed.</summary>
    public void Plans(IReadOnlyList<CaseRow> rows)
    {
        output.WriteLine("""
            How each convolution is computed, as the planner says: the kernel's tile, splits of the depth, precision, and why not in the one asked for.

            | convolution | plan |
            |---|---|
            """);
        foreach (CaseRow r in rows.Where(r => r.Plan is not null))
            Line($"| {r.Name} | {r.Plan} |");
        output.WriteLine();
    }

    /// <summary>Launches of a training step.</summary>
    public void Steps()
    {
        foreach (string backbone in StepLaunches.Backbones)
        {
            var launches = StepLaunches.Of(backbone);
            Line($"A training step of {backbone} launches {launches.Sum(l => l.Launches)} kernels, which training replays as one CUDA ",
                $"graph: {string.Join(", ", launches.OrderByDescending(l => l.Launches).Select(l => $"{l.Launches} {l.Kernel}"))}.");
        }

        output.WriteLine();
    }

    /// <summary>All of one kernel, and its hot lines.</summary>
    public void Details(LaunchRow row, LaunchReport launch)
    {
        Line($"{row.Kernel}, {row.Case}: {row.Grid} blocks of {row.BlockThreads} threads, launched {row.Launches} times; ",
            $"{row.ThreadInstructions / 1e6:F2} million thread-instructions");
        Code("kernel", row.Code);
        if (row.MainLoop is { } loop)
            Code("main loop", loop);
        Line($"  lanes {row.LanesActive:P1}, {row.DivergentBranches} divergent branches; ",
            $"registers {row.LiveRegisters} (estimate), shared {row.SharedBytes}, local {row.LocalBytes} bytes");
        string ofTiling = row.TilingSectors is { } tiling ? InvariantText.Of($", of its tiling {tiling} ({row.TilingRatio:F3})") : "";
        Line($"  sectors {row.Sectors}, touched {row.TouchedSectors} ({row.TouchedRatio:F3}){ofTiling}; ",
            $"bytes read {row.ReadRatio:F3} times the input");
        foreach (GpuRow gpu in row.Gpus)
            Line($"  {gpu.Gpu}: {gpu.BlocksAtOnce} blocks at once, occupancy {gpu.Occupancy:P0} ({gpu.LimitedBy}); ",
                $"bound {Bound(gpu)} us, no time");
        output.WriteLine();
        output.WriteLine("  issued    share      FMA  sectors/req  conflicts  source");
        long issued = launch.IssuedInstructions;
        var sources = new SourceText();
        foreach (var line in launch.Lines.GroupBy(l => l.Source ?? "(no line)")
            .Select(g => (Source: g.Key, Code: new CodeReport([.. g]))).OrderByDescending(g => g.Code.IssuedInstructions).Take(HotLines))
        {
            CodeReport code = line.Code;
            Line($"{code.IssuedInstructions,8} {(double)code.IssuedInstructions / issued,8:P1} {code.FmaShare,8:P0} ",
                $"{code.SectorRatio,12:F2} {code.BankConflicts,10}  {sources.Of(line.Source)}");
        }

        output.WriteLine();
    }

    /// <summary>What falls short.</summary>
    public void Missed(IReadOnlyList<Miss> missed, IReadOnlyList<string> uncounted)
    {
        foreach (Miss miss in missed)
            output.WriteLine($"- {(miss.Fails ? "MISSED" : "told")} {miss}");
        foreach (string kernel in uncounted)
            output.WriteLine($"- MISSED {kernel}: no case launches it; add one to bench/Smile.Bench/Ptx/KernelCases.cs");
    }

    private void Code(string name, CodeRow code)
    {
        Line($"  {name} (PTX lines {code.FirstLine} to {code.LastLine}): issued {code.Issued} ({code.Share:P1}), FMA {code.FmaShare:P1}, ",
            $"mma {code.MmaShare:P1}, {code.Requests} requests, sectors/req {code.SectorRatio:F3}, {code.BankConflicts} bank conflicts");
        Line($"    {string.Join(", ", code.Classes.Select(c => InvariantText.Of($"{c.Key} {(double)c.Value / code.Issued:P1}")))}");
    }

    private static string Bound(GpuRow gpu) =>
        gpu.BoundMicroseconds is { } us ? InvariantText.Of($"{us:F2} {(gpu.BoundBy == "memory" ? 'M' : 'A')}") : "none";

    private static string Optional(double? value) => value is { } number ? InvariantText.Of($"{number:F2}") : "";

    private void Line(params FormattableString[] pieces) => output.WriteLine(InvariantText.Of(pieces));
}

/// <summary>Source lines of kernels, read where the files are.</summary>
internal sealed class SourceText
{
    private readonly Dictionary<string, string[]> _files = [];

    /// <summary>"Kernel.cs:42  code" for "/path/Kernel.cs:42".</summary>
    public string Of(string source)
    {
        int colon = source.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(source.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int line))
            return source;
        string path = source[..colon];
        if (!_files.TryGetValue(path, out string[]? lines))
            _files[path] = lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        return $"{Path.GetFileName(path)}:{line}  {(line >= 1 && line <= lines.Length ? lines[line - 1].Trim() : "")}";
    }
}
