using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels.Simd;

// Written out for each width: of a pair of lanes, generic in them, the JIT moves the sums from register to register after each
// multiply-add.

/// <summary>Two vectors side by side, 32 lanes of AVX-512: 12 rows, a row of weights and a broadcast take 27 of its 32 registers.</summary>
internal readonly unsafe struct Pair512 : ITileRow<Pair512>
{
    private readonly Vector512<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pair512(Vector512<float> low, Vector512<float> high) => (_low, _high) = (low, high);

    public static int Count => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair512 Load(float* from) => new(Vector512.Load(from), Vector512.Load(from + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair512 value, float* to)
    {
        value._low.Store(to);
        value._high.Store(to + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair512 operator +(Pair512 a, Pair512 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair512 MultiplyAdd(float* a, Pair512 b, Pair512 c)
    {
        Vector512<float> x = Lanes512.Broadcast(a);
        return new(Vector512.FusedMultiplyAdd(x, b._low, c._low), Vector512.FusedMultiplyAdd(x, b._high, c._high));
    }
}

/// <summary>16 lanes of AVX2: 6 rows, a row of weights and a broadcast take 15 of its 16 registers.</summary>
internal readonly unsafe struct Pair256 : ITileRow<Pair256>
{
    private readonly Vector256<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pair256(Vector256<float> low, Vector256<float> high) => (_low, _high) = (low, high);

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair256 Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair256 value, float* to)
    {
        value._low.Store(to);
        value._high.Store(to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair256 operator +(Pair256 a, Pair256 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair256 MultiplyAdd(float* a, Pair256 b, Pair256 c)
    {
        Vector256<float> x = Lanes256.Broadcast(a);
        return new(Vector256.FusedMultiplyAdd(x, b._low, c._low), Vector256.FusedMultiplyAdd(x, b._high, c._high));
    }
}

/// <summary>8 lanes of SSE or NEON.</summary>
internal readonly unsafe struct Pair128 : ITileRow<Pair128>
{
    private readonly Vector128<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pair128(Vector128<float> low, Vector128<float> high) => (_low, _high) = (low, high);

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair128 Load(float* from) => new(Vector128.Load(from), Vector128.Load(from + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair128 value, float* to)
    {
        value._low.Store(to);
        value._high.Store(to + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair128 operator +(Pair128 a, Pair128 b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair128 MultiplyAdd(float* a, Pair128 b, Pair128 c)
    {
        Vector128<float> x = Lanes128.Broadcast(a);
        return new(Vector128.MultiplyAddEstimate(x, b._low, c._low), Vector128.MultiplyAddEstimate(x, b._high, c._high));
    }
}
