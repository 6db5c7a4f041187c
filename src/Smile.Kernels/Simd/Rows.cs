using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

/// <summary>Rows of (rows, channels) tensors in chunks, for sums over rows and for per-channel work.</summary>
internal static unsafe class Rows
{
    private const int LeastRows = 16, MostRows = 512, LeastWords = 1 << 13, MostWords = 1 << 16, ManyChunks = 32, WideChannels = 64;

    /// <summary>
    /// Rows of a chunk. Few enough that a float32 sum over them is good and that small tensors have chunks for all threads; enough that
    /// what is done once a chunk and channel is small beside the rows.
    /// </summary>
    public static int PerChunk(int rows, int channels) =>
        (int)Math.Clamp(Math.Clamp((long)rows * channels / ManyChunks, LeastWords, MostWords) / channels, LeastRows, MostRows);

    /// <summary>Chunks that hold <paramref name="rows"/>.</summary>
    public static int Chunks(int rows, int channels) => Integers.CeilingDivide(rows, PerChunk(rows, channels));

    /// <summary>
    /// Rows that a loop handles together: four narrow ones, so that a sum does not wait for its own store and what belongs to a channel is
    /// loaded once. Wide ones one by one: the order in which memory is met is then what prefetchers expect, which is worth more (0.6
    /// against 0.9 of the triad's bandwidth).
    /// </summary>
    public static int Together(nint channels) => channels < WideChannels ? 4 : 1;

    /// <summary>sums[c] = sum of x[r,c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* x, int rows, int channels, float* sums)
    {
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        int r = 0;
        for (; Together(channels) == 4 && r + 4 <= rows; r += 4, x += 4 * (nint)channels)
            for (int c = 0; c < channels; c += Lanes256.Count)
            {
                float* p = x + c;
                Lanes256 two = Lanes256.Load(p) + Lanes256.Load(p + channels);
                Lanes256 next = Lanes256.Load(p + 2 * (nint)channels) + Lanes256.Load(p + 3 * (nint)channels);
                Lanes256.Store(Lanes256.Load(sums + c) + (two + next), sums + c);
            }

        for (; r < rows; r++, x += channels)
            for (int c = 0; c < channels; c += Lanes256.Count)
                Lanes256.Store(Lanes256.Load(sums + c) + Lanes256.Load(x + c), sums + c);
    }

    /// <summary>totals[c] += values[c] in float64; both rows of <see cref="Lanes.Padded"/> words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Total(float* values, int channels, double* totals)
    {
        for (int c = 0; c < channels; c += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(values + c));
            (Vector256.Load(totals + c) + low).Store(totals + c);
            (Vector256.Load(totals + c + Vector256<double>.Count) + high).Store(totals + c + Vector256<double>.Count);
        }
    }
}

/// <summary>sums[chunk, c] = sum of x over the rows of the chunk.</summary>
internal readonly unsafe struct ColumnSumJob(float* x, int rows, int channels, float* sums) : IJob
{
    public void Run(int chunk, int worker)
    {
        int per = Rows.PerChunk(rows, channels), first = chunk * per;
        Rows.Sum(x + (nint)first * channels, Math.Min(per, rows - first), channels, sums + (nint)chunk * Lanes.Padded(channels));
    }

    /// <summary>One column of what the chunks left, summed in their order.</summary>
    /// <param name="sums">(chunks, channels padded).</param>
    /// <param name="first">First chunk.</param>
    /// <param name="count">Chunks.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="channel">The column.</param>
    public static double Total(float* sums, int first, int count, int channels, int channel)
    {
        double sum = 0;
        for (int chunk = first; chunk < first + count; chunk++)
            sum += sums[(nint)chunk * Lanes.Padded(channels) + channel];
        return sum;
    }
}
