using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Resize;

/// <summary>
/// Some output rows: each input row they read is resampled along the line once, into a line of the worker's own; an output row is then a
/// blend of two such lines, element by element.
/// </summary>
internal readonly unsafe struct ResizeJob<T, TStore>(ResizeShape shape, float* x, float* y, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords) : IJob
    where T : unmanaged, ILanes<T>
    where TStore : struct, IStore
{
    private readonly ResizeShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    public void Run(int chunk, int worker)
    {
        int perImage = ResizeRows.ChunksOfImage(_shape), image = chunk / perImage, first = chunk % perImage * ResizeRows.ChunkRows;
        int end = Math.Min(_shape.OutHeight, first + ResizeRows.ChunkRows);
        int channels = _shape.Channels, width = _shape.OutWidth, words = width * channels, low = -1, high = -1;
        nint row = (nint)_shape.Width * channels;
        float* plane = x + image * _shape.Height * row, upper = lines + 2L * worker * lineWords, lower = upper + lineWords;
        for (int p = first; p < end; p++)
        {
            if (_rows.Low(p) != low)
            {
                low = _rows.Low(p);
                float* spare = upper;
                upper = low == high ? lower : upper;
                lower = low == high ? spare : lower;
                if (low != high)
                    ResizeLine.Blend(_columns, channels, width, plane + low * row, upper);
                high = -1;
            }

            if (_rows.High(p) != high)
            {
                high = _rows.High(p);
                ResizeLine.Blend(_columns, channels, width, plane + high * row, lower);
            }

            Blend(upper, lower, _rows.Weight(p), y + ((nint)image * _shape.OutHeight + p) * words, words);
        }

        TStore.End();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blend(float* upper, float* lower, float weight, float* to, int words)
    {
        T v = T.All(weight), rest = T.All(1 - weight);
        int i = 0;
        for (; i + T.Count <= words; i += T.Count)
            TStore.Store(rest * T.Load(upper + i) + v * T.Load(lower + i), to + i, T.Count);
        if (i < words)
            TStore.Store(rest * T.Load(upper + i) + v * T.Load(lower + i), to + i, words - i);
    }
}

/// <summary>Output rows of a chunk of <see cref="ResizeJob{T, TStore}"/>.</summary>
internal static class ResizeRows
{
    public const int ChunkRows = 64;

    public static int Chunks(in ResizeShape shape) => shape.Batch * ChunksOfImage(shape);

    public static int ChunksOfImage(in ResizeShape shape) => Integers.CeilingDivide(shape.OutHeight, ChunkRows);
}

/// <summary>
/// One input row of the adjoint: the output rows that read it are summed into a line of the worker's own, whose pixels are then gathered.
/// </summary>
internal readonly unsafe struct ResizeBackJob<T, TStore>(ResizeShape shape, float* dy, float* dx, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords) : IJob
    where T : unmanaged, ILanes<T>
    where TStore : struct, IStore
{
    private readonly ResizeShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    public void Run(int chunk, int worker)
    {
        int image = chunk / _shape.Height, h = chunk % _shape.Height, words = _shape.OutWidth * _shape.Channels;
        float* line = lines + (nint)worker * lineWords;
        Sum(_rows, h, dy + (nint)image * _shape.OutHeight * words, words, line);
        ResizeLine.Gather<TStore>(_columns, _shape.Channels, _shape.Width, line, dx + (nint)chunk * _shape.Width * _shape.Channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(ResizeTable rows, int h, float* dy, nint words, float* line)
    {
        // Four rows at once: as many streams as prefetchers follow, and the line is loaded and stored for each four only.
        new Span<float>(line, (int)words).Clear();
        int end = rows.End(h);
        for (int p = rows.First(h); p < end; p += 4)
        {
            float* a = dy + p * words, b = dy + Math.Min(p + 1, end - 1) * words, c = dy + Math.Min(p + 2, end - 1) * words,
                d = dy + Math.Min(p + 3, end - 1) * words;
            T u = T.All(rows.Weight(h, p)), v = T.All(p + 1 < end ? rows.Weight(h, p + 1) : 0),
                w = T.All(p + 2 < end ? rows.Weight(h, p + 2) : 0), z = T.All(p + 3 < end ? rows.Weight(h, p + 3) : 0);
            for (nint i = 0; i < words; i += T.Count)
            {
                T two = T.MultiplyAdd(u, T.Load(a + i), v * T.Load(b + i)), next = T.MultiplyAdd(w, T.Load(c + i), z * T.Load(d + i));
                T.Store(T.Load(line + i) + (two + next), line + i);
            }
        }
    }
}

/// <summary>
/// The resampling along a line of pixels, and its adjoint. Pixels of few channels (logits) are handled four floats at a time.
/// </summary>
internal static unsafe class ResizeLine
{
    /// <summary>to = the <paramref name="width"/> pixels of the resampled line; to has room for whole vectors.</summary>
    public static void Blend(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        if (columns.Picks.Fit)
            columns.Picks.Blend(line, to);
        else if (channels < Lanes256.Count)
            BlendFew(columns, channels, width, line, to);
        else
            BlendMany(columns, channels, width, line, to);
    }

    /// <summary>
    /// The adjoint of <see cref="Blend"/> on a resampled line, stored to <paramref name="width"/> pixels. Each element is one sum in a
    /// fixed order.
    /// </summary>
    public static void Gather<TStore>(ResizeTable columns, int channels, int width, float* line, float* to)
        where TStore : struct, IStore
    {
        if (channels < Lanes256.Count)
            GatherFew<TStore>(columns, channels, width, line, to);
        else
            GatherMany<TStore>(columns, channels, width, line, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendMany(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        for (int q = 0; q < width; q++, to += channels)
        {
            float* left = line + (nint)columns.Low(q) * channels, right = line + (nint)columns.High(q) * channels;
            Lanes256 u = Lanes256.All(columns.Weight(q)), rest = Lanes256.All(1 - columns.Weight(q));
            for (int c = 0; c < channels; c += Lanes256.Count)
                Lanes.Store(rest * Lanes256.Load(left + c) + u * Lanes256.Load(right + c), to + c, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendFew(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        float* end = to + (nint)width * channels;
        for (int q = 0; q < width; q++, to += channels)
        {
            float* left = line + (nint)columns.Low(q) * channels, right = line + (nint)columns.High(q) * channels;
            Lanes128 u = Lanes128.All(columns.Weight(q)), rest = Lanes128.All(1 - columns.Weight(q));
            for (int c = 0; c < channels; c += Lanes128.Count) // what is past the pixel is the next one's, and overwritten by it
                Lanes.Store(rest * Lanes128.Load(left + c) + u * Lanes128.Load(right + c), to + c, (int)(end - to) - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherMany<TStore>(ResizeTable columns, int channels, int width, float* line, float* to)
        where TStore : struct, IStore
    {
        for (int w = 0; w < width; w++, to += channels)
            for (int c = 0; c < channels; c += Lanes256.Count)
            {
                Lanes256 sum = Lanes256.All(0);
                for (int q = columns.First(w); q < columns.End(w); q++)
                    sum += Lanes256.All(columns.Weight(w, q)) * Lanes256.Load(line + (nint)q * channels + c);
                TStore.Store(sum, to + c, channels - c);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherFew<TStore>(ResizeTable columns, int channels, int width, float* line, float* to)
        where TStore : struct, IStore
    {
        for (int w = 0; w < width; w++, to += channels)
            for (int c = 0; c < channels; c += Lanes128.Count)
            {
                Lanes128 sum = Lanes128.All(0), second = sum, third = sum, fourth = sum; // one sum would wait for itself
                int q = columns.First(w), end = columns.End(w);
                float* from = line + (nint)q * channels + c;
                for (; q + 4 <= end; q += 4, from += 4 * (nint)channels)
                {
                    sum += Lanes128.All(columns.Weight(w, q)) * Lanes128.Load(from);
                    second += Lanes128.All(columns.Weight(w, q + 1)) * Lanes128.Load(from + channels);
                    third += Lanes128.All(columns.Weight(w, q + 2)) * Lanes128.Load(from + 2 * (nint)channels);
                    fourth += Lanes128.All(columns.Weight(w, q + 3)) * Lanes128.Load(from + 3 * (nint)channels);
                }

                for (; q < end; q++, from += channels)
                    sum += Lanes128.All(columns.Weight(w, q)) * Lanes128.Load(from);
                TStore.Store((sum + second) + (third + fourth), to + c, channels - c);
            }
    }
}
