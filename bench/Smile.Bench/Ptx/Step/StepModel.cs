using Smile.Bench.Ptx.Machine;
using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx.Step;

/// <summary>Launches of one shape in a step, and the time that the model gives them. No time was measured.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Kind">What it is for: heads, norm, convolutions...</param>
/// <param name="Launches">How many of this shape.</param>
/// <param name="Grid">Blocks.</param>
/// <param name="BlockThreads">Threads of a block.</param>
/// <param name="Registers">The compiler's.</param>
/// <param name="BlocksAtOnce">Blocks on a multiprocessor at once.</param>
/// <param name="Waves">Grid against the blocks that the GPU holds at once.</param>
/// <param name="WarpInstructions">Machine instructions of a warp.</param>
/// <param name="WarpStalls">Stall cycles of a warp.</param>
/// <param name="FfmaCycles">Cycles that a warp keeps its scheduler's float32 pipe.</param>
/// <param name="MmaCycles">Cycles that a warp keeps its scheduler's tensor core.</param>
/// <param name="Bytes">Bytes that device memory has to move.</param>
/// <param name="BytesInFlight">Of a multiprocessor.</param>
/// <param name="ComputeMicroseconds">Of one launch: issuing, pipes, stalls.</param>
/// <param name="MemoryMicroseconds">Of one launch: its bytes.</param>
/// <param name="Bound">What takes longest: issue, ffma, mma, stalls, bandwidth, bytes in flight, launch.</param>
/// <param name="Microseconds">Of all these launches, with what launching costs.</param>
internal sealed record StepRow(
    string Kernel, string Kind, int Launches, string Grid, long BlockThreads, int Registers, int BlocksAtOnce, double Waves,
    double WarpInstructions, double WarpStalls, double FfmaCycles, double MmaCycles, long Bytes, long BytesInFlight,
    double ComputeMicroseconds, double MemoryMicroseconds, string Bound, double Microseconds);

/// <summary>
/// The time of a launch from its machine code. A wave of blocks takes the most of: what the warps of a scheduler issue together, what they
/// keep its float32 pipe or its tensor core, and the stall cycles of one warp. Memory takes its bytes at the rate that the GPU reaches or,
/// where too few bytes are on their way to hide the latency (Little's law), at theirs. The longer of both counts, and what a launch costs.
/// </summary>
internal sealed record StepModel(GpuSpecification Gpu)
{
    public const double LaunchMicroseconds = 2.5, LatencyMicroseconds = 0.7, BandwidthShare = 0.9;
    private const int Schedulers = 4, Lanes = 32;

    /// <summary>What the times rest on.</summary>
    public IEnumerable<string> Assumptions =>
    [
        InvariantText.Of($"{Gpu.Name}: {Gpu.Multiprocessors} multiprocessors of 4 schedulers at {Gpu.Clock} GHz; one instruction a cycle, ",
            $"{Gpu.Float32Lanes / 32.0:0.##} FFMA, FADD or FMUL of a warp a cycle{Mma}"),
        InvariantText.Of($"memory at {BandwidthShare:P0} of {Gpu.Bandwidth} GB/s, {LatencyMicroseconds} us away; operands are read once ",
            $"from it, whatever else is read comes from the cache"),
        InvariantText.Of($"a launch of a replayed graph costs {LaunchMicroseconds} us; launches follow one another and do not overlap"),
        "a warp waits for its stall cycles; waiting for memory counts only as bytes in flight, for shared memory and barriers not at all",
        "counts are those of a few blocks of each launch, spread over its grid, on operands of zeros: the loss has no known pixel",
    ];

    private string Mma => Gpu.MmaCycles > 0 ? $", one mma every {Gpu.MmaCycles} cycles" : "";

    /// <summary>The row of launches of one shape.</summary>
    /// <param name="launch">What was counted of some blocks of one of them.</param>
    /// <param name="machine">The same in machine code.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="operandBytes">Bytes of the operands, each once.</param>
    public StepRow Row(LaunchReport launch, MachineLaunch machine, int count, long operandBytes)
    {
        string kernel = launch.Kernel["Kernel_".Length..];
        Occupancy occupancy = Gpu.Occupancy((int)launch.Block.Count, machine.Kernel.Cubin.Registers, launch.SharedBytes);
        int atOnce = Math.Max(occupancy.Blocks, 1), blockWarps = (int)((launch.Block.Count + Lanes - 1) / Lanes);
        long blocks = launch.Grid.Count;
        double warps = (double)launch.ExecutedBlocks * blockWarps;
        double float32 = (machine.Of("FFMA") + machine.Of("FADD, FMUL")) * Lanes / Gpu.Float32Lanes / warps;
        double mma = machine.Of("mma") * Gpu.MmaCycles / warps;
        double instructions = machine.Instructions / warps, stalls = machine.Stalls / warps;

        long slots = (long)Gpu.Multiprocessors * atOnce, waves = blocks / slots, left = blocks % slots;
        (double Cycles, string By) full = Wave(atOnce), last = Wave((int)((left + Gpu.Multiprocessors - 1) / Gpu.Multiprocessors));
        double cycles = waves * full.Cycles + (left > 0 ? last.Cycles : 0), compute = cycles / Gpu.Clock / 1e3;

        // Each write is of one block alone, what is read may be read by several.
        double scale = (double)blocks / launch.ExecutedBlocks;
        long bytes = (long)(Math.Min(launch.Footprint.ReadBytes * scale, operandBytes) + launch.Footprint.WrittenBytes * scale);
        double busy = Math.Min(blocks, Gpu.Multiprocessors), resident = Math.Min(atOnce, blocks / busy);
        double inFlight = machine.BytesInFlight * blockWarps * resident;
        double reached = BandwidthShare * Gpu.Bandwidth * 1e3, hidden = inFlight > 0 ? busy * inFlight / LatencyMicroseconds : reached;
        double memory = bytes / Math.Min(reached, hidden);
        string bound = Math.Max(compute, memory) < LaunchMicroseconds ? "launch"
            : compute >= memory ? (waves > 0 ? full.By : last.By)
            : hidden < reached ? "bytes in flight" : "bandwidth";
        return new StepRow(kernel, KindOf(kernel), count, $"{launch.Grid.X} x {launch.Grid.Y}", launch.Block.Count,
            machine.Kernel.Cubin.Registers, atOnce, (double)blocks / slots, instructions, stalls, float32, mma, bytes, (long)inFlight,
            compute, memory, bound, count * (LaunchMicroseconds + Math.Max(compute, memory)));

        (double Cycles, string By) Wave(int blocksAtOnce)
        {
            double each = Math.Max(1, (double)blocksAtOnce * blockWarps / Schedulers);
            (double Cycles, string By)[] needs =
                [(each * instructions, "issue"), (each * float32, "ffma"), (each * mma, "mma"), (stalls, "stalls")];
            return needs.MaxBy(need => need.Cycles);
        }
    }

    /// <summary>What a kernel is for, as the summary names it.</summary>
    public static string KindOf(string kernel) =>
        kernel.StartsWith("Norm", StringComparison.Ordinal) ? "norm"
        : kernel.StartsWith("ConvSumSplit", StringComparison.Ordinal) ? "sums of splits"
        : kernel.StartsWith("Atrous", StringComparison.Ordinal) || kernel.StartsWith("ConvBias", StringComparison.Ordinal)
            || (kernel.StartsWith("Conv", StringComparison.Ordinal)
            && kernel.EndsWith("Any", StringComparison.Ordinal)) ? "heads"
        : kernel.StartsWith("Conv", StringComparison.Ordinal) ? kernel.Contains("Weight", StringComparison.Ordinal)
            ? "weight gradients" : "convolutions, forward and input gradient"
        : kernel.StartsWith("Tensor", StringComparison.Ordinal) ? "packing"
        : kernel.Contains("Bce", StringComparison.Ordinal) ? "loss" : "others";
}
