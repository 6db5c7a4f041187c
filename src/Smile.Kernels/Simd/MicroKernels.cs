using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

/// <summary>A stretch of consecutive rows of a weight panel.</summary>
/// <param name="Row">First row.</param>
/// <param name="Count">Rows.</param>
internal readonly record struct Segment(int Row, int Count);

/// <summary>The distance of the rows of a gathered tile: a constant, so that it goes into the instructions' addresses.</summary>
internal interface IRowDistance
{
    static abstract int Floats { get; }
}

/// <summary><see cref="MicroKernels.GatherStride"/>.</summary>
internal readonly struct GatherDistance : IRowDistance
{
    public static int Floats => MicroKernels.GatherStride;
}

/// <summary>Rows of up to 64 numbers, close together.</summary>
internal readonly struct Distance64 : IRowDistance
{
    public static int Floats => 64;
}

/// <summary>Rows of up to 128 numbers, close together.</summary>
internal readonly struct Distance128 : IRowDistance
{
    public static int Floats => 128;
}

/// <summary>Rows of up to 16 numbers, close together.</summary>
internal readonly struct Distance16 : IRowDistance
{
    public static int Floats => 16;
}

/// <summary>The micro-kernels of one vector width; panels are as wide as the wide kernel, the last may be a narrow one.</summary>
internal readonly unsafe partial struct MicroKernels
{
    /// <summary>
    /// Row distance of a gathered tile, in floats: the deepest block plus a cache line, so that rows fall into different
    /// cache sets.
    /// </summary>
    public const int GatherStride = 272;

    /// <summary>Most rows of a tile of either kind.</summary>
    public const int MaxRows = 12;

    /// <summary>Bits of a vector: 512, 256 or 128.</summary>
    public int Bits { get; private init; }

    /// <summary>Pixels in a tile of the gathered product.</summary>
    public int Rows { get; private init; }

    /// <summary>Weight rows in a tile of the outer product.</summary>
    public int WeightGradientRows { get; private init; }

    /// <summary>Channels in a wide panel; a narrow one has half.</summary>
    public int Lanes { get; private init; }

    /// <summary>tile (rows, segments, end of segments, panel, targets, column, start): see <see cref="Gathered12"/>.</summary>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Wide { get; private init; }

    /// <inheritdoc cref="Wide"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Narrow { get; private init; }

    /// <summary>Wide and narrow with rows 128, 64 and 16 floats apart.</summary>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Wide128 { get; private init; }

    /// <inheritdoc cref="Wide128"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Narrow128 { get; private init; }

    /// <inheritdoc cref="Wide128"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Wide64 { get; private init; }

    /// <inheritdoc cref="Wide128"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Narrow64 { get; private init; }

    /// <inheritdoc cref="Wide128"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Wide16 { get; private init; }

    /// <inheritdoc cref="Wide128"/>
    public delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Narrow16 { get; private init; }

    /// <summary>
    /// tile (first pixel, pixel distance, line distance, lines, run, panel, targets, column, start): see <see cref="Neighbours12"/>.
    /// </summary>
    public delegate*<float*, nint, nint, int, nint, float*, float**, nint, float*, void> NeighboursWide { get; private init; }

    /// <inheritdoc cref="NeighboursWide"/>
    public delegate*<float*, nint, nint, int, nint, float*, float**, nint, float*, void> NeighboursNarrow { get; private init; }

    /// <summary>weight gradient (pixels, count, channel, panel, target, row distance, into): see <see cref="WeightGradient8"/>.</summary>
    public delegate*<float**, nint, nint, float*, float*, nint, Into, void> WeightGradientWide { get; private init; }

    /// <inheritdoc cref="WeightGradientWide"/>
    public delegate*<float**, nint, nint, float*, float*, nint, Into, void> WeightGradientNarrow { get; private init; }

    /// <summary>A narrow weight gradient of more rows, <see cref="TallRows"/>.</summary>
    public delegate*<float**, nint, nint, float*, float*, nint, Into, void> WeightGradientTall { get; private init; }

    /// <inheritdoc cref="WeightGradientTall"/>
    public int TallRows { get; private init; }

    /// <summary>The widest that this machine runs at full speed.</summary>
    public static int BestBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>The kernels of a width.</summary>
    public static MicroKernels For(int bits) => bits switch
    {
        512 => new()
        {
            Bits = 512,
            Rows = 12,
            WeightGradientRows = 8,
            Lanes = Pair512.Count,
            Wide = &Gathered12<Pair512, GatherDistance>,
            Narrow = &Gathered12<Lanes512, GatherDistance>,
            Wide128 = &Gathered12<Pair512, Distance128>,
            Narrow128 = &Gathered12<Lanes512, Distance128>,
            Wide64 = &Gathered12<Pair512, Distance64>,
            Narrow64 = &Gathered12<Lanes512, Distance64>,
            Wide16 = &Gathered12<Pair512, Distance16>,
            Narrow16 = &Gathered12<Lanes512, Distance16>,
            NeighboursWide = &Neighbours12<Pair512>,
            NeighboursNarrow = &Neighbours12<Lanes512>,
            WeightGradientWide = &WeightGradient8<Pair512>,
            WeightGradientNarrow = &WeightGradient8<Lanes512>,
            WeightGradientTall = &WeightGradient16<Lanes512>,
            TallRows = 16,
        },
        256 => new()
        {
            Bits = 256,
            Rows = 6,
            WeightGradientRows = 4,
            Lanes = Pair256.Count,
            Wide = &Gathered6<Pair256, GatherDistance>,
            Narrow = &Gathered6<Lanes256, GatherDistance>,
            Wide128 = &Gathered6<Pair256, Distance128>,
            Narrow128 = &Gathered6<Lanes256, Distance128>,
            Wide64 = &Gathered6<Pair256, Distance64>,
            Narrow64 = &Gathered6<Lanes256, Distance64>,
            Wide16 = &Gathered6<Pair256, Distance16>,
            Narrow16 = &Gathered6<Lanes256, Distance16>,
            NeighboursWide = &Neighbours6<Pair256>,
            NeighboursNarrow = &Neighbours6<Lanes256>,
            WeightGradientWide = &WeightGradient4<Pair256>,
            WeightGradientNarrow = &WeightGradient4<Lanes256>,
            WeightGradientTall = &WeightGradient8<Lanes256>,
            TallRows = 8,
        },
        128 => new()
        {
            Bits = 128,
            Rows = 6,
            WeightGradientRows = 4,
            Lanes = Pair128.Count,
            Wide = &Gathered6<Pair128, GatherDistance>,
            Narrow = &Gathered6<Lanes128, GatherDistance>,
            Wide128 = &Gathered6<Pair128, Distance128>,
            Narrow128 = &Gathered6<Lanes128, Distance128>,
            Wide64 = &Gathered6<Pair128, Distance64>,
            Narrow64 = &Gathered6<Lanes128, Distance64>,
            Wide16 = &Gathered6<Pair128, Distance16>,
            Narrow16 = &Gathered6<Lanes128, Distance16>,
            NeighboursWide = &Neighbours6<Pair128>,
            NeighboursNarrow = &Neighbours6<Lanes128>,
            WeightGradientWide = &WeightGradient4<Pair128>,
            WeightGradientNarrow = &WeightGradient4<Lanes128>,
            WeightGradientTall = &WeightGradient8<Lanes128>,
            TallRows = 8,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(bits), bits, "Vector widths are 512, 256, 128."),
    };

    /// <summary>
    /// targets[i][column ..] = start or what is there, + sum over k of a[i][k] * panel[k][..], for 12 pixels i. The gathered
    /// row of a pixel is compact; the segments say which rows of the panel its numbers meet.
    /// </summary>
    /// <param name="a">12 gathered rows, TDistance apart.</param>
    /// <param name="segment">First stretch of panel rows.</param>
    /// <param name="end">Past the last stretch.</param>
    /// <param name="panel">Packed weights, Lanes a row.</param>
    /// <param name="targets">Where each pixel's output channels begin.</param>
    /// <param name="column">The panel's first output channel.</param>
    /// <param name="start">A row that the sums begin with (the bias), or null to add to the targets.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gathered12<TRow,
        TDistance>(float* a, Segment* segment, Segment* end, float* panel, float** targets, nint column, float* start)
        where TRow : unmanaged, ITileRow<TRow>
        where TDistance : struct, IRowDistance
    {
        int s = TDistance.Floats;
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        TRow c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        for (; segment < end; segment++)
        {
            float* p = panel + (nint)segment->Row * TRow.Count;
            for (float* stop = a + segment->Count; a < stop; a++, p += TRow.Count)
            {
                TRow b = TRow.Load(p);
                c0 = TRow.MultiplyAdd(a, b, c0);
                c1 = TRow.MultiplyAdd(a + s, b, c1);
                c2 = TRow.MultiplyAdd(a + 2 * s, b, c2);
                c3 = TRow.MultiplyAdd(a + 3 * s, b, c3);
                c4 = TRow.MultiplyAdd(a + 4 * s, b, c4);
                c5 = TRow.MultiplyAdd(a + 5 * s, b, c5);
                c6 = TRow.MultiplyAdd(a + 6 * s, b, c6);
                c7 = TRow.MultiplyAdd(a + 7 * s, b, c7);
                c8 = TRow.MultiplyAdd(a + 8 * s, b, c8);
                c9 = TRow.MultiplyAdd(a + 9 * s, b, c9);
                c10 = TRow.MultiplyAdd(a + 10 * s, b, c10);
                c11 = TRow.MultiplyAdd(a + 11 * s, b, c11);
            }
        }

        Store(c0, targets[0] + column, start);
        Store(c1, targets[1] + column, start);
        Store(c2, targets[2] + column, start);
        Store(c3, targets[3] + column, start);
        Store(c4, targets[4] + column, start);
        Store(c5, targets[5] + column, start);
        Store(c6, targets[6] + column, start);
        Store(c7, targets[7] + column, start);
        Store(c8, targets[8] + column, start);
        Store(c9, targets[9] + column, start);
        Store(c10, targets[10] + column, start);
        Store(c11, targets[11] + column, start);
    }

    /// <summary><see cref="Gathered12"/> for 16 registers: 6 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gathered6<TRow,
        TDistance>(float* a, Segment* segment, Segment* end, float* panel, float** targets, nint column, float* start)
        where TRow : unmanaged, ITileRow<TRow>
        where TDistance : struct, IRowDistance
    {
        int s = TDistance.Floats;
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        for (; segment < end; segment++)
        {
            float* p = panel + (nint)segment->Row * TRow.Count;
            for (float* stop = a + segment->Count; a < stop; a++, p += TRow.Count)
            {
                TRow b = TRow.Load(p);
                c0 = TRow.MultiplyAdd(a, b, c0);
                c1 = TRow.MultiplyAdd(a + s, b, c1);
                c2 = TRow.MultiplyAdd(a + 2 * s, b, c2);
                c3 = TRow.MultiplyAdd(a + 3 * s, b, c3);
                c4 = TRow.MultiplyAdd(a + 4 * s, b, c4);
                c5 = TRow.MultiplyAdd(a + 5 * s, b, c5);
            }
        }

        Store(c0, targets[0] + column, start);
        Store(c1, targets[1] + column, start);
        Store(c2, targets[2] + column, start);
        Store(c3, targets[3] + column, start);
        Store(c4, targets[4] + column, start);
        Store(c5, targets[5] + column, start);
    }

    /// <summary>
    /// targets[i][column ..] = start or what is there, + sum over lines l and numbers k of a[l * line + i * distance + k] * panel[l * run +
    /// k][..], for 12 pixels i that lie equally far apart in the source: nothing is gathered.
    /// </summary>
    /// <param name="a">What the first tap of the first pixel reads.</param>
    /// <param name="distance">From one pixel to the next, in floats.</param>
    /// <param name="line">From one row of taps to the next.</param>
    /// <param name="lines">Rows of taps.</param>
    /// <param name="run">Numbers of a row of taps; they lie side by side.</param>
    /// <param name="panel">Packed weights, Lanes a row.</param>
    /// <param name="targets">Where each pixel's output channels begin.</param>
    /// <param name="column">The panel's first output channel.</param>
    /// <param name="start">A row that the sums begin with (the bias), or null to add to the targets.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Neighbours12<TRow>(float* a, nint distance, nint line, int lines, nint run, float* panel, float** targets,
        nint column, float* start)
        where TRow : unmanaged, ITileRow<TRow>
    {
        nint s = distance, s3 = 3 * s, s4 = 4 * s;
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        TRow c6 = default, c7 = default, c8 = default, c9 = default, c10 = default, c11 = default;
        for (; lines > 0; lines--, a += line - run)
        {
            for (float* stop = a + run; a < stop; a++, panel += TRow.Count)
            {
                TRow b = TRow.Load(panel);
                float* a4 = a + s4, a8 = a4 + s4;
                c0 = TRow.MultiplyAdd(a, b, c0);
                c1 = TRow.MultiplyAdd(a + s, b, c1);
                c2 = TRow.MultiplyAdd(a + 2 * s, b, c2);
                c3 = TRow.MultiplyAdd(a + s3, b, c3);
                c4 = TRow.MultiplyAdd(a4, b, c4);
                c5 = TRow.MultiplyAdd(a4 + s, b, c5);
                c6 = TRow.MultiplyAdd(a4 + 2 * s, b, c6);
                c7 = TRow.MultiplyAdd(a4 + s3, b, c7);
                c8 = TRow.MultiplyAdd(a8, b, c8);
                c9 = TRow.MultiplyAdd(a8 + s, b, c9);
                c10 = TRow.MultiplyAdd(a8 + 2 * s, b, c10);
                c11 = TRow.MultiplyAdd(a8 + s3, b, c11);
            }
        }

        Store(c0, targets[0] + column, start);
        Store(c1, targets[1] + column, start);
        Store(c2, targets[2] + column, start);
        Store(c3, targets[3] + column, start);
        Store(c4, targets[4] + column, start);
        Store(c5, targets[5] + column, start);
        Store(c6, targets[6] + column, start);
        Store(c7, targets[7] + column, start);
        Store(c8, targets[8] + column, start);
        Store(c9, targets[9] + column, start);
        Store(c10, targets[10] + column, start);
        Store(c11, targets[11] + column, start);
    }

    /// <summary><see cref="Neighbours12"/> for 16 registers: 6 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Neighbours6<TRow>(float* a, nint distance, nint line, int lines, nint run, float* panel, float** targets,
        nint column, float* start)
        where TRow : unmanaged, ITileRow<TRow>
    {
        nint s = distance, s3 = 3 * s, s4 = 4 * s;
        TRow c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        for (; lines > 0; lines--, a += line - run)
        {
            for (float* stop = a + run; a < stop; a++, panel += TRow.Count)
            {
                TRow b = TRow.Load(panel);
                float* a4 = a + s4;
                c0 = TRow.MultiplyAdd(a, b, c0);
                c1 = TRow.MultiplyAdd(a + s, b, c1);
                c2 = TRow.MultiplyAdd(a + 2 * s, b, c2);
                c3 = TRow.MultiplyAdd(a + s3, b, c3);
                c4 = TRow.MultiplyAdd(a4, b, c4);
                c5 = TRow.MultiplyAdd(a4 + s, b, c5);
            }
        }

        Store(c0, targets[0] + column, start);
        Store(c1, targets[1] + column, start);
        Store(c2, targets[2] + column, start);
        Store(c3, targets[3] + column, start);
        Store(c4, targets[4] + column, start);
        Store(c5, targets[5] + column, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TRow>(TRow sums, float* target, float* start)
        where TRow : unmanaged, ITileRow<TRow> => TRow.Store(sums + TRow.Load(start != null ? start : target), target);
}
