using System.Runtime.CompilerServices;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>B^T of F(2,3), on the points 0, 1, -1 and infinity.</summary>
internal readonly unsafe struct Source2 : ITransform
{
    public static int In => 4;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T d0 = TRead.Load<T>(from, step, 0), d1 = TRead.Load<T>(from, step, 1);
        T d2 = TRead.Load<T>(from, step, 2), d3 = TRead.Load<T>(from, step, 3);
        T.Store(d0 - d2, to);
        T.Store(d1 + d2, to + toStep);
        T.Store(d2 - d1, to + 2 * toStep);
        T.Store(d1 - d3, to + 3 * toStep);
    }
}

/// <summary>A^T of F(2,3).</summary>
internal readonly unsafe struct Result2 : ITransform
{
    public static int In => 4;

    public static int Out => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T m1 = TRead.Load<T>(from, step, 1), m2 = TRead.Load<T>(from, step, 2);
        T.Store(TRead.Load<T>(from, step, 0) + (m1 + m2), to);
        T.Store(m1 - m2 - TRead.Load<T>(from, step, 3), to + toStep);
    }
}

/// <summary>A of F(2,3).</summary>
internal readonly unsafe struct Gradient2 : ITransform
{
    public static int In => 2;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T y0 = TRead.Load<T>(from, step, 0), y1 = TRead.Load<T>(from, step, 1);
        T.Store(y0, to);
        T.Store(y0 + y1, to + toStep);
        T.Store(y0 - y1, to + 2 * toStep);
        T.Store(T.All(0) - y1, to + 3 * toStep);
    }
}

/// <summary>G of F(2,3).</summary>
internal readonly unsafe struct Weight2 : ITransform
{
    public static int In => 3;

    public static int Out => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T w0 = TRead.Load<T>(from, step, 0), w1 = TRead.Load<T>(from, step, 1), w2 = TRead.Load<T>(from, step, 2);
        T half = T.All(0.5f), even = half * (w0 + w2);
        T.Store(w0, to);
        T.Store(T.MultiplyAdd(half, w1, even), to + toStep);
        T.Store(T.MultiplyAdd(T.All(-0.5f), w1, even), to + 2 * toStep);
        T.Store(w2, to + 3 * toStep);
    }
}

/// <summary>G^T of F(2,3).</summary>
internal readonly unsafe struct WeightGradient2 : ITransform
{
    public static int In => 4;

    public static int Out => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Along<T, TRead>(void* from, nint step, float* to, nint toStep)
        where T : unmanaged, ILanes<T>
        where TRead : IReading
    {
        T s1 = TRead.Load<T>(from, step, 1), s2 = TRead.Load<T>(from, step, 2), half = T.All(0.5f);
        T sum = s1 + s2;
        T.Store(T.MultiplyAdd(half, sum, TRead.Load<T>(from, step, 0)), to);
        T.Store(half * (s1 - s2), to + toStep);
        T.Store(T.MultiplyAdd(half, sum, TRead.Load<T>(from, step, 3)), to + 2 * toStep);
    }
}
