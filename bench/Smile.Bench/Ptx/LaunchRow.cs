using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Instructions;

namespace Smile.Bench.Ptx;

/// <summary>The counters of one kernel in one case, as they are printed and written.</summary>
internal sealed record LaunchRow
{
    public required string Case { get; init; }

    public required string Kernel { get; init; }

    /// <summary>What is asked of it.</summary>
    public required Bar Bar { get; init; }

    /// <summary>How often the case launches it; the numbers are those of the launch that moves the most sectors.</summary>
    public required int Launches { get; init; }

    public required string Grid { get; init; }

    public required long BlockThreads { get; init; }

    public required long ThreadInstructions { get; init; }

    /// <summary>The whole kernel.</summary>
    public required CodeRow Code { get; init; }

    /// <summary>Its main loop, where it has one.</summary>
    public required CodeRow? MainLoop { get; init; }

    /// <summary>Lanes that took part, of 32 a warp and instruction.</summary>
    public required double LanesActive { get; init; }

    public required long DivergentBranches { get; init; }

    /// <summary>Sectors that loads and stores asked for.</summary>
    public required long Sectors { get; init; }

    /// <summary>Sectors that hold what was touched, each once.</summary>
    public required long TouchedSectors { get; init; }

    /// <summary>Sectors that the convolution's tiling cannot do without; see <see cref="ConvTiling"/>.</summary>
    public required long? TilingSectors { get; init; }

    /// <summary>Bytes that loads ask for against the bytes that are read at all.</summary>
    public required double ReadRatio { get; init; }

    /// <summary>Estimate; ptxas decides.</summary>
    public required int LiveRegisters { get; init; }

    public required int SharedBytes { get; init; }

    public required int LocalBytes { get; init; }

    public required Arithmetic Arithmetic { get; init; }

    /// <summary>Of the problem where it is known, else as counted.</summary>
    public required long Flops { get; init; }

    /// <summary>Bytes touched, each once.</summary>
    public required long Bytes { get; init; }

    public required IReadOnlyList<GpuRow> Gpus { get; init; }

    public double TouchedRatio => (double)Sectors / Math.Max(TouchedSectors, 1);

    public double? TilingRatio => TilingSectors is { } ideal ? (double)Sectors / ideal : null;

    /// <summary>The row of a kernel.</summary>
    /// <param name="of">The case.</param>
    /// <param name="launches">Its launches of the kernel.</param>
    /// <param name="plan">The convolution's plan, where it is the kernel of the plan.</param>
    /// <param name="isMain">Whether it is the one that does the case's arithmetic.</param>
    public static LaunchRow Of(KernelCase of, IReadOnlyList<LaunchReport> launches, GpuConvPlan? plan, bool isMain)
    {
        LaunchReport launch = launches.MaxBy(l => l.Total.Sectors)!;
        Arithmetic arithmetic = ArithmeticOf(launch);
        long flops = isMain && of.Flops > 0 ? of.Flops : launch.Flops;
        return new LaunchRow
        {
            Case = of.Name,
            Kernel = launch.Kernel["Kernel_".Length..],
            Bar = of.Conv is null || isMain ? of.Bar : of.Bar == Bar.None ? Bar.None : Bar.Stream,
            Launches = launches.Count,
            Grid = $"{launch.Grid.X} x {launch.Grid.Y}",
            BlockThreads = launch.Block.Count,
            ThreadInstructions = launch.ThreadInstructions,
            Code = CodeRow.Of(launch, launch),
            MainLoop = launch.MainLoop is { } loop ? CodeRow.Of(loop, launch) : null,
            LanesActive = launch.Total.Threads / (32.0 * Math.Max(launch.Total.Warps, 1)),
            DivergentBranches = launch.Total.Divergences,
            Sectors = launch.Total.Sectors,
            TouchedSectors = launch.Footprint.Sectors,
            TilingSectors = plan is { } planned ? of.Conv?.Sectors(planned) : null,
            ReadRatio = launch.ReadRatio,
            LiveRegisters = launch.LiveRegisters,
            SharedBytes = launch.SharedBytes,
            LocalBytes = launch.LocalBytes,
            Arithmetic = arithmetic,
            Flops = flops,
            Bytes = launch.Footprint.Bytes,
            Gpus = [.. GpuSpecification.All.Select(gpu => GpuRow.Of(gpu, launch, arithmetic, flops))],
        };
    }

    private static Arithmetic ArithmeticOf(LaunchReport launch) =>
        launch.Lines.FirstOrDefault(l => l.Class == InstructionClass.Tensor)?.Text switch
        {
            null => Arithmetic.Float32,
            var mma when mma.Contains("bf16", StringComparison.Ordinal) => Arithmetic.Bf16,
            _ => Arithmetic.Tf32,
        };
}

/// <summary>A kernel's code or a part of it.</summary>
/// <param name="FirstLine">First line of the PTX.</param>
/// <param name="LastLine">Last line of the PTX.</param>
/// <param name="Issued">Instructions issued by warps.</param>
/// <param name="Share">Of those of the kernel.</param>
/// <param name="FmaShare">Fused multiply-adds among them.</param>
/// <param name="MmaShare">mma.sync among them.</param>
/// <param name="SectorRatio">Sectors against the fewest that each request could do with.</param>
/// <param name="Requests">Requests to memory.</param>
/// <param name="BankConflicts">Passes over the banks beyond the fewest.</param>
/// <param name="Classes">Issued instructions by class.</param>
internal sealed record CodeRow(int FirstLine, int LastLine, long Issued, double Share, double FmaShare, double MmaShare, double SectorRatio,
    long Requests, long BankConflicts,
    IReadOnlyDictionary<string, long> Classes)
{
    public static CodeRow Of(CodeReport code, CodeReport whole) => new(
        code.Lines[0].Line, code.Lines[^1].Line, code.IssuedInstructions,
        (double)code.IssuedInstructions / Math.Max(whole.IssuedInstructions, 1), code.FmaShare, code.TensorShare, code.SectorRatio,
        code.Total.Requests, code.BankConflicts,
        code.ByClass().Where(c => c.Value > 0).OrderByDescending(c => c.Value).ToDictionary(c => c.Key.ToString(), c => c.Value));
}

/// <summary>What a GPU's published numbers say of a launch.</summary>
/// <param name="Gpu">Its name.</param>
/// <param name="BlocksAtOnce">Blocks on a multiprocessor.</param>
/// <param name="Occupancy">Their threads, of the most it holds.</param>
/// <param name="LimitedBy">What stops the next block.</param>
/// <param name="BoundMicroseconds">The roofline: no run is faster. No time that was measured.</param>
/// <param name="BoundBy">Arithmetic or memory.</param>
internal sealed record GpuRow(string Gpu, int BlocksAtOnce, double Occupancy, string LimitedBy, double? BoundMicroseconds, string? BoundBy)
{
    public static GpuRow Of(GpuSpecification gpu, LaunchReport launch, Arithmetic arithmetic, long flops)
    {
        Occupancy occupancy = gpu.Occupancy((int)launch.Block.Count, launch.LiveRegisters, launch.SharedBytes);
        Bound? bound = gpu.Bound(arithmetic, flops, launch.Footprint.Bytes);
        return new GpuRow(gpu.Name, occupancy.Blocks, occupancy.Share, occupancy.Limit, bound?.Microseconds, bound?.By);
    }
}

/// <summary>A case: its launches together.</summary>
/// <param name="Name">The case.</param>
/// <param name="NeededBytes">What the operation has to move: inputs and results once.</param>
/// <param name="MovedBytes">What its launches asked for, in sectors of 32 bytes.</param>
/// <param name="Plan">Of a convolution: how it is computed.</param>
/// <param name="Rows">By kernel.</param>
internal sealed record CaseRow(string Name, long NeededBytes, long MovedBytes, string? Plan, IReadOnlyList<LaunchRow> Rows);
