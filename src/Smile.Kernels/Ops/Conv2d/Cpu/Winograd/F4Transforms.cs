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
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T d0 = TRead.Load<T>(from, step, 0), d1 = TRead.Load<T>(from, step, 1), d2 = TRead.Load<T>(from, step, 2);
        T d3 = TRead.Load<T>(from, step, 3), d4 = TRead.Load<T>(from, step, 4), d5 = TRead.Load<T>(from, step, 5);
        T sum = T.All(-Points4.SumOfSquares), a2 = T.All(-Points4.A2), b2 = T.All(-Points4.B2);
        T evenA = T.MultiplyAdd(b2, d2, d4), oddA = T.MultiplyAdd(b2, d1, d3);
        T evenB = T.MultiplyAdd(a2, d2, d4), oddB = T.MultiplyAdd(a2, d1, d3);
        T.Store(T.MultiplyAdd(sum, d2, d0) + d4, to);
        T.Store(T.MultiplyAdd(T.All(Points4.A), oddA, evenA), to + toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.A), oddA, evenA), to + 2 * toStep);
        T.Store(T.MultiplyAdd(T.All(Points4.B), oddB, evenB), to + 3 * toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.B), oddB, evenB), to + 4 * toStep);
        T.Store(T.MultiplyAdd(sum, d3, d1) + d5, to + 5 * toStep);
    }
}

/// <summary>A^T of F(4,3).</summary>
internal readonly unsafe struct Result4 : ITransform
{
    public static int In => 6;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T m1 = TRead.Load<T>(from, step, 1), m2 = TRead.Load<T>(from, step, 2);
        T m3 = TRead.Load<T>(from, step, 3), m4 = TRead.Load<T>(from, step, 4);
        T evenA = m1 + m2, evenB = m3 + m4;
        T oddA = T.All(Points4.A) * (m1 - m2);
        T oddB = T.All(Points4.B) * (m3 - m4);
        T a2 = T.All(Points4.A2), b2 = T.All(Points4.B2);
        T.Store(TRead.Load<T>(from, step, 0) + evenA + evenB, to);
        T.Store(oddA + oddB, to + toStep);
        T.Store(T.MultiplyAdd(a2, evenA, b2 * evenB), to + 2 * toStep);
        T.Store(T.MultiplyAdd(a2, oddA, b2 * oddB) + TRead.Load<T>(from, step, 5), to + 3 * toStep);
    }
}

/// <summary>A of F(4,3).</summary>
internal readonly unsafe struct Gradient4 : ITransform
{
    public static int In => 4;

    public static int Out => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T y0 = TRead.Load<T>(from, step, 0), y1 = TRead.Load<T>(from, step, 1);
        T y2 = TRead.Load<T>(from, step, 2), y3 = TRead.Load<T>(from, step, 3);
        T a2 = T.All(Points4.A2), b2 = T.All(Points4.B2);
        T evenA = T.MultiplyAdd(a2, y2, y0), oddA = T.MultiplyAdd(a2, y3, y1);
        T evenB = T.MultiplyAdd(b2, y2, y0), oddB = T.MultiplyAdd(b2, y3, y1);
        T.Store(y0, to);
        T.Store(T.MultiplyAdd(T.All(Points4.A), oddA, evenA), to + toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.A), oddA, evenA), to + 2 * toStep);
        T.Store(T.MultiplyAdd(T.All(Points4.B), oddB, evenB), to + 3 * toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.B), oddB, evenB), to + 4 * toStep);
        T.Store(y3, to + 5 * toStep);
    }
}

/// <summary>G of F(4,3).</summary>
internal readonly unsafe struct Weight4 : ITransform
{
    public static int In => 3;

    public static int Out => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T w0 = TRead.Load<T>(from, step, 0), w1 = TRead.Load<T>(from, step, 1), w2 = TRead.Load<T>(from, step, 2);
        T evenA = T.All(Points4.NormA) * T.MultiplyAdd(T.All(Points4.A2), w2, w0);
        T evenB = T.All(Points4.NormB) * T.MultiplyAdd(T.All(Points4.B2), w2, w0);
        T.Store(w0, to);
        T.Store(T.MultiplyAdd(T.All(Points4.NormA * Points4.A), w1, evenA), to + toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.NormA * Points4.A), w1, evenA), to + 2 * toStep);
        T.Store(T.MultiplyAdd(T.All(Points4.NormB * Points4.B), w1, evenB), to + 3 * toStep);
        T.Store(T.MultiplyAdd(T.All(-Points4.NormB * Points4.B), w1, evenB), to + 4 * toStep);
        T.Store(w2, to + 5 * toStep);
    }
}

/// <summary>G^T of F(4,3).</summary>
internal readonly unsafe struct WeightGradient4 : ITransform
{
    public static int In => 6;

    public static int Out => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T s1 = TRead.Load<T>(from, step, 1), s2 = TRead.Load<T>(from, step, 2);
        T s3 = TRead.Load<T>(from, step, 3), s4 = TRead.Load<T>(from, step, 4);
        T evenA = T.All(Points4.NormA) * (s1 + s2);
        T evenB = T.All(Points4.NormB) * (s3 + s4);
        T oddA = T.All(Points4.NormA * Points4.A) * (s1 - s2);
        T first = evenA + evenB + TRead.Load<T>(from, step, 0);
        T.Store(first, to);
        T.Store(T.MultiplyAdd(T.All(Points4.NormB * Points4.B), s3 - s4, oddA), to + toStep);
        T last = T.MultiplyAdd(T.All(Points4.A2), evenA, T.All(Points4.B2) * evenB);
        T.Store(last + TRead.Load<T>(from, step, 5), to + 2 * toStep);
    }
}
