namespace Smile.Bench.Ptx;

/// <summary>
/// What makers publish of a GPU. Limits of a multiprocessor: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
/// All have 65536 registers, given to warps in units of 256, and 255 at most a thread.
/// </summary>
/// <param name="Name">As in tables.</param>
/// <param name="Source">Where the speeds are from: dense, not sparse; the boost clock's.</param>
/// <param name="Multiprocessors">How many.</param>
/// <param name="MostThreads">Threads on one of them.</param>
/// <param name="MostBlocks">Blocks on one of them.</param>
/// <param name="SharedBytes">Shared memory of one of them.</param>
/// <param name="ReservedBytes">Shared memory that a block takes beside its own.</param>
/// <param name="Float32">TFLOP/s of float32 outside tensor cores.</param>
/// <param name="Tf32">TFLOP/s of tf32 tensor cores; 0: it has none.</param>
/// <param name="Bf16">TFLOP/s of bf16 tensor cores with float32 sums; 0: it has none.</param>
/// <param name="Bandwidth">GB/s of device memory.</param>
/// <param name="Architecture">As ptxas names it.</param>
/// <param name="Clock">GHz: the boost clock, of Hopper that under tensor load (Hopper architecture whitepaper: 1.755).</param>
/// <param name="Float32Lanes">Float32 operations that a scheduler, one of four, starts in a cycle.</param>
/// <param name="MmaCycles">
/// Cycles of a scheduler's tensor core for one mma.sync of 16 x 8 x 16 bf16 or 16 x 8 x 8 tf32, by the published rate; of Hopper 6, not
/// the 4 that wgmma reaches. 0: it has none.
/// </param>
internal sealed record GpuSpecification(
    string Name, string Source, int Multiprocessors, int MostThreads, int MostBlocks, int SharedBytes, int ReservedBytes,
    double Float32, double Tf32, double Bf16, double Bandwidth, string Architecture, double Clock, int Float32Lanes, int MmaCycles)
{
    private const int Registers = 65536, RegisterUnit = 256, WarpUnit = 4, SharedUnit = 128, Lanes = 32;

    public static IReadOnlyList<GpuSpecification> All { get; } =
    [
        new("T4", "NVIDIA T4 datasheet; Turing architecture whitepaper", 40, 1024, 16, 64 << 10, 0, 8.1, 0, 0, 320, "sm_75", 1.59, 16,
            0),
        new("A100", "NVIDIA A100 80GB SXM datasheet", 108, 2048, 32, 164 << 10, 1 << 10, 19.5, 156, 312, 2039,
            "sm_80", 1.41, 16, 8),
        new("H100", "NVIDIA H100 SXM datasheet; Hopper architecture whitepaper", 132, 2048, 32, 228 << 10, 1 << 10, 66.9, 494.7, 989.4,
            3350, "sm_90", 1.755, 32, 6),
        new("RTX 4090", "NVIDIA Ada GPU architecture whitepaper, appendix A", 128, 1536, 24, 100 << 10, 1 << 10, 82.6, 82.6, 165.2, 1008,
            "sm_89", 2.52, 32, 32),
    ];

    /// <summary>Of more GPUs: the H200 is an H100 with other memory.</summary>
    private static readonly GpuSpecification _h200 = All.Single(gpu => gpu.Name == "H100") with
    {
        Name = "H200",
        Source = "NVIDIA H200 SXM datasheet",
        Bandwidth = 4800,
    };

    /// <summary>
    /// The boards that the numbers are of, by the driver's name. One of a like name may be another: an A100 of 40 GB has slower memory, an
    /// H100 or H200 on PCIe another clock, a GH200 either.
    /// </summary>
    private static readonly Dictionary<string, string> _boards = new()
    {
        ["Tesla T4"] = "T4",
        ["NVIDIA T4"] = "T4",
        ["A100-SXM4-80GB"] = "A100",
        ["NVIDIA A100-SXM4-80GB"] = "A100",
        ["NVIDIA H100 80GB HBM3"] = "H100",
        ["NVIDIA H200"] = "H200",
        ["NVIDIA GeForce RTX 4090"] = "RTX 4090",
    };

    /// <summary>What is on file for a device by the driver's name, all of it; null where nothing is.</summary>
    public static GpuSpecification? Find(string device) => _boards.TryGetValue(device, out string? name) ? Named(name) : null;

    /// <summary>By the name that a command line gives: t4, a100, h100, h200; null where there is none of it.</summary>
    public static GpuSpecification? Named(string name) =>
        All.Append(_h200).FirstOrDefault(gpu => gpu.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>One of an architecture: of its compute capability, ten times, or of the next lower.</summary>
    public static GpuSpecification OfCapability(int capability) => capability switch
    {
        >= 90 => _h200,
        89 => All.Single(gpu => gpu.Name == "RTX 4090"),
        >= 80 => All.Single(gpu => gpu.Name == "A100"),
        _ => All.Single(gpu => gpu.Name == "T4"),
    };

    /// <summary>How many blocks fit a multiprocessor and what stops the next; an estimate, as the number of registers is one.</summary>
    public Occupancy Occupancy(int threads, int registers, int sharedBytes)
    {
        int warps = (threads + Lanes - 1) / Lanes, ofAWarp = RoundUp(Math.Max(registers, 1) * Lanes, RegisterUnit);
        (int Blocks, string Limit)[] limits =
        [
            (MostThreads / Lanes / warps, "threads"),
            (MostBlocks, "blocks"),
            (Registers / ofAWarp / WarpUnit * WarpUnit / warps, "registers"),
            (SharedBytes / Math.Max(RoundUp(sharedBytes + ReservedBytes, SharedUnit), 1), "shared memory"),
        ];
        (int blocks, string limit) = limits.MinBy(l => l.Blocks);
        return new Occupancy(blocks, (double)blocks * warps * Lanes / MostThreads, limit);
    }

    /// <summary>TFLOP/s for a kind of arithmetic; 0 where the GPU has none of it.</summary>
    public double Peak(Arithmetic arithmetic) => arithmetic switch
    {
        Arithmetic.Tf32 => Tf32,
        Arithmetic.Bf16 => Bf16,
        _ => Float32,
    };

    /// <summary>
    /// The roofline (Williams, Waterman and Patterson 2009): no launch that has to do this much arithmetic and move this many bytes can be
    /// faster. A bound, not a time; null where the GPU cannot run it.
    /// </summary>
    public Bound? Bound(Arithmetic arithmetic, long flops, long bytes)
    {
        if (Peak(arithmetic) == 0)
            return null;
        double compute = flops / Peak(arithmetic) / 1e6, memory = bytes / Bandwidth / 1e3;
        return compute > memory ? new Bound(compute, "arithmetic") : new Bound(memory, "memory");
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}

/// <summary>The pipe that does most of a kernel's arithmetic.</summary>
internal enum Arithmetic
{
    Float32, Tf32, Bf16,
}

/// <param name="Blocks">Blocks on a multiprocessor at once.</param>
/// <param name="Share">Their threads, of the most it holds.</param>
/// <param name="Limit">What stops the next block.</param>
internal readonly record struct Occupancy(int Blocks, double Share, string Limit);

/// <param name="Microseconds">The least time.</param>
/// <param name="By">What sets it.</param>
internal readonly record struct Bound(double Microseconds, string By);
