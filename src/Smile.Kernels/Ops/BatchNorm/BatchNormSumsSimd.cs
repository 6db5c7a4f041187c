using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.BatchNorm;

/// <summary>
/// The sums over rows that batch normalisation needs, a chunk of rows at a time. Four vectors of channels at once have their sums in registers for a group of rows:
/// kept in memory they would be loaded and stored for each row. Rows of more channels are then not met in the order of memory, which prefetchers do not
/// follow (half the speed at 256 channels); so the block fetches what it will need of the next group.
/// </summary>
internal static unsafe class NormSums
{
    /// <summary>Rows of channels that <see cref="NormStatisticsJob{TRow}"/> leaves for each chunk.</summary>
    public const int PartRows = 3;

    private const int Block = 4, LineWords = 16, CentreRows = 8, GroupWords = 1024, LeastGroup = 8, SegmentChannels = 512;

    /// <summary>
    /// mean[c], and squares[c] = sum of (x[r,c] - mean[c]) squared, in one pass over x. Both come from differences from the mean of the first rows, which is at
    /// most sqrt(rows / 8) standard deviations off: a large mean cancels nothing, and the correction by that distance at most 6 bits in the worst case. Rounding may
    /// leave squares that are 0 a little below.
    /// </summary>
    /// <param name="x">(rows, channels).</param>
    /// <param name="rows">Rows.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="mean">A row; overwritten.</param>
    /// <param name="squares">A row; overwritten.</param>
    /// <param name="sums">A row of scratch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments<TRow>(float* x, int rows, int channels, float* mean, float* squares, float* sums)
        where TRow : unmanaged, ILanes<TRow>
    {
        int first = Math.Min(rows, CentreRows), lanes = TRow.Lanes, group = Group(channels);
        Rows.Sum(x, first, channels, mean);
        TRow part = TRow.All(1f / first);
        for (int c = 0; c < channels; c += lanes)
            TRow.Store(TRow.Product(TRow.Load(mean + c), part), mean + c);
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        new Span<float>(squares, Lanes.Padded(channels)).Clear();
        for (int segment = 0; segment < channels; segment += SegmentChannels)
            for (int r = 0, end = Math.Min(channels, segment + SegmentChannels); r < rows; r += group)
            {
                int count = Math.Min(group, rows - r), c = segment;
                float* top = x + (nint)r * channels;
                for (; c + Block * lanes <= end; c += Block * lanes)
                    MomentsOfBlock<TRow>(top + c, count, channels, group, mean + c, squares + c, sums + c);
                for (; c < end; c += lanes)
                    MomentsOfVector<TRow>(top + c, count, channels, mean + c, squares + c, sums + c);
            }

        TRow each = TRow.All(1f / rows);
        for (int c = 0; c < channels; c += lanes)
        {
            TRow sum = TRow.Load(sums + c), shift = TRow.Product(sum, each);
            TRow.Store(TRow.Sum(TRow.Load(mean + c), shift), mean + c);
            TRow.Store(TRow.Difference(TRow.Load(squares + c), TRow.Product(sum, shift)), squares + c);
        }
    }

    /// <summary>sums[c] = sum of dz[r,c]; dots[c] = sum of dz[r,c] (x[r,c] - mean[c]); dz = dy where y is positive, or dy without ReLU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradients<TRow, TRelu>(float* x, float* y, float* dy, int rows, int channels, float* mean, float* sums, float* dots)
        where TRow : unmanaged, ILanes<TRow>
        where TRelu : struct, IChoice
    {
        int lanes = TRow.Lanes, group = Group(channels);
        new Span<float>(sums, Lanes.Padded(channels)).Clear();
        new Span<float>(dots, Lanes.Padded(channels)).Clear();
        for (int segment = 0; segment < channels; segment += SegmentChannels)
            for (int r = 0, end = Math.Min(channels, segment + SegmentChannels); r < rows; r += group)
            {
                int count = Math.Min(group, rows - r), c = segment;
                nint top = (nint)r * channels;
                for (; c + Block * lanes <= end; c += Block * lanes)
                    GradientsOfBlock<TRow, TRelu>(x + top + c, y + top + c, dy + top + c, count, channels, group, mean + c, sums + c, dots + c);
                for (; c < end; c += lanes)
                    GradientsOfVector<TRow, TRelu>(x + top + c, y + top + c, dy + top + c, count, channels, mean + c, sums + c, dots + c);
            }
    }

    /// <summary>Means and sums of squared differences of the channels, from those of the chunks (Chan, Golub, LeVeque 1979), in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MergeMoments(in NormShape shape, float* parts, double* means, double* squares)
    {
        int padded = Lanes.Padded(shape.Channels), half = Vector<double>.Count, per = Rows.PerChunk(shape.Rows, shape.Channels), chunks = Rows.Chunks(shape.Rows, shape.Channels);
        double last = shape.Rows - (double)per * (chunks - 1);
        new Span<double>(means, 2 * padded).Clear(); // and the squares behind them
        for (int pass = 0; pass < 2; pass++)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                float* mean = parts + (long)PartRows * chunk * padded, square = mean + padded;
                Vector<double> rows = new(chunk == chunks - 1 ? last : per);
                for (int c = 0; c < shape.Channels; c += Vector<float>.Count)
                {
                    Vector.Widen(Vector.Load(mean + c), out Vector<double> low, out Vector<double> high);
                    if (pass == 0)
                    {
                        (Vector.Load(means + c) + low * rows).Store(means + c);
                        (Vector.Load(means + c + half) + high * rows).Store(means + c + half);
                        continue;
                    }

                    low -= Vector.Load(means + c);
                    high -= Vector.Load(means + c + half);
                    Vector.Widen(Vector.Load(square + c), out Vector<double> lowSquare, out Vector<double> highSquare);
                    (Vector.Load(squares + c) + (lowSquare + low * low * rows)).Store(squares + c);
                    (Vector.Load(squares + c + half) + (highSquare + high * high * rows)).Store(squares + c + half);
                }
            }

            for (int c = 0; pass == 0 && c < shape.Channels; c++)
                means[c] /= shape.Rows;
        }
    }

    private static int Group(int channels) => Math.Max(LeastGroup, GroupWords / channels);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentsOfBlock<TRow>(float* x, int rows, nint channels, int group, float* mean, float* squares, float* sums)
        where TRow : unmanaged, ILanes<TRow>
    {
        nint one = TRow.Lanes, two = 2 * one, three = 3 * one;
        TRow m0 = TRow.Load(mean), m1 = TRow.Load(mean + one), m2 = TRow.Load(mean + two), m3 = TRow.Load(mean + three);
        TRow s0 = TRow.Load(sums), s1 = TRow.Load(sums + one), s2 = TRow.Load(sums + two), s3 = TRow.Load(sums + three);
        TRow q0 = TRow.Load(squares), q1 = TRow.Load(squares + one), q2 = TRow.Load(squares + two), q3 = TRow.Load(squares + three);
        nint ahead = group * channels;
        for (int r = 0; r < rows; r++, x += channels)
        {
            Fetch(x + ahead, Block * TRow.Lanes);
            TRow d0 = TRow.Difference(TRow.Load(x), m0), d1 = TRow.Difference(TRow.Load(x + one), m1);
            TRow d2 = TRow.Difference(TRow.Load(x + two), m2), d3 = TRow.Difference(TRow.Load(x + three), m3);
            (s0, s1, s2, s3) = (TRow.Sum(s0, d0), TRow.Sum(s1, d1), TRow.Sum(s2, d2), TRow.Sum(s3, d3));
            q0 = TRow.MultiplyAdd(d0, d0, q0);
            q1 = TRow.MultiplyAdd(d1, d1, q1);
            q2 = TRow.MultiplyAdd(d2, d2, q2);
            q3 = TRow.MultiplyAdd(d3, d3, q3);
        }

        Store(s0, s1, s2, s3, sums);
        Store(q0, q1, q2, q3, squares);
    }

    /// <summary>Four rows at a time, each with sums of its own: one vector's sum would wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MomentsOfVector<TRow>(float* x, int rows, nint channels, float* mean, float* squares, float* sums)
        where TRow : unmanaged, ILanes<TRow>
    {
        TRow m = TRow.Load(mean), none = TRow.All(0), s0 = TRow.Load(sums), s1 = none, s2 = none, s3 = none, q0 = TRow.Load(squares), q1 = none, q2 = none, q3 = none;
        int r = 0;
        for (; r + 4 <= rows; r += 4, x += 4 * channels)
        {
            TRow d0 = TRow.Difference(TRow.Load(x), m), d1 = TRow.Difference(TRow.Load(x + channels), m);
            TRow d2 = TRow.Difference(TRow.Load(x + 2 * channels), m), d3 = TRow.Difference(TRow.Load(x + 3 * channels), m);
            (s0, s1, s2, s3) = (TRow.Sum(s0, d0), TRow.Sum(s1, d1), TRow.Sum(s2, d2), TRow.Sum(s3, d3));
            q0 = TRow.MultiplyAdd(d0, d0, q0);
            q1 = TRow.MultiplyAdd(d1, d1, q1);
            q2 = TRow.MultiplyAdd(d2, d2, q2);
            q3 = TRow.MultiplyAdd(d3, d3, q3);
        }

        for (; r < rows; r++, x += channels)
        {
            TRow d = TRow.Difference(TRow.Load(x), m);
            (s0, q0) = (TRow.Sum(s0, d), TRow.MultiplyAdd(d, d, q0));
        }

        TRow.Store(TRow.Sum(TRow.Sum(s0, s1), TRow.Sum(s2, s3)), sums);
        TRow.Store(TRow.Sum(TRow.Sum(q0, q1), TRow.Sum(q2, q3)), squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientsOfBlock<TRow, TRelu>(float* x, float* y, float* dy, int rows, nint channels, int group, float* mean, float* sums, float* dots)
        where TRow : unmanaged, ILanes<TRow>
        where TRelu : struct, IChoice
    {
        nint one = TRow.Lanes, two = 2 * one, three = 3 * one, ahead = group * channels;
        TRow m0 = TRow.Load(mean), m1 = TRow.Load(mean + one), m2 = TRow.Load(mean + two), m3 = TRow.Load(mean + three);
        TRow s0 = TRow.Load(sums), s1 = TRow.Load(sums + one), s2 = TRow.Load(sums + two), s3 = TRow.Load(sums + three);
        TRow q0 = TRow.Load(dots), q1 = TRow.Load(dots + one), q2 = TRow.Load(dots + two), q3 = TRow.Load(dots + three);
        for (int r = 0; r < rows; r++, x += channels, y += channels, dy += channels)
        {
            Fetch(x + ahead, Block * TRow.Lanes);
            Fetch(dy + ahead, Block * TRow.Lanes);
            if (TRelu.Taken)
                Fetch(y + ahead, Block * TRow.Lanes);
            TRow d0 = Of<TRow, TRelu>(y, dy), d1 = Of<TRow, TRelu>(y + one, dy + one), d2 = Of<TRow, TRelu>(y + two, dy + two), d3 = Of<TRow, TRelu>(y + three, dy + three);
            (s0, s1, s2, s3) = (TRow.Sum(s0, d0), TRow.Sum(s1, d1), TRow.Sum(s2, d2), TRow.Sum(s3, d3));
            q0 = TRow.MultiplyAdd(d0, TRow.Difference(TRow.Load(x), m0), q0);
            q1 = TRow.MultiplyAdd(d1, TRow.Difference(TRow.Load(x + one), m1), q1);
            q2 = TRow.MultiplyAdd(d2, TRow.Difference(TRow.Load(x + two), m2), q2);
            q3 = TRow.MultiplyAdd(d3, TRow.Difference(TRow.Load(x + three), m3), q3);
        }

        Store(s0, s1, s2, s3, sums);
        Store(q0, q1, q2, q3, dots);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientsOfVector<TRow, TRelu>(float* x, float* y, float* dy, int rows, nint channels, float* mean, float* sums, float* dots)
        where TRow : unmanaged, ILanes<TRow>
        where TRelu : struct, IChoice
    {
        TRow m = TRow.Load(mean), none = TRow.All(0), s0 = TRow.Load(sums), s1 = none, q0 = TRow.Load(dots), q1 = none;
        int r = 0;
        for (; r + 2 <= rows; r += 2, x += 2 * channels, y += 2 * channels, dy += 2 * channels)
        {
            TRow d0 = Of<TRow, TRelu>(y, dy), d1 = Of<TRow, TRelu>(y + channels, dy + channels);
            (s0, s1) = (TRow.Sum(s0, d0), TRow.Sum(s1, d1));
            q0 = TRow.MultiplyAdd(d0, TRow.Difference(TRow.Load(x), m), q0);
            q1 = TRow.MultiplyAdd(d1, TRow.Difference(TRow.Load(x + channels), m), q1);
        }

        if (r < rows)
        {
            TRow d = Of<TRow, TRelu>(y, dy);
            (s0, q0) = (TRow.Sum(s0, d), TRow.MultiplyAdd(d, TRow.Difference(TRow.Load(x), m), q0));
        }

        TRow.Store(TRow.Sum(s0, s1), sums);
        TRow.Store(TRow.Sum(q0, q1), dots);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRow Of<TRow, TRelu>(float* y, float* dy)
        where TRow : unmanaged, ILanes<TRow>
        where TRelu : struct, IChoice => TRelu.Taken ? TRow.WherePositive(TRow.Load(y), TRow.Load(dy)) : TRow.Load(dy);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TRow>(TRow a, TRow b, TRow c, TRow d, float* to)
        where TRow : unmanaged, ILanes<TRow>
    {
        TRow.Store(a, to);
        TRow.Store(b, to + TRow.Lanes);
        TRow.Store(c, to + 2 * TRow.Lanes);
        TRow.Store(d, to + 3 * TRow.Lanes);
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
