using System.Text.Json.Serialization;
using Smile.Kernels.Simd;

namespace Smile.Bench.Cpu;

/// <summary>Milliseconds of one side's turns.</summary>
/// <param name="Median">Of the turns.</param>
/// <param name="Least">Of the turns; on a busy machine it says more.</param>
internal readonly record struct Times(double Median, double Least)
{
    /// <summary>Of at least one turn.</summary>
    public static Times Of(IReadOnlyList<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()]; // NaN comes first: it is the least then
        return new Times((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0]);
    }
}

/// <summary>What a row's work is counted in.</summary>
internal enum RowKind
{
    /// <summary>FLOP of the direct sum, padding counted; Winograd computes fewer.</summary>
    Convolution,

    /// <summary>Bytes that must move.</summary>
    Elementwise,

    /// <summary>A training step: three times the FLOP of the network's forward pass.</summary>
    Step,

    /// <summary>A forward pass with running statistics: FLOP.</summary>
    Inference,
}

/// <summary>One thing measured on both sides.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Shape or operation or network.</param>
/// <param name="Pass">Pass of a convolution; else empty.</param>
/// <param name="Threads">Threads of either side.</param>
/// <param name="Work">FLOP or bytes, see <see cref="RowKind"/>.</param>
/// <param name="Algorithm">Smile's, of a convolution; else empty.</param>
/// <param name="Smile">Its times.</param>
/// <param name="Nchw">libtorch's with contiguous tensors; null where it was not measured.</param>
/// <param name="Nhwc">libtorch's with channels_last tensors; null where it was not measured or the layout makes no difference.</param>
internal sealed record SpeedRow(RowKind Kind, string Name, string Pass, int Threads, double Work, string Algorithm, Times Smile,
    Times? Nchw, Times? Nhwc)
{
    /// <summary>False where arithmetic, not memory, is the bound of an elementwise row: its share of the bandwidth is told only.</summary>
    public bool Barred { get; init; } = true;

    /// <summary>What else than the memory bounds an elementwise row, if anything is known.</summary>
    public string Bound { get; init; } = "";

    /// <summary>Bytes/s of the triad in the turns of an elementwise row, by its median; NaN for other rows.</summary>
    public double Triad { get; init; } = double.NaN;

    /// <summary>ONNX Runtime's times, of an inference row; else null.</summary>
    public Times? Onnx { get; init; }

    /// <summary>libtorch's better median; NaN where it was not measured.</summary>
    [JsonIgnore]
    public double Torch => (Nchw?.Median, Nhwc?.Median) switch
    {
        ({ } nchw, { } nhwc) => Math.Min(nchw, nhwc),
        ({ } nchw, null) => nchw,
        (null, { } nhwc) => nhwc,
        _ => double.NaN,
    };

    /// <summary>Smile's speed over libtorch's.</summary>
    public double Ratio => Torch / Smile.Median;

    /// <summary>Smile's speed over ONNX Runtime's; NaN where that was not measured.</summary>
    public double OverOnnx => (Onnx?.Median ?? double.NaN) / Smile.Median;

    /// <summary>GFLOP/s or GB/s of a time.</summary>
    public double Rate(double milliseconds) => Work / milliseconds / 1e6;

    /// <summary>Smile's share of the machine's measured FLOP/s or, medians of the same turns, of the triad's bandwidth.</summary>
    public double Share(MachinePeak peak) => 1e9 * Rate(Smile.Median) / (Kind == RowKind.Elementwise ? Triad : peak.FlopsPerSecond);

    public override string ToString() => $"{Name}{(Pass == "" ? "" : ", " + Pass)}, {Count(Threads)}";

    /// <summary>"1 thread", "2 threads".</summary>
    public static string Count(int threads) => $"{threads} thread{(threads == 1 ? "" : "s")}";
}

/// <summary>Peak resident bytes of a process that trains.</summary>
/// <param name="Name">The step.</param>
/// <param name="Smile">Smile's process.</param>
/// <param name="Nchw">libtorch's process with contiguous tensors; null where it could not be measured.</param>
/// <param name="Nhwc">The same with channels_last tensors.</param>
internal sealed record MemoryRow(string Name, long Smile, long? Nchw, long? Nhwc)
{
    /// <summary>Smile's peak over libtorch's lower one; NaN where that is not known.</summary>
    public double Ratio =>
        (Nchw, Nhwc) is (null, null) ? double.NaN : (double)Smile / Math.Min(Nchw ?? long.MaxValue, Nhwc ?? long.MaxValue);
}

/// <summary>Whether Smile's results have the same bits for one thread and for more.</summary>
internal sealed record BitsRow(string Name, bool Same);

/// <summary>The loss of the first step, all sides from the same weights.</summary>
/// <param name="Name">The step.</param>
/// <param name="Exact">libtorch's in float64.</param>
/// <param name="Smile">Smile's.</param>
/// <param name="Nchw">libtorch's in float32 with contiguous tensors.</param>
/// <param name="Nhwc">The same with channels_last tensors; null where that crashes.</param>
internal sealed record LossRow(string Name, double Exact, double Smile, double Nchw, double? Nhwc)
{
    /// <summary>A loss's distance from the exact one, as a share of it.</summary>
    public double Error(double loss) => Math.Abs(loss - Exact) / Exact;
}

/// <summary>The machine's measured bounds for a number of threads.</summary>
internal sealed record PeakRow(int Threads, MachinePeak Peak);

/// <summary>Where and how was measured.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="Smile">Backend's name.</param>
/// <param name="Libtorch">Version and loading; or why it was not measured.</param>
/// <param name="Commit">Of the working tree.</param>
/// <param name="Repeats">Turns of each side.</param>
/// <param name="LoadBefore">Mean number of runnable threads in the minute before: other work that may have slowed either side.</param>
/// <param name="LoadAfter">The same at the end, this work included.</param>
/// <param name="SettleMilliseconds">Longest time that one side's threads still ran after its turn; the next turn waited for it.</param>
/// <param name="Seconds">The whole measurement.</param>
internal sealed record Circumstances(string Processor, string Smile, string Libtorch, string Commit, int Repeats, double LoadBefore,
    double LoadAfter,
    double SettleMilliseconds, double Seconds);

/// <summary>All that <c>cpu</c> measured.</summary>
internal sealed record CpuReport(Circumstances Circumstances, IReadOnlyList<PeakRow> Peaks, IReadOnlyList<SpeedRow> Rows,
    IReadOnlyList<MemoryRow> Memory,
    IReadOnlyList<BitsRow> Bits, IReadOnlyList<LossRow> Losses, IReadOnlyList<string> Notes)
{
    /// <summary>The bounds for a row's threads.</summary>
    public MachinePeak Peak(SpeedRow row) => Peaks.Single(p => p.Threads == row.Threads).Peak;
}
