using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Resize;

/// <summary>
/// Some output rows: each input row they read is resampled along the line once, into a line of the worker's own; an output row is then a blend of two such
/// lines, element by element.
/// </summary>
internal readonly unsafe struct ResizeJob<T, TStore>(ResizeShape shape, float* x, float* y, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords) : IJob
    where T : unmanaged, IMathLanes<T>
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
            TStore.Put(rest * T.Load(upper + i) + v * T.Load(lower + i), to + i, T.Count);
        if (i < words)
            TStore.Put(rest * T.Load(upper + i) + v * T.Load(lower + i), to + i, words - i);
    }
}

/// <summary>Output rows of a chunk of <see cref="ResizeJob{T, TStore}"/>.</summary>
internal static class ResizeRows
{
    public const int ChunkRows = 64;

    public static int Chunks(in ResizeShape shape) => shape.Batch * ChunksOfImage(shape);

    public static int ChunksOfImage(in ResizeShape shape) => (shape.OutHeight + ChunkRows - 1) / ChunkRows;
}

/// <summary>One input row of the adjoint: the output rows that read it are summed into a line of the worker's own, whose pixels are then gathered.</summary>
internal readonly unsafe struct ResizeBackJob<T>(ResizeShape shape, float* dy, float* dx, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords, bool add) : IJob
    where T : unmanaged, IMathLanes<T>
{
    private readonly ResizeShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    public void Run(int chunk, int worker)
    {
        int image = chunk / _shape.Height, h = chunk % _shape.Height, words = _shape.OutWidth * _shape.Channels;
        float* line = lines + (nint)worker * lineWords;
        Sum(_rows, h, dy + (nint)image * _shape.OutHeight * words, words, line);
        ResizeLine.Gather(_columns, _shape.Channels, _shape.Width, line, dx + (nint)chunk * _shape.Width * _shape.Channels, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(ResizeTable rows, int h, float* dy, nint words, float* line)
    {
        // Four rows at once: as many streams as prefetchers follow, and the line is loaded and stored for each four only.
        new Span<float>(line, (int)words).Clear();
        int end = rows.End(h);
        for (int p = rows.First(h); p < end; p += 4)
        {
            float* a = dy + p * words, b = dy + Math.Min(p + 1, end - 1) * words, c = dy + Math.Min(p + 2, end - 1) * words, d = dy + Math.Min(p + 3, end - 1) * words;
            T u = T.All(rows.Weight(h, p)), v = T.All(p + 1 < end ? rows.Weight(h, p + 1) : 0), w = T.All(p + 2 < end ? rows.Weight(h, p + 2) : 0), z = T.All(p + 3 < end ? rows.Weight(h, p + 3) : 0);
            for (nint i = 0; i < words; i += T.Count)
            {
                T two = T.MultiplyAdd(u, T.Load(a + i), v * T.Load(b + i)), next = T.MultiplyAdd(w, T.Load(c + i), z * T.Load(d + i));
                T.Store(T.Load(line + i) + (two + next), line + i);
            }
        }
    }
}

/// <summary>The resampling along a line of pixels, and its adjoint. Pixels of few channels (logits) are handled four floats at a time.</summary>
internal static unsafe class ResizeLine
{
    /// <summary>to = the <paramref name="width"/> pixels of the resampled line; to has room for whole vectors.</summary>
    public static void Blend(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        if (columns.Picks.Fit)
            columns.Picks.Blend(line, to);
        else if (channels < Vector<float>.Count)
            BlendFew(columns, channels, width, line, to);
        else
            BlendMany(columns, channels, width, line, to);
    }

    /// <summary>to = (add: to +) the adjoint of <see cref="Blend"/> on a resampled line; to has <paramref name="width"/> pixels. Each element is one sum in a fixed order.</summary>
    public static void Gather(ResizeTable columns, int channels, int width, float* line, float* to, bool add)
    {
        if (channels < Vector<float>.Count)
            GatherFew(columns, channels, width, line, to, add);
        else
            GatherMany(columns, channels, width, line, to, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendMany(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        for (int q = 0; q < width; q++, to += channels)
        {
            float* left = line + (nint)columns.Low(q) * channels, right = line + (nint)columns.High(q) * channels;
            Vector<float> u = new(columns.Weight(q)), rest = new(1 - columns.Weight(q));
            for (int c = 0; c < channels; c += Vector<float>.Count)
                Lanes.Store(rest * Vector.Load(left + c) + u * Vector.Load(right + c), to + c, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendFew(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        float* end = to + (nint)width * channels;
        for (int q = 0; q < width; q++, to += channels)
        {
            float* left = line + (nint)columns.Low(q) * channels, right = line + (nint)columns.High(q) * channels;
            Vector128<float> u = Vector128.Create(columns.Weight(q)), rest = Vector128.Create(1 - columns.Weight(q));
            for (int c = 0; c < channels; c += Vector128<float>.Count)
            {
                Vector128<float> value = rest * Vector128.Load(left + c) + u * Vector128.Load(right + c);
                if (to + c + Vector128<float>.Count <= end)
                    value.Store(to + c);
                else
                    for (int i = 0; i < channels - c; i++)
                        to[c + i] = value[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherMany(ResizeTable columns, int channels, int width, float* line, float* to, bool add)
    {
        for (int w = 0; w < width; w++, to += channels)
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int q = columns.First(w); q < columns.End(w); q++)
                    sum += new Vector<float>(columns.Weight(w, q)) * Vector.Load(line + (nint)q * channels + c);
                Lanes.Put(sum, to + c, channels - c, add);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherFew(ResizeTable columns, int channels, int width, float* line, float* to, bool add)
    {
        for (int w = 0; w < width; w++, to += channels)
            for (int c = 0; c < channels; c += Vector128<float>.Count)
            {
                Vector128<float> sum = Vector128<float>.Zero, second = sum, third = sum, fourth = sum; // one sum would wait for itself
                int q = columns.First(w), end = columns.End(w);
                float* from = line + (nint)q * channels + c;
                for (; q + 4 <= end; q += 4, from += 4 * (nint)channels)
                {
                    sum += Vector128.Create(columns.Weight(w, q)) * Vector128.Load(from);
                    second += Vector128.Create(columns.Weight(w, q + 1)) * Vector128.Load(from + channels);
                    third += Vector128.Create(columns.Weight(w, q + 2)) * Vector128.Load(from + 2 * (nint)channels);
                    fourth += Vector128.Create(columns.Weight(w, q + 3)) * Vector128.Load(from + 3 * (nint)channels);
                }

                for (; q < end; q++, from += channels)
                    sum += Vector128.Create(columns.Weight(w, q)) * Vector128.Load(from);
                sum = (sum + second) + (third + fourth);
                for (int i = 0; i < Math.Min(channels - c, Vector128<float>.Count); i++)
                    to[c + i] = (add ? to[c + i] : 0) + sum[i];
            }
    }
}
