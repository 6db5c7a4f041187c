using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels;

/// <summary>
/// One output row: the two input rows are blended into a line of the worker's own, then the line's pixels are blended.
/// </summary>
internal readonly unsafe struct ResizeJob(ResizeShape shape, float* x, float* y, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords) : IJob
{
    private readonly ResizeShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int image = chunk / _shape.OutHeight, p = chunk % _shape.OutHeight, words = _shape.Width * _shape.Channels;
        float* plane = x + (nint)image * _shape.Height * words, line = lines + (nint)worker * lineWords;
        float* upper = plane + (nint)_rows.Low(p) * words, lower = plane + (nint)_rows.High(p) * words;
        Vector<float> v = new(_rows.Weight(p)), rest = new(1 - _rows.Weight(p));
        for (int i = 0; i < words; i += Vector<float>.Count)
            (rest * Vector.Load(upper + i) + v * Vector.Load(lower + i)).Store(line + i);
        ResizeLine.Blend(_columns, _shape.Channels, _shape.OutWidth, line, y + (nint)chunk * _shape.OutWidth * _shape.Channels);
    }
}

/// <summary>One input row of the adjoint: the output rows that read it are summed into a line of the worker's own, whose pixels are then gathered.</summary>
internal readonly unsafe struct ResizeBackJob(ResizeShape shape, float* dy, float* dx, ResizeTable rows, ResizeTable columns,
    float* lines, int lineWords, bool add) : IJob
{
    private readonly ResizeShape _shape = shape;
    private readonly ResizeTable _rows = rows, _columns = columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int image = chunk / _shape.Height, h = chunk % _shape.Height, words = _shape.OutWidth * _shape.Channels;
        float* line = lines + (nint)worker * lineWords;
        new Span<float>(line, lineWords).Clear();
        for (int p = _rows.First(h); p < _rows.End(h); p++)
        {
            float* from = dy + ((nint)image * _shape.OutHeight + p) * words;
            Vector<float> weight = new(_rows.Weight(h, p));
            for (int i = 0; i < words; i += Vector<float>.Count)
                (Vector.Load(line + i) + weight * Vector.Load(from + i)).Store(line + i);
        }

        ResizeLine.Gather(_columns, _shape.Channels, _shape.Width, line, dx + (nint)chunk * _shape.Width * _shape.Channels, add);
    }
}

/// <summary>The resampling along a line of pixels, and its adjoint. Pixels of few channels (logits) are handled four floats at a time.</summary>
internal static unsafe class ResizeLine
{
    /// <summary>to = the <paramref name="width"/> pixels of the resampled line; nothing is written past them.</summary>
    public static void Blend(ResizeTable columns, int channels, int width, float* line, float* to)
    {
        if (channels < Vector<float>.Count)
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
                Vector128<float> sum = Vector128<float>.Zero;
                for (int q = columns.First(w); q < columns.End(w); q++)
                    sum += Vector128.Create(columns.Weight(w, q)) * Vector128.Load(line + (nint)q * channels + c);
                for (int i = 0; i < Math.Min(channels - c, Vector128<float>.Count); i++)
                    to[c + i] = (add ? to[c + i] : 0) + sum[i];
            }
    }
}
