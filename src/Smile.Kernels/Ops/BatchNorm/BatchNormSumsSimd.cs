using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>
/// The sums over rows that batch normalisation needs, a chunk of rows at a time. Four vectors of channels at once have their sums in
/// registers for a group of rows: kept in memory they would be loaded and stored for each row. Rows of more channels are then not met in
/// the order of memory, which prefetchers do not follow (half the speed at 256 channels); so the block fetches what it will need of the
/// next group.
/// </summary>
internal static unsafe class NormSums
{
    /// <summary>Rows of channels that <see cref="NormStatisticsJob{T}"/> leaves for each chunk.</summary>
    public const int PartRows = 3;

    private const int Block = 4, LineWords = 16, CentreRows = 8, GroupWords = 1024, LeastGroup = 8, SegmentChannels = 512;

    /// <summary>
    /// mean[c], and squares[c] = sum of (x[r,c] - mean[c]) squared, in one pass over x. Both come from differences from the mean of the
    /// first rows, which is at most sqrt(rows / 8) standard deviations off: a large mean cancels nothing, and the correction by that
    /// distance at most 6 bits in the worst case. Rounding may leave squares that are 0 a little below.
    /// </summary>
    /// <param name="x">(rows, channels).</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="mean">A row; overwritten.</param>
    /// <param name="squares">A row; overwritten.</param>
    /// <param name="sums">A row of scratch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments<T>(float* x, int rows, int channels, float* mean, float* squares, float* sums)
        where T : unmanaged, ILanes<T>
    {
        int first = Math.Min(rows, CentreRows), lanes = T.Count, group = Group(channels);
        Rows.Sum(x, first, channels, mean);
        T part = T.All(1f / first);
        for (int c = 0; c < channels; c += lanes)
            T.Store(T.Load(mean + c) * part, mean + c);
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        new Span<float>(squares, Lanes.Padded(channels)).Clear();
        for (int segment = 0; segment < channels; segment += SegmentChannels)
            for (int r = 0, end = Math.Min(channels, segment + SegmentChannels); r < rows; r += group)
            {
                int count = Math.Min(group, rows - r), c = segment;
                float* top = x + (nint)r * channels;
                for (; c + Block * lanes <= end; c += Block * lanes)
                    MomentsOfBlock<T>(top + c, count, channels, group, mean + c, squares + c, sums + c);
                for (; c < end; c += lanes)
                    MomentsOfVector<T>(top + c, count, channels, mean + c, squares + c, sums + c);
            }

        T each = T.All(1f / rows);
        for (int c = 0; c < channels; c += lanes)
        {
            T sum = T.Load(sums + c), shift = sum * each;
            T.Store(T.Load(mean + c) + shift, mean + c);
            T.Store(T.Load(squares + c) - sum * shift, squares + c);
        }
    }

    /// <summary>
    /// sums[c] = sum of dz[r,c]; dots[c] = sum of dz[r,c] (x[r,c] - mean[c]); dz = dy where y is positive, or dy without ReLU.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradients<T, TRelu>(float* x, float* y, float* dy, int rows, int channels, float* mean, float* sums, float* dots)
        where T : unmanaged, ILanes<T>
        where TRelu : struct, IChoice
    {
        int lanes = T.Count, group = Group(channels);
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        new Span<float>(dots, Lanes.Padded(channels)).Clear();
        for (int segment = 0; segment < channels; segment += SegmentChannels)
            for (int r = 0, end = Math.Min(channels, segment + SegmentChannels); r < rows; r += group)
            {
                int count = Math.Min(group, rows - r), c = segment;
                nint top = (nint)r * channels;
                for (; c + Block * lanes <= end; c += Block * lanes)
                    GradientsOfBlock<T, TRelu>(x + top + c, y + top + c, dy + top + c, count, channels, group, mean + c, sums + c,
                        dots + c);
                for (; c < end; c += lanes)
                    GradientsOfVector<T, TRelu>(x + top + c, y + top + c, dy + top + c, count, channels, mean + c, sums + c, dots + c);
            }
    }

    /// <summary>
    /// Means and sums of squared differences of the channels, from those of the chunks (Chan, Golub, LeVeque 1979), in their order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MergeMoments(in NormShape shape, float* parts, double* means, double* squares)
    {
        int padded = Lanes.Padded(shape.Channels), half = Vector256<double>.Count, per = Rows.PerChunk(shape.Rows, shape.Channels),
            chunks = Rows.Chunks(shape.Rows, shape.Channels);
        double last = shape.Rows - (double)per * (chunks - 1);
        new Span<double>(means, 2 * padded).Clear(); // and the squares behind them
        for (int pass = 0; pass < 2; pass++)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                float* mean = parts + (long)PartRows * chunk * padded, square = mean + padded;
                Vector256<double> rows = Vector256.Create(chunk == chunks - 1 ? last : per);
                for (int c = 0; c < shape.Channels; c += Vector256<float>.Count)
                {
                    (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(mean + c));
                    if (pass == 0)
                    {
                        (Vector256.Load(means + c) + low * rows).Store(means + c);
                        (Vector256.Load(means + c + half) + high * rows).Store(means + c + half);
                        continue;
                    }

                    low -= Vector256.Load(means + c);
                    high -= Vector256.Load(means + c + half);
                    (Vector256<double> lowSquare, Vector256<double> highSquare) = Vector256.Widen(Vector256.Load(square + c));
                    (Vector256.Load(squares + c) + (lowSquare + low * low * rows)).Store(squares + c);
                    (Vector256.Load(squares + c + half) + (highSquare + high * high * rows)).Store(squares + c + half);
                }
            }

            for (int c = 0; pass == 0 && c < shape.Channels; c++)
                means[c] /= shape.Rows;
        }
    }

    private static int Group(int channels) => Math.Max(LeastGroup, GroupWords / channels);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentsOfBlock<T>(float* x, int rows, nint channels, int group, float* mean, float* squares, float* sums)
        where T : unmanaged, ILanes<T>
    {
        nint one = T.Count, two = 2 * one, three = 3 * one;
        T m0 = T.Load(mean), m1 = T.Load(mean + one), m2 = T.Load(mean + two), m3 = T.Load(mean + three);
        T s0 = T.Load(sums), s1 = T.Load(sums + one), s2 = T.Load(sums + two), s3 = T.Load(sums + three);
        T q0 = T.Load(squares), q1 = T.Load(squares + one), q2 = T.Load(squares + two), q3 = T.Load(squares + three);
        nint ahead = group * channels;
        for (int r = 0; r < rows; r++, x += channels)
        {
            Fetch(x + ahead, Block * T.Count);
            T d0 = T.Load(x) - m0, d1 = T.Load(x + one) - m1;
            T d2 = T.Load(x + two) - m2, d3 = T.Load(x + three) - m3;
            (s0, s1, s2, s3) = (s0 + d0, s1 + d1, s2 + d2, s3 + d3);
            q0 = T.MultiplyAdd(d0, d0, q0);
            q1 = T.MultiplyAdd(d1, d1, q1);
            q2 = T.MultiplyAdd(d2, d2, q2);
            q3 = T.MultiplyAdd(d3, d3, q3);
        }

        Store(s0, s1, s2, s3, sums);
        Store(q0, q1, q2, q3, squares);
    }

    /// <summary>Four rows at a time, each with sums of its own: one vector's sum would wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentsOfVector<T>(float* x, int rows, nint channels, float* mean, float* squares, float* sums)
        where T : unmanaged, ILanes<T>
    {
        T m = T.Load(mean), none = T.All(0), s0 = T.Load(sums), s1 = none, s2 = none, s3 = none, q0 = T.Load(squares), q1 = none, q2 = none,
            q3 = none;
        int r = 0;
        for (; r + 4 <= rows; r += 4, x += 4 * channels)
        {
            T d0 = T.Load(x) - m, d1 = T.Load(x + channels) - m;
            T d2 = T.Load(x + 2 * channels) - m, d3 = T.Load(x + 3 * channels) - m;
            (s0, s1, s2, s3) = (s0 + d0, s1 + d1, s2 + d2, s3 + d3);
            q0 = T.MultiplyAdd(d0, d0, q0);
            q1 = T.MultiplyAdd(d1, d1, q1);
            q2 = T.MultiplyAdd(d2, d2, q2);
            q3 = T.MultiplyAdd(d3, d3, q3);
        }

        for (; r < rows; r++, x += channels)
        {
            T d = T.Load(x) - m;
            (s0, q0) = (s0 + d, T.MultiplyAdd(d, d, q0));
        }

        T.Store((s0 + s1) + (s2 + s3), sums);
        T.Store((q0 + q1) + (q2 + q3), squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientsOfBlock<T, TRelu>(
        float* x, float* y, float* dy, int rows, nint channels, int group, float* mean, float* sums, float* dots)
        where T : unmanaged, ILanes<T>
        where TRelu : struct, IChoice
    {
        nint one = T.Count, two = 2 * one, three = 3 * one, ahead = group * channels;
        T m0 = T.Load(mean), m1 = T.Load(mean + one), m2 = T.Load(mean + two), m3 = T.Load(mean + three);
        T s0 = T.Load(sums), s1 = T.Load(sums + one), s2 = T.Load(sums + two), s3 = T.Load(sums + three);
        T q0 = T.Load(dots), q1 = T.Load(dots + one), q2 = T.Load(dots + two), q3 = T.Load(dots + three);
        for (int r = 0; r < rows; r++, x += channels, y += channels, dy += channels)
        {
            Fetch(x + ahead, Block * T.Count);
            Fetch(dy + ahead, Block * T.Count);
            if (TRelu.Taken)
                Fetch(y + ahead, Block * T.Count);
            T d0 = NormGradient.Of<T, TRelu>(y, dy), d1 = NormGradient.Of<T, TRelu>(y + one, dy + one);
            T d2 = NormGradient.Of<T, TRelu>(y + two, dy + two), d3 = NormGradient.Of<T, TRelu>(y + three, dy + three);
            (s0, s1, s2, s3) = (s0 + d0, s1 + d1, s2 + d2, s3 + d3);
            q0 = T.MultiplyAdd(d0, T.Load(x) - m0, q0);
            q1 = T.MultiplyAdd(d1, T.Load(x + one) - m1, q1);
            q2 = T.MultiplyAdd(d2, T.Load(x + two) - m2, q2);
            q3 = T.MultiplyAdd(d3, T.Load(x + three) - m3, q3);
        }

        Store(s0, s1, s2, s3, sums);
        Store(q0, q1, q2, q3, dots);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientsOfVector<T, TRelu>(
        float* x, float* y, float* dy, int rows, nint channels, float* mean, float* sums, float* dots)
        where T : unmanaged, ILanes<T>
        where TRelu : struct, IChoice
    {
        T m = T.Load(mean), none = T.All(0), s0 = T.Load(sums), s1 = none, q0 = T.Load(dots), q1 = none;
        int r = 0;
        for (; r + 2 <= rows; r += 2, x += 2 * channels, y += 2 * channels, dy += 2 * channels)
        {
            T d0 = NormGradient.Of<T, TRelu>(y, dy), d1 = NormGradient.Of<T, TRelu>(y + channels, dy + channels);
            (s0, s1) = (s0 + d0, s1 + d1);
            q0 = T.MultiplyAdd(d0, T.Load(x) - m, q0);
            q1 = T.MultiplyAdd(d1, T.Load(x + channels) - m, q1);
        }

        if (r < rows)
        {
            T d = NormGradient.Of<T, TRelu>(y, dy);
            (s0, q0) = (s0 + d, T.MultiplyAdd(d, T.Load(x) - m, q0));
        }

        T.Store(s0 + s1, sums);
        T.Store(q0 + q1, dots);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T a, T b, T c, T d, float* to)
        where T : unmanaged, ILanes<T>
    {
        T.Store(a, to);
        T.Store(b, to + T.Count);
        T.Store(c, to + 2 * T.Count);
        T.Store(d, to + 3 * T.Count);
    }

    /// <summary>A hint; it may name what lies past the tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* at, int words)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(at);
        if (words > LineWords)
            Sse.Prefetch0(at + LineWords);
        if (words > 2 * LineWords)
            Sse.Prefetch0(at + 2 * LineWords);
        if (words > 3 * LineWords)
            Sse.Prefetch0(at + 3 * LineWords);
    }
}
