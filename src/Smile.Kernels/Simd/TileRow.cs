using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Smile.Kernels.Simd;

/// <summary>
/// One row of a register tile: one or two hardware vectors side by side. The micro-kernels are written once over this
/// interface; the JIT compiles them for each width and keeps every field in a register (an array of vectors it would not).
/// </summary>
internal unsafe interface ITileRow<TRow>
    where TRow : unmanaged, ITileRow<TRow>
{
    static abstract int Lanes { get; }

    static abstract TRow Load(float* p);

    /// <summary>*a * b + c, with the one number in all lanes.</summary>
    static abstract TRow MultiplyAdd(float* a, TRow b, TRow c);

    static abstract TRow Sum(TRow a, TRow b);

    static abstract void Store(TRow row, float* p);
}

/// <summary>One hardware vector and its arithmetic, for what is no product: the transforms of Winograd's algorithms.</summary>
internal unsafe interface ILanes<TRow> : ITileRow<TRow>
    where TRow : unmanaged, ILanes<TRow>
{
    static abstract TRow All(float value);

    static abstract TRow Difference(TRow a, TRow b);

    static abstract TRow Product(TRow a, TRow b);

    /// <summary>a * b + c.</summary>
    static abstract TRow MultiplyAdd(TRow a, TRow b, TRow c);

    /// <summary>The value where the test is positive, else 0.</summary>
    static abstract TRow WherePositive(TRow test, TRow value);
}

/// <summary>32 lanes of AVX-512: 12 rows, a row of weights and a broadcast take 27 of its 32 registers.</summary>
internal readonly unsafe struct Row512Pair : ITileRow<Row512Pair>
{
    private readonly Vector512<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row512Pair(Vector512<float> low, Vector512<float> high) => (_low, _high) = (low, high);

    public static int Lanes => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512Pair Load(float* p) => new(Vector512.Load(p), Vector512.Load(p + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512Pair MultiplyAdd(float* a, Row512Pair b, Row512Pair c)
    {
        Vector512<float> x = Broadcast.To512(a);
        return new(Vector512.FusedMultiplyAdd(x, b._low, c._low), Vector512.FusedMultiplyAdd(x, b._high, c._high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512Pair Sum(Row512Pair a, Row512Pair b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row512Pair row, float* p)
    {
        row._low.Store(p);
        row._high.Store(p + 16);
    }
}

/// <summary>16 lanes of AVX-512, for the last panel.</summary>
internal readonly unsafe struct Row512 : ILanes<Row512>
{
    private readonly Vector512<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row512(Vector512<float> lanes) => _lanes = lanes;

    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 Load(float* p) => new(Vector512.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 MultiplyAdd(float* a, Row512 b, Row512 c) =>
        new(Vector512.FusedMultiplyAdd(Broadcast.To512(a), b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 Sum(Row512 a, Row512 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row512 row, float* p) => row._lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 All(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 Difference(Row512 a, Row512 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 WherePositive(Row512 test, Row512 value) => new(Vector512.GreaterThan(test._lanes, Vector512<float>.Zero) & value._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 Product(Row512 a, Row512 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row512 MultiplyAdd(Row512 a, Row512 b, Row512 c) => new(Vector512.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));
}

/// <summary>16 lanes of AVX2: 6 rows, a row of weights and a broadcast take 15 of its 16 registers.</summary>
internal readonly unsafe struct Row256Pair : ITileRow<Row256Pair>
{
    private readonly Vector256<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row256Pair(Vector256<float> low, Vector256<float> high) => (_low, _high) = (low, high);

    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256Pair Load(float* p) => new(Vector256.Load(p), Vector256.Load(p + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256Pair MultiplyAdd(float* a, Row256Pair b, Row256Pair c)
    {
        Vector256<float> x = Broadcast.To256(a);
        return new(Vector256.FusedMultiplyAdd(x, b._low, c._low), Vector256.FusedMultiplyAdd(x, b._high, c._high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256Pair Sum(Row256Pair a, Row256Pair b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row256Pair row, float* p)
    {
        row._low.Store(p);
        row._high.Store(p + 8);
    }
}

/// <summary>8 lanes of AVX2, for the last panel.</summary>
internal readonly unsafe struct Row256 : ILanes<Row256>
{
    private readonly Vector256<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row256(Vector256<float> lanes) => _lanes = lanes;

    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 Load(float* p) => new(Vector256.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 MultiplyAdd(float* a, Row256 b, Row256 c) =>
        new(Vector256.FusedMultiplyAdd(Broadcast.To256(a), b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 Sum(Row256 a, Row256 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row256 row, float* p) => row._lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 All(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 Difference(Row256 a, Row256 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 WherePositive(Row256 test, Row256 value) => new(Vector256.GreaterThan(test._lanes, Vector256<float>.Zero) & value._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 Product(Row256 a, Row256 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row256 MultiplyAdd(Row256 a, Row256 b, Row256 c) => new(Vector256.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));
}

/// <summary>8 lanes of SSE or NEON. Without a fused multiply-add in hardware the estimate rounds twice, at full speed.</summary>
internal readonly unsafe struct Row128Pair : ITileRow<Row128Pair>
{
    private readonly Vector128<float> _low, _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row128Pair(Vector128<float> low, Vector128<float> high) => (_low, _high) = (low, high);

    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128Pair Load(float* p) => new(Vector128.Load(p), Vector128.Load(p + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128Pair MultiplyAdd(float* a, Row128Pair b, Row128Pair c)
    {
        Vector128<float> x = Broadcast.To128(a);
        return new(Vector128.MultiplyAddEstimate(x, b._low, c._low), Vector128.MultiplyAddEstimate(x, b._high, c._high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128Pair Sum(Row128Pair a, Row128Pair b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row128Pair row, float* p)
    {
        row._low.Store(p);
        row._high.Store(p + 4);
    }
}

/// <summary>4 lanes of SSE or NEON, for the last panel.</summary>
internal readonly unsafe struct Row128 : ILanes<Row128>
{
    private readonly Vector128<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Row128(Vector128<float> lanes) => _lanes = lanes;

    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 Load(float* p) => new(Vector128.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 MultiplyAdd(float* a, Row128 b, Row128 c) =>
        new(Vector128.MultiplyAddEstimate(Broadcast.To128(a), b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 Sum(Row128 a, Row128 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Row128 row, float* p) => row._lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 All(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 Difference(Row128 a, Row128 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 WherePositive(Row128 test, Row128 value) => new(Vector128.GreaterThan(test._lanes, Vector128<float>.Zero) & value._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 Product(Row128 a, Row128 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row128 MultiplyAdd(Row128 a, Row128 b, Row128 c) => new(Vector128.MultiplyAddEstimate(a._lanes, b._lanes, c._lanes));
}

/// <summary>
/// One float in all lanes, as the operand in memory that an x86 multiply-add takes: from Vector.Create the JIT makes a load and a
/// shuffle, which costs a narrow tile a quarter of its speed.
/// </summary>
internal static unsafe class Broadcast
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> To512(float* a) =>
        Avx512F.IsSupported ? Avx512F.BroadcastScalarToVector512(Sse.LoadScalarVector128(a)) : Vector512.Create(*a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> To256(float* a) => Avx.IsSupported ? Avx.BroadcastScalarToVector256(a) : Vector256.Create(*a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> To128(float* a) => Avx.IsSupported ? Avx.BroadcastScalarToVector128(a) : Vector128.Create(*a);
}
