using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>B^T of F(2,3), on the points 0, 1, -1 and infinity.</summary>
internal readonly unsafe struct Source2 : ITransform
{
    public static int In => 4;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow d0 = TRead.Load<TRow>(from, step, 0), d1 = TRead.Load<TRow>(from, step, 1);
        TRow d2 = TRead.Load<TRow>(from, step, 2), d3 = TRead.Load<TRow>(from, step, 3);
        TRow.Store(TRow.Difference(d0, d2), to);
        TRow.Store(TRow.Sum(d1, d2), to + toStep);
        TRow.Store(TRow.Difference(d2, d1), to + 2 * toStep);
        TRow.Store(TRow.Difference(d1, d3), to + 3 * toStep);
    }
}

/// <summary>A^T of F(2,3).</summary>
internal readonly unsafe struct Result2 : ITransform
{
    public static int In => 4;

    public static int Out => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow m1 = TRead.Load<TRow>(from, step, 1), m2 = TRead.Load<TRow>(from, step, 2);
        TRow.Store(TRow.Sum(TRead.Load<TRow>(from, step, 0), TRow.Sum(m1, m2)), to);
        TRow.Store(TRow.Difference(TRow.Difference(m1, m2), TRead.Load<TRow>(from, step, 3)), to + toStep);
    }
}

/// <summary>A of F(2,3).</summary>
internal readonly unsafe struct Gradient2 : ITransform
{
    public static int In => 2;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow y0 = TRead.Load<TRow>(from, step, 0), y1 = TRead.Load<TRow>(from, step, 1);
        TRow.Store(y0, to);
        TRow.Store(TRow.Sum(y0, y1), to + toStep);
        TRow.Store(TRow.Difference(y0, y1), to + 2 * toStep);
        TRow.Store(TRow.Difference(TRow.All(0), y1), to + 3 * toStep);
    }
}

/// <summary>G of F(2,3).</summary>
internal readonly unsafe struct Weight2 : ITransform
{
    public static int In => 3;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow w0 = TRead.Load<TRow>(from, step, 0), w1 = TRead.Load<TRow>(from, step, 1), w2 = TRead.Load<TRow>(from, step, 2);
        TRow half = TRow.All(0.5f), even = TRow.Product(half, TRow.Sum(w0, w2));
        TRow.Store(w0, to);
        TRow.Store(TRow.MultiplyAdd(half, w1, even), to + toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-0.5f), w1, even), to + 2 * toStep);
        TRow.Store(w2, to + 3 * toStep);
    }
}

/// <summary>G^T of F(2,3).</summary>
internal readonly unsafe struct WeightGradient2 : ITransform
{
    public static int In => 4;

    public static int Out => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow s1 = TRead.Load<TRow>(from, step, 1), s2 = TRead.Load<TRow>(from, step, 2), half = TRow.All(0.5f);
        TRow sum = TRow.Sum(s1, s2);
        TRow.Store(TRow.MultiplyAdd(half, sum, TRead.Load<TRow>(from, step, 0)), to);
        TRow.Store(TRow.Product(half, TRow.Difference(s1, s2)), to + toStep);
        TRow.Store(TRow.MultiplyAdd(half, sum, TRead.Load<TRow>(from, step, 3)), to + 2 * toStep);
    }
}
