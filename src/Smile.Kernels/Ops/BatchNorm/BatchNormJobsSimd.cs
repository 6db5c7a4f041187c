using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>
/// parts[chunk] = (mean of the chunk's rows; sum of squared differences from that mean), a row of channels each. Both are
/// taken while the chunk lies in cache, so x comes from memory once; differences from a near mean do not cancel.
/// </summary>
internal readonly unsafe struct NormStatisticsJob(NormShape shape, float* x, float* parts) : IJob
{
    private readonly NormShape _shape = shape;

    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, first = chunk * Rows.PerChunk(channels);
        int rows = Math.Min(Rows.PerChunk(channels), _shape.Rows - first);
        float* mean = parts + 2L * chunk * Lanes.Padded(channels), from = x + (nint)first * channels;
        Rows.Sum(from, rows, channels, mean);
        for (int c = 0; c < channels; c++)
            mean[c] /= rows;
        Rows.SumSquares(from, rows, channels, mean, mean + Lanes.Padded(channels));
    }
}

/// <summary>y = act((x - mean) * scale + shift + residual).</summary>
internal readonly unsafe struct NormaliseJob(NormShape shape, float* x, float* residual, float* mean, float* scale,
    float* shift, float* y) : IJob
{
    private readonly NormShape _shape = shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, first = chunk * Rows.PerChunk(channels);
        int end = Math.Min(_shape.Rows, first + Rows.PerChunk(channels));
        bool relu = _shape.Relu;
        for (int r = first; r < end; r++)
        {
            nint row = (nint)r * channels;
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                Vector<float> z = Vector.FusedMultiplyAdd(Vector.Load(x + row + c) - Vector.Load(mean + c),
                    Vector.Load(scale + c), Vector.Load(shift + c));
                if (residual != null)
                    z += Vector.Load(residual + row + c);
                if (relu)
                    z = Vector.ConditionalSelect(Vector.LessThanOrEqual(z, Vector<float>.Zero), Vector<float>.Zero, z);
                Lanes.Store(z, y + row + c, channels - c);
            }
        }
    }
}

/// <summary>parts[chunk] = (sum of dz; sum of dz * (x - mean)), a row of channels each; y is null where there is no ReLU.</summary>
internal readonly unsafe struct NormSumsJob(NormShape shape, float* x, float* y, float* dy, float* mean, float* parts) : IJob
{
    private readonly NormShape _shape = shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, padded = Lanes.Padded(channels);
        int first = chunk * Rows.PerChunk(channels), end = Math.Min(_shape.Rows, first + Rows.PerChunk(channels));
        float* sums = parts + 2L * chunk * padded, dots = sums + padded;
        new Span<float>(sums, 2 * padded).Clear();
        int r = first;
        for (; r + 2 <= end; r += 2)
        {
            nint row = (nint)r * channels;
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                nint i = row + c, j = i + channels;
                Vector<float> m = Vector.Load(mean + c), a = Gradient(i), b = Gradient(j);
                (Vector.Load(sums + c) + (a + b)).Store(sums + c);
                (Vector.Load(dots + c) + (a * (Vector.Load(x + i) - m) + b * (Vector.Load(x + j) - m))).Store(dots + c);
            }
        }

        for (; r < end; r++)
        {
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                nint i = (nint)r * channels + c;
                Vector<float> a = Gradient(i);
                (Vector.Load(sums + c) + a).Store(sums + c);
                (Vector.Load(dots + c) + a * (Vector.Load(x + i) - Vector.Load(mean + c))).Store(dots + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Gradient(nint i)
    {
        Vector<float> d = Vector.Load(dy + i);
        return y == null ? d : Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y + i), Vector<float>.Zero), d, Vector<float>.Zero);
    }
}

/// <summary>
/// dx = slope * dz + lean * (x - mean) + level; dresidual = dz; y is null where there is no ReLU, and so are results nobody
/// asked for.
/// </summary>
internal readonly unsafe struct NormBackJob(NormShape shape, float* x, float* y, float* dy, float* mean, float* slope,
    float* lean, float* level, float* dx, bool add, float* dresidual, bool residualAdd) : IJob
{
    private readonly NormShape _shape = shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int channels = _shape.Channels, first = chunk * Rows.PerChunk(channels);
        int end = Math.Min(_shape.Rows, first + Rows.PerChunk(channels));
        for (int r = first; r < end; r++)
        {
            for (int c = 0; c < channels; c += Vector<float>.Count)
            {
                nint i = (nint)r * channels + c;
                Vector<float> dz = Vector.Load(dy + i);
                if (y != null)
                    dz = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y + i), Vector<float>.Zero), dz, Vector<float>.Zero);
                if (dresidual != null)
                    Lanes.Put(dz, dresidual + i, channels - c, residualAdd);
                if (dx == null)
                    continue;
                Vector<float> inner = Vector.FusedMultiplyAdd(Vector.Load(x + i) - Vector.Load(mean + c),
                    Vector.Load(lean + c), Vector.Load(level + c));
                Lanes.Put(Vector.FusedMultiplyAdd(dz, Vector.Load(slope + c), inner), dx + i, channels - c, add);
            }
        }
    }
}
