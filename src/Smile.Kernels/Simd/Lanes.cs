using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>
/// Habits of the vector loops. They step over the channels of a row, or over a whole tensor, by <see cref="Count"/> lanes. The last
/// vector may reach past the end: it is loaded whole (each arena has room for that) and computed, and only the lanes
/// that belong to the tensor are stored. So an element is computed by the same instructions wherever it lies.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Words of a chunk of an element-wise job: 64 KiB an operand.</summary>
    public const int ChunkWords = 1 << 14;

    /// <summary>Floats of a vector.</summary>
    public static int Count => Vector<float>.Count;

    /// <summary>Chunks that hold <paramref name="words"/>.</summary>
    public static int Chunks(int words) => (int)(((long)words + ChunkWords - 1) / ChunkWords);

    /// <summary><paramref name="channels"/> rounded up to whole vectors of any width: the row length of scratch tables.</summary>
    public static int Padded(int channels) => (channels + 15) / 16 * 16;

    /// <summary>Stores the first <paramref name="left"/> lanes, or all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* to, int left)
    {
        if (left >= Vector<float>.Count)
            value.Store(to);
        else
            StorePart(value, to, left);
    }

    /// <summary>As <see cref="Store"/>, adding to what is there if asked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Vector<float> value, float* to, int left, bool add) => Store(add ? value + Vector.Load(to) : value, to, left);

    private static void StorePart(Vector<float> value, float* to, int left)
    {
        for (int i = 0; i < left; i++)
            to[i] = value[i];
    }
}

/// <summary>One element of a result from one element of each of two sources.</summary>
internal interface IElement
{
    static abstract Vector<float> Of(Vector<float> a, Vector<float> b);
}

/// <summary>y = (add: y +) f(a, b), element by element. y may be a or b.</summary>
internal readonly unsafe struct ElementJob<TElement>(float* a, float* b, float* y, int length, bool add) : IJob
    where TElement : struct, IElement
{
    public void Run(int chunk, int worker)
    {
        int first = chunk * Lanes.ChunkWords;
        Run(a + first, b + first, y + first, Math.Min(length - first, Lanes.ChunkWords), add);
    }

    // Operands are arguments: a field would be read again after each store, which may have changed it for all the JIT knows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* a, float* b, float* y, int length, bool add)
    {
        for (int i = 0; i < length; i += Vector<float>.Count)
            Lanes.Put(TElement.Of(Vector.Load(a + i), Vector.Load(b + i)), y + i, length - i, add);
    }
}

/// <summary>A choice that the JIT compiles a loop for.</summary>
internal interface IChoice
{
    static abstract bool Taken { get; }
}

internal readonly struct Yes : IChoice
{
    public static bool Taken => true;
}

internal readonly struct No : IChoice
{
    public static bool Taken => false;
}

/// <summary>Rows of (rows, channels) tensors in chunks, for sums over rows and for per-channel work.</summary>
internal static unsafe class Rows
{
    private const int LeastRows = 32, MostRows = 1024, CentreRows = 8, WideChannels = 64;

    /// <summary>
    /// Rows of a chunk: about <see cref="Lanes.ChunkWords"/> words; few enough that a float32 sum over them is good, enough
    /// that the chunks' sums are small beside the tensor.
    /// </summary>
    public static int PerChunk(int channels) => Math.Clamp(Lanes.ChunkWords / channels, LeastRows, MostRows);

    /// <summary>Chunks that hold <paramref name="rows"/>.</summary>
    public static int Chunks(int rows, int channels) => (rows + PerChunk(channels) - 1) / PerChunk(channels);

    /// <summary>
    /// Rows that a loop handles together: four narrow ones, so that a sum does not wait for its own store and what belongs to a channel is loaded once. Wide
    /// ones one by one: the order in which memory is met is then what prefetchers expect, which is worth more (0.6 against 0.9 of the triad's bandwidth).
    /// </summary>
    public static int Together(nint channels) => channels < WideChannels ? 4 : 1;

    /// <summary>sums[c] = sum of x[r,c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* x, int rows, int channels, float* sums)
    {
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        int r = 0;
        for (; Together(channels) == 4 && r + 4 <= rows; r += 4, x += 4 * (nint)channels)
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                float* p = x + c;
                Vector<float> two = Vector.Load(p) + Vector.Load(p + channels);
                Vector<float> next = Vector.Load(p + 2 * (nint)channels) + Vector.Load(p + 3 * (nint)channels);
                (Vector.Load(sums + c) + (two + next)).Store(sums + c);
            }

        for (; r < rows; r++, x += channels)
            for (int c = 0; c < channels; c += Vector<float>.Count)
                (Vector.Load(sums + c) + Vector.Load(x + c)).Store(sums + c);
    }

    /// <summary>
    /// mean[c], and squares[c] = sum of (x[r,c] - mean[c]) squared, in one pass over x. Both come from differences from the mean of the first rows, which is at
    /// most sqrt(rows / 8) standard deviations off: a large mean cancels nothing, and the correction by that distance at most 7 bits in the worst case.
    /// </summary>
    /// <param name="x">(rows, channels).</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="mean">A row; overwritten.</param>
    /// <param name="squares">A row; overwritten.</param>
    /// <param name="sums">A row of scratch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(float* x, int rows, int channels, float* mean, float* squares, float* sums)
    {
        int first = Math.Min(rows, CentreRows);
        Sum(x, first, channels, mean);
        for (int c = 0; c < channels; c++)
            mean[c] /= first;
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        new Span<float>(squares, Lanes.Padded(channels)).Clear();
        nint row = channels;
        int r = 0;
        for (; Together(channels) == 4 && r + 4 <= rows; r += 4, x += 4 * row)
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                float* p = x + c;
                Vector<float> m = Vector.Load(mean + c), d0 = Vector.Load(p) - m, d1 = Vector.Load(p + row) - m;
                Vector<float> d2 = Vector.Load(p + 2 * row) - m, d3 = Vector.Load(p + 3 * row) - m;
                (Vector.Load(sums + c) + ((d0 + d1) + (d2 + d3))).Store(sums + c);
                (Vector.Load(squares + c) + (Vector.FusedMultiplyAdd(d1, d1, d0 * d0) + Vector.FusedMultiplyAdd(d3, d3, d2 * d2))).Store(squares + c);
            }

        for (; r < rows; r++, x += row)
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> d = Vector.Load(x + c) - Vector.Load(mean + c);
                (Vector.Load(sums + c) + d).Store(sums + c);
                (Vector.Load(squares + c) + d * d).Store(squares + c);
            }

        for (int c = 0; c < channels; c++)
        {
            double shift = (double)sums[c] / rows;
            mean[c] = (float)(mean[c] + shift);
            squares[c] = (float)Math.Max(0, squares[c] - sums[c] * shift);
        }
    }
}

/// <summary>sums[chunk, c] = sum of x over the rows of the chunk.</summary>
internal readonly unsafe struct ColumnSumJob(float* x, int rows, int channels, float* sums) : IJob
{
    public void Run(int chunk, int worker)
    {
        int first = chunk * Rows.PerChunk(channels), count = Math.Min(Rows.PerChunk(channels), rows - first);
        Rows.Sum(x + (nint)first * channels, count, channels, sums + (nint)chunk * Lanes.Padded(channels));
    }
}
