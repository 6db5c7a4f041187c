using System.Globalization;
using System.Runtime.InteropServices;
using Smile.Kernels.Simd;

namespace Smile.Bench.Cpu;

/// <summary>What is asked for, and what has been measured so far.</summary>
internal sealed class Measurement(CpuOptions options, TextWriter progress)
{
    private readonly Turns _turns = new(options.Repeats);

    /// <summary>Threads that either side is measured with.</summary>
    public static IReadOnlyList<int> Threads { get; } = Environment.ProcessorCount >= 2 ? [1, 2] : [1];

    public List<SpeedRow> Rows { get; } = [];

    public List<MemoryRow> Memory { get; } = [];

    public List<BitsRow> Bits { get; } = [];

    public List<LossRow> Losses { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>See <see cref="Turns.LongestSettling"/>.</summary>
    public double LongestSettling => _turns.LongestSettling;

    /// <summary>Whether a row of this name is asked for.</summary>
    public bool Wants(string name) => name.Contains(options.Name, StringComparison.Ordinal);

    /// <summary>Measures the contenders and adds a row for each number of threads.</summary>
    public void Add(RowKind kind, string name, string pass, double work, string algorithm, IReadOnlyList<Contender> contenders,
        bool barred = true, string bound = "")
    {
        IReadOnlyList<Times> times = _turns.Measure(contenders);
        foreach (int threads in contenders.Select(c => c.Threads).Distinct())
        {
            Times? Of(Side side) =>
                contenders.Index().Where(c => c.Item.Side == side && c.Item.Threads == threads).Select(c => (Times?)times[c.Index])
                    .SingleOrDefault();
            var row = new SpeedRow(kind, name, pass, threads, work, algorithm, Of(Side.Smile)!.Value, Of(Side.Nchw), Of(Side.Nhwc))
            {
                Barred = barred,
                Bound = bound,
                Onnx = Of(Side.Onnx),
                Triad = 1e3 * Triad.Bytes / (Of(Side.Triad)?.Median ?? double.NaN),
            };
            Rows.Add(row);
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row}: {row.Rate(row.Smile.Median):F1} {(kind == RowKind.Elementwise ? "GB/s" : "GFLOP/s")}, ratio {row.Ratio:F2}"));
        }
    }

    /// <summary>Notes whether results, one a number of threads, have the same bits.</summary>
    public void Compare(string name, IReadOnlyList<float[]> results) =>
        Bits.Add(new BitsRow(name,
            results.All(r => MemoryMarshal.AsBytes<float>(r).SequenceEqual(MemoryMarshal.AsBytes<float>(results[0])))));
}
