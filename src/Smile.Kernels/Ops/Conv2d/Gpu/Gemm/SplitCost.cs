using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>
/// What splits of a product's depth cost a kernel, in cycles of an H100 or H200: 132 multiprocessors of four schedulers, 2,460 bytes of
/// memory and 4,400 cycles a launch (1.755 GHz, 90 % of 4.8 TB/s, 2.5 us). Other devices are planned as these are, so that they compute the
/// same bits. The kernel's numbers are those of NVIDIA's compiler for sm_90, as <c>bench -- ptx --machine-code</c> prints them.
/// </summary>
/// <param name="Threads">Threads of a group.</param>
/// <param name="AtOnce">Groups that a multiprocessor has room for.</param>
/// <param name="Latency">Stall cycles that a warp alone takes for a step.</param>
/// <param name="Issue">Cycles that a warp's step keeps its scheduler, or the scheduler's tensor core, from others.</param>
/// <param name="LeastSteps">Steps that a split is worth.</param>
internal readonly record struct SplitCost(int Threads, int AtOnce, int Latency, int Issue, int LeastSteps = 4)
{
    private const int Processors = 132, SchedulerLanes = 4 * 32, LaunchCycles = 4400, BytesACycle = 2460, StartCycles = 1500;

    private const int MostSplits = 512;

    /// <summary>
    /// Of the tensor-core kernels over taps, and of their weight gradients. In fewer steps the start of the ring and of a tap take more
    /// than the main loop's share of mma allows.
    /// </summary>
    public static readonly SplitCost Tensor = new(128, 2, 720, 384, LeastSteps: 12), TensorWeight = new(128, 2, 890, 405);

    /// <summary>Of the float32 kernels of float4s over taps, and of their weight gradients.</summary>
    public static readonly SplitCost Taps64 = new(64, 8, 830, 636), Taps128 = new(256, 2, 800, 613), Weight64 = new(64, 6, 1190, 781),
        Weight128 = new(256, 2, 1010, 697);

    /// <summary>
    /// Steps of a split, where the splits together are soonest done: more splits keep more multiprocessors busy and write more copies.
    /// </summary>
    /// <param name="steps">Steps of the product's depth.</param>
    /// <param name="tiles">Tiles of the result: groups without splits.</param>
    /// <param name="words">Words of the result.</param>
    /// <param name="mostSteps">Steps that a split may add in a row, where there is room for so many copies.</param>
    public int StepsPerSplit(int steps, int tiles, long words, int mostSteps)
    {
        int most = (int)Math.Clamp(SplitK.WorkspaceWords / words, 1, Math.Min(MostSplits, Math.Max(1, steps / LeastSteps)));
        int least = Math.Min(most, Integers.CeilingDivide(steps, mostSteps)), best = steps;
        long fewest = long.MaxValue;
        for (int wanted = least; wanted <= most; wanted++)
        {
            int each = Integers.CeilingDivide(steps, wanted);
            long cycles = Cycles(each, Integers.CeilingDivide(steps, each), tiles, words);
            if (cycles < fewest)
                (fewest, best) = (cycles, each);
        }

        return best;
    }

    private long Cycles(int steps, int splits, int tiles, long words)
    {
        long groups = Integers.CeilingDivide(tiles * splits, Processors), waves = (groups + AtOnce - 1) / AtOnce;
        long warps = (groups * Threads + SchedulerLanes - 1) / SchedulerLanes;
        long copies = splits == 1 ? 0 : LaunchCycles + 2 * sizeof(float) * splits * words / BytesACycle;
        return steps * Math.Max(waves * Latency, warps * Issue) + waves * StartCycles + copies;
    }
}
