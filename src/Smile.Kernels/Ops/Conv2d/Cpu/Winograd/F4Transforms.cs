using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>
/// F(4,3) on the points 0, a, -a, b, -b and infinity with a = sqrt(1/2), b = sqrt(2). They lie closer together than the usual 0, 1, -1, 2,
/// -2: the matrices have smaller numbers, and rounding errors grow less. What belongs to a point and its negative is computed as even part
/// plus or minus odd part.
/// </summary>
internal static class Points4
{
    public const float A = 0.707106781f, B = 1.414213562f;
    public const float A2 = 0.5f, B2 = 2, SumOfSquares = 2.5f;

    /// <summary>1 / (2 a^2 (a^2 - b^2)) and 1 / (2 b^2 (b^2 - a^2)).</summary>
    public const float NormA = -1 / 1.5f, NormB = 1 / 6f;
}

/// <summary>B^T of F(4,3).</summary>
internal readonly unsafe struct Source4 : ITransform
{
    public static int In => 6;

    public static int Out => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow d0 = TRead.Load<TRow>(from, step, 0), d1 = TRead.Load<TRow>(from, step, 1), d2 = TRead.Load<TRow>(from, step, 2);
        TRow d3 = TRead.Load<TRow>(from, step, 3), d4 = TRead.Load<TRow>(from, step, 4), d5 = TRead.Load<TRow>(from, step, 5);
        TRow sum = TRow.All(-Points4.SumOfSquares), a2 = TRow.All(-Points4.A2), b2 = TRow.All(-Points4.B2);
        TRow evenA = TRow.MultiplyAdd(b2, d2, d4), oddA = TRow.MultiplyAdd(b2, d1, d3);
        TRow evenB = TRow.MultiplyAdd(a2, d2, d4), oddB = TRow.MultiplyAdd(a2, d1, d3);
        TRow.Store(TRow.Sum(TRow.MultiplyAdd(sum, d2, d0), d4), to);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.A), oddA, evenA), to + toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.A), oddA, evenA), to + 2 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.B), oddB, evenB), to + 3 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.B), oddB, evenB), to + 4 * toStep);
        TRow.Store(TRow.Sum(TRow.MultiplyAdd(sum, d3, d1), d5), to + 5 * toStep);
    }
}

/// <summary>A^T of F(4,3).</summary>
internal readonly unsafe struct Result4 : ITransform
{
    public static int In => 6;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow m1 = TRead.Load<TRow>(from, step, 1), m2 = TRead.Load<TRow>(from, step, 2);
        TRow m3 = TRead.Load<TRow>(from, step, 3), m4 = TRead.Load<TRow>(from, step, 4);
        TRow evenA = TRow.Sum(m1, m2), evenB = TRow.Sum(m3, m4);
        TRow oddA = TRow.Product(TRow.All(Points4.A), TRow.Difference(m1, m2));
        TRow oddB = TRow.Product(TRow.All(Points4.B), TRow.Difference(m3, m4));
        TRow a2 = TRow.All(Points4.A2), b2 = TRow.All(Points4.B2);
        TRow.Store(TRow.Sum(TRow.Sum(TRead.Load<TRow>(from, step, 0), evenA), evenB), to);
        TRow.Store(TRow.Sum(oddA, oddB), to + toStep);
        TRow.Store(TRow.MultiplyAdd(a2, evenA, TRow.Product(b2, evenB)), to + 2 * toStep);
        TRow.Store(TRow.Sum(TRow.MultiplyAdd(a2, oddA, TRow.Product(b2, oddB)), TRead.Load<TRow>(from, step, 5)), to + 3 * toStep);
    }
}

/// <summary>A of F(4,3).</summary>
internal readonly unsafe struct Gradient4 : ITransform
{
    public static int In => 4;

    public static int Out => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow y0 = TRead.Load<TRow>(from, step, 0), y1 = TRead.Load<TRow>(from, step, 1);
        TRow y2 = TRead.Load<TRow>(from, step, 2), y3 = TRead.Load<TRow>(from, step, 3);
        TRow a2 = TRow.All(Points4.A2), b2 = TRow.All(Points4.B2);
        TRow evenA = TRow.MultiplyAdd(a2, y2, y0), oddA = TRow.MultiplyAdd(a2, y3, y1);
        TRow evenB = TRow.MultiplyAdd(b2, y2, y0), oddB = TRow.MultiplyAdd(b2, y3, y1);
        TRow.Store(y0, to);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.A), oddA, evenA), to + toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.A), oddA, evenA), to + 2 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.B), oddB, evenB), to + 3 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.B), oddB, evenB), to + 4 * toStep);
        TRow.Store(y3, to + 5 * toStep);
    }
}

/// <summary>G of F(4,3).</summary>
internal readonly unsafe struct Weight4 : ITransform
{
    public static int In => 3;

    public static int Out => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow w0 = TRead.Load<TRow>(from, step, 0), w1 = TRead.Load<TRow>(from, step, 1), w2 = TRead.Load<TRow>(from, step, 2);
        TRow evenA = TRow.Product(TRow.All(Points4.NormA), TRow.MultiplyAdd(TRow.All(Points4.A2), w2, w0));
        TRow evenB = TRow.Product(TRow.All(Points4.NormB), TRow.MultiplyAdd(TRow.All(Points4.B2), w2, w0));
        TRow.Store(w0, to);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.NormA * Points4.A), w1, evenA), to + toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.NormA * Points4.A), w1, evenA), to + 2 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.NormB * Points4.B), w1, evenB), to + 3 * toStep);
        TRow.Store(TRow.MultiplyAdd(TRow.All(-Points4.NormB * Points4.B), w1, evenB), to + 4 * toStep);
        TRow.Store(w2, to + 5 * toStep);
    }
}

/// <summary>G^T of F(4,3).</summary>
internal readonly unsafe struct WeightGradient4 : ITransform
{
    public static int In => 6;

    public static int Out => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<TRow, TRead>(void* from, nint step, float* to, nint toStep)
        where TRow : unmanaged, ILanes<TRow>
        where TRead : IReading
    {
        TRow s1 = TRead.Load<TRow>(from, step, 1), s2 = TRead.Load<TRow>(from, step, 2);
        TRow s3 = TRead.Load<TRow>(from, step, 3), s4 = TRead.Load<TRow>(from, step, 4);
        TRow evenA = TRow.Product(TRow.All(Points4.NormA), TRow.Sum(s1, s2));
        TRow evenB = TRow.Product(TRow.All(Points4.NormB), TRow.Sum(s3, s4));
        TRow oddA = TRow.Product(TRow.All(Points4.NormA * Points4.A), TRow.Difference(s1, s2));
        TRow first = TRow.Sum(TRow.Sum(evenA, evenB), TRead.Load<TRow>(from, step, 0));
        TRow.Store(first, to);
        TRow.Store(TRow.MultiplyAdd(TRow.All(Points4.NormB * Points4.B), TRow.Difference(s3, s4), oddA), to + toStep);
        TRow last = TRow.MultiplyAdd(TRow.All(Points4.A2), evenA, TRow.Product(TRow.All(Points4.B2), evenB));
        TRow.Store(TRow.Sum(last, TRead.Load<TRow>(from, step, 5)), to + 2 * toStep);
    }
}
