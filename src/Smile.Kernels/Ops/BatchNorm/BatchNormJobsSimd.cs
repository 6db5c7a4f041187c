using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>
/// parts[chunk] = (mean of the chunk's rows; sum of squared differences from that mean; scratch), a row of channels each.
/// </summary>
internal readonly unsafe struct NormStatisticsJob<T>(NormShape shape, float* x, float* parts) : IJob
    where T : unmanaged, ILanes<T>
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        float* mean = parts + (nint)NormSums.PartRows * chunk * padded;
        NormSums.Moments<T>(x + (nint)first * channels, Math.Min(per, _shape.Rows - first), channels, mean, mean + padded,
            mean + 2 * padded);
    }
}

/// <summary>y = act((x - mean) * scale + shift + residual).</summary>
internal readonly unsafe struct NormaliseJob<TRelu, TResidual, TStore>(
    NormShape shape, float* x, float* residual, float* mean, float* scale,
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
            for (nint c = 0; c < channels; c += Lanes256.Count)
            {
                Lanes256 m = Lanes256.Load(mean + c), s = Lanes256.Load(scale + c), h = Lanes256.Load(shift + c);
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
            for (nint c = 0; c < channels; c += Lanes256.Count)
                One(x + c, residual + c, y + c, (int)(channels - c), Lanes256.Load(mean + c), Lanes256.Load(scale + c),
                    Lanes256.Load(shift + c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(float* x, float* residual, float* y, int left, Lanes256 mean, Lanes256 scale, Lanes256 shift)
    {
        Lanes256 z = Lanes256.MultiplyAdd(Lanes256.Load(x) - mean, scale, shift);
        if (TResidual.Taken)
            z += Lanes256.Load(residual);
        if (TRelu.Taken)
            z = Lanes256.WhereLessOrEqual(z, Lanes256.All(0), Lanes256.All(0), z);
        TStore.Store(z, y, left);
    }
}

/// <summary>parts[chunk] = (sum of dz; sum of dz * (x - mean)), a row of channels each; y is not read where there is no ReLU.</summary>
internal readonly unsafe struct NormSumsJob<T, TRelu>(NormShape shape, float* x, float* y, float* dy, float* mean, float* parts) : IJob
    where T : unmanaged, ILanes<T>
    where TRelu : struct, IChoice
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels), per = Rows.PerChunk(_shape.Rows, channels), first = chunk * per;
        nint at = (nint)first * channels;
        float* sums = parts + 2L * chunk * padded;
        NormSums.Gradients<T, TRelu>(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, per), channels, mean, sums, sums + padded);
    }
}

/// <summary>
/// dx = slope * dz + lean * (x - mean) + level; dresidual = dz; y is not read where there is no ReLU, and results nobody asked for are
/// null.
/// </summary>
internal readonly unsafe struct NormBackJob<TRelu, TStore, TResidualStore>(
    NormShape shape, float* x, float* y, float* dy, NormBackRows channelRows, float* dx,
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
        Run(x + at, y + at, dy + at, Math.Min(_shape.Rows - first, per), channels, _rows, dx == null ? null : dx + at,
            dresidual == null ? null : dresidual + at);
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
            for (nint c = 0; c < channels; c += Lanes256.Count)
            {
                Lanes256 m = Lanes256.Load(mean + c), s = Lanes256.Load(slope + c), l = Lanes256.Load(lean + c),
                    v = Lanes256.Load(level + c);
                nint i = block + c;
                for (r = top; r < end; r++, i += channels)
                {
                    Lanes256 dz = NormGradient.Of<Lanes256, TRelu>(y + i, dy + i);
                    if (dresidual != null)
                        TResidualStore.Store(dz, dresidual + i, (int)(channels - c));
                    if (dx != null)
                        TStore.Store(Lanes256.MultiplyAdd(dz, s, Lanes256.MultiplyAdd(Lanes256.Load(x + i) - m, l, v)), dx + i,
                            (int)(channels - c));
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
    public static T Of<T, TRelu>(float* y, float* dy)
        where T : unmanaged, ILanes<T>
        where TRelu : struct, IChoice => TRelu.Taken ? T.WhereGreater(T.Load(y), T.All(0), T.Load(dy), T.All(0)) : T.Load(dy);
}
