using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>parts[chunk] = (mean of the chunk's rows; sum of squared differences from that mean; scratch), a row of channels each.</summary>
internal readonly unsafe struct NormStatisticsJob<TRow>(NormShape shape, float* x, float* parts) : IJob
    where TRow : unmanaged, ILanes<TRow>
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        float* mean = parts + (nint)NormSums.PartRows * chunk * padded;
        NormSums.Moments<TRow>(x + (nint)first * channels, Math.Min(per, _shape.Rows - first), channels, mean, mean + padded, mean + 2 * padded);
    }
}

/// <summary>y = act((x - mean) * scale + shift + residual).</summary>
internal readonly unsafe struct NormaliseJob<TRelu, TResidual, TStore>(NormShape shape, float* x, float* residual, float* mean, float* scale,
    float* shift, float* y) : IJob
    where TRelu : struct, IChoice
    where TResidual : struct, IChoice
    where TStore : struct, IStore
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        nint at = (nint)first * channels;
        Run(x + at, residual + at, y + at, Math.Min(_shape.Rows - first, per), channels, mean, scale, shift);
        TStore.End();
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
        TStore.Put(z, y, left);
    }
}

/// <summary>parts[chunk] = (sum of dz; sum of dz * (x - mean)), a row of channels each; y is not read where there is no ReLU.</summary>
internal readonly unsafe struct NormSumsJob<TRow, TRelu>(NormShape shape, float* x, float* y, float* dy, float* mean, float* parts) : IJob
    where TRow : unmanaged, ILanes<TRow>
    where TRelu : struct, IChoice
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        nint at = (nint)first * channels;
        float* sums = parts + 2L * chunk * padded;
        NormSums.Gradients<TRow, TRelu>(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, per), channels, mean, sums, sums + padded);
    }
}

/// <summary>
/// dx = slope * dz + lean * (x - mean) + level; dresidual = dz; y is not read where there is no ReLU, and results nobody asked for are null.
/// </summary>
internal readonly unsafe struct NormBackJob<TRelu, TStore, TResidualStore>(NormShape shape, float* x, float* y, float* dy, NormBackRows channelRows, float* dx,
    float* dresidual) : IJob
    where TRelu : struct, IChoice
    where TStore : struct, IStore
    where TResidualStore : struct, IStore
{
    private readonly NormShape _shape = shape;
    private readonly NormBackRows _rows = channelRows;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        nint at = (nint)first * channels;
        Run(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, per), channels, _rows, dx == null ? null : dx + at, dresidual == null ? null : dresidual + at);
        TStore.End();
        TResidualStore.End();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* x, float* y, float* dy, int rows, nint channels, NormBackRows of, float* dx, float* dresidual)
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
                        TResidualStore.Put(dz, dresidual + i, (int)(channels - c));
                    if (dx != null)
                        TStore.Put(Vector.FusedMultiplyAdd(dz, s, Vector.FusedMultiplyAdd(Vector.Load(x + i) - m, l, v)), dx + i, (int)(channels - c));
                }
            }
        }
    }
}

/// <summary>What belongs to a channel in <see cref="NormBackJob{TRelu, TStore, TResidualStore}"/>, a row each.</summary>
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
