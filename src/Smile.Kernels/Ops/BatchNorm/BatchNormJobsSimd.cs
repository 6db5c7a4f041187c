using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>parts[chunk] = (mean of the chunk's rows; sum of squared differences from that mean; scratch), a row of channels each.</summary>
internal readonly unsafe struct NormStatisticsJob(NormShape shape, float* x, float* parts) : IJob
{
    /// <summary>Rows of a part.</summary>
    public const int PartRows = 3;

    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), first = chunk * Rows.PerChunk(channels);
        float* mean = parts + (nint)PartRows * chunk * padded;
        Rows.Moments(x + (nint)first * channels, Math.Min(Rows.PerChunk(channels), _shape.Rows - first), channels, mean, mean + padded, mean + 2 * padded);
    }
}

/// <summary>y = act((x - mean) * scale + shift + residual).</summary>
internal readonly unsafe struct NormaliseJob<TRelu, TResidual>(NormShape shape, float* x, float* residual, float* mean, float* scale,
    float* shift, float* y) : IJob
    where TRelu : struct, IChoice
    where TResidual : struct, IChoice
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, first = chunk * Rows.PerChunk(channels);
        nint at = (nint)first * channels;
        Run(x + at, residual + at, y + at, Math.Min(_shape.Rows - first, Rows.PerChunk(channels)), channels, mean, scale, shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* x, float* residual, float* y, int rows, nint channels, float* mean, float* scale, float* shift)
    {
        int r = 0;
        for (; Rows.Together(channels) == 4 && r + 4 <= rows; r += 4, x += 4 * channels, residual += 4 * channels, y += 4 * channels)
            for (nint c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> m = Vector.Load(mean + c), s = Vector.Load(scale + c), h = Vector.Load(shift + c);
                int left = (int)(channels - c);
                nint i = c;
                One(x + i, residual + i, y + i, left, m, s, h);
                i += channels;
                One(x + i, residual + i, y + i, left, m, s, h);
                i += channels;
                One(x + i, residual + i, y + i, left, m, s, h);
                i += channels;
                One(x + i, residual + i, y + i, left, m, s, h);
            }

        for (; r < rows; r++, x += channels, residual += channels, y += channels)
            for (nint c = 0; c < channels; c += Vector<float>.Count)
                One(x + c, residual + c, y + c, (int)(channels - c), Vector.Load(mean + c), Vector.Load(scale + c), Vector.Load(shift + c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(float* x, float* residual, float* y, int left, Vector<float> mean, Vector<float> scale, Vector<float> shift)
    {
        Vector<float> z = Vector.FusedMultiplyAdd(Vector.Load(x) - mean, scale, shift);
        if (TResidual.Taken)
            z += Vector.Load(residual);
        if (TRelu.Taken)
            z = Vector.ConditionalSelect(Vector.LessThanOrEqual(z, Vector<float>.Zero), Vector<float>.Zero, z);
        Lanes.Store(z, y, left);
    }
}

/// <summary>parts[chunk] = (sum of dz; sum of dz * (x - mean)), a row of channels each; y is not read where there is no ReLU.</summary>
internal readonly unsafe struct NormSumsJob<TRelu>(NormShape shape, float* x, float* y, float* dy, float* mean, float* parts) : IJob
    where TRelu : struct, IChoice
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), first = chunk * Rows.PerChunk(channels);
        nint at = (nint)first * channels;
        float* sums = parts + 2L * chunk * padded;
        new Span<float>(sums, 2 * padded).Clear();
        Run(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, Rows.PerChunk(channels)), channels, mean, sums, sums + padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* x, float* y, float* dy, int rows, nint channels, float* mean, float* sums, float* dots)
    {
        int r = 0;
        for (; Rows.Together(channels) == 4 && r + 4 <= rows; r += 4, x += 4 * channels, y += 4 * channels, dy += 4 * channels)
            for (nint c = 0; c < channels; c += Vector<float>.Count)
            {
                nint i0 = c, i1 = i0 + channels, i2 = i1 + channels, i3 = i2 + channels;
                Vector<float> m = Vector.Load(mean + c);
                Vector<float> d0 = NormGradient.Of<TRelu>(y + i0, dy + i0), d1 = NormGradient.Of<TRelu>(y + i1, dy + i1);
                Vector<float> d2 = NormGradient.Of<TRelu>(y + i2, dy + i2), d3 = NormGradient.Of<TRelu>(y + i3, dy + i3);
                (Vector.Load(sums + c) + ((d0 + d1) + (d2 + d3))).Store(sums + c);
                Vector<float> low = Vector.FusedMultiplyAdd(d1, Vector.Load(x + i1) - m, d0 * (Vector.Load(x + i0) - m));
                Vector<float> high = Vector.FusedMultiplyAdd(d3, Vector.Load(x + i3) - m, d2 * (Vector.Load(x + i2) - m));
                (Vector.Load(dots + c) + (low + high)).Store(dots + c);
            }

        for (; r < rows; r++, x += channels, y += channels, dy += channels)
            for (nint c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> d = NormGradient.Of<TRelu>(y + c, dy + c);
                (Vector.Load(sums + c) + d).Store(sums + c);
                (Vector.Load(dots + c) + d * (Vector.Load(x + c) - Vector.Load(mean + c))).Store(dots + c);
            }
    }
}

/// <summary>
/// dx = slope * dz + lean * (x - mean) + level; dresidual = dz; y is not read where there is no ReLU, and results nobody asked for are null.
/// </summary>
internal readonly unsafe struct NormBackJob<TRelu>(NormShape shape, float* x, float* y, float* dy, NormBackRows channelRows, float* dx, bool add, float* dresidual,
    bool residualAdd) : IJob
    where TRelu : struct, IChoice
{
    private readonly NormShape _shape = shape;
    private readonly NormBackRows _rows = channelRows;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, first = chunk * Rows.PerChunk(channels);
        nint at = (nint)first * channels;
        Run(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, Rows.PerChunk(channels)), channels, _rows, dx == null ? null : dx + at, add,
            dresidual == null ? null : dresidual + at, residualAdd);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* x, float* y, float* dy, int rows, nint channels, NormBackRows of, float* dx, bool add, float* dresidual, bool residualAdd)
    {
        float* mean = of.Mean, slope = of.Slope, lean = of.Lean, level = of.Level;
        int r = 0, together = Rows.Together(channels);
        for (nint block = 0; r < rows; block += together * channels)
        {
            int end = Math.Min(r + together, rows), top = r;
            for (nint c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> m = Vector.Load(mean + c), s = Vector.Load(slope + c), l = Vector.Load(lean + c), v = Vector.Load(level + c);
                nint i = block + c;
                for (r = top; r < end; r++, i += channels)
                {
                    Vector<float> dz = NormGradient.Of<TRelu>(y + i, dy + i);
                    if (dresidual != null)
                        Lanes.Put(dz, dresidual + i, (int)(channels - c), residualAdd);
                    if (dx != null)
                        Lanes.Put(Vector.FusedMultiplyAdd(dz, s, Vector.FusedMultiplyAdd(Vector.Load(x + i) - m, l, v)), dx + i, (int)(channels - c), add);
                }
            }
        }
    }
}

/// <summary>What belongs to a channel in <see cref="NormBackJob{TRelu}"/>, a row each.</summary>
internal readonly unsafe struct NormBackRows(float* mean, float* slope, float* lean, float* level)
{
    public float* Mean => mean;

    public float* Slope => slope;

    public float* Lean => lean;

    public float* Level => level;
}

/// <summary>The gradient behind the ReLU.</summary>
internal static unsafe class NormGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of<TRelu>(float* y, float* dy)
        where TRelu : struct, IChoice => TRelu.Taken
        ? Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y), Vector<float>.Zero), Vector.Load(dy), Vector<float>.Zero)
        : Vector.Load(dy);
}
