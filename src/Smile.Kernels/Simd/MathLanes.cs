using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Smile.Kernels.Simd;

/// <summary>
/// One hardware vector as the losses need it: numbers, their bits, and masks (all bits set or none). Each loss is written once over this interface.
/// </summary>
internal unsafe interface IMathLanes<T>
    where T : unmanaged, IMathLanes<T>
{
    /// <summary>Numbers of a vector.</summary>
    static abstract int Count { get; }

    static abstract T Load(float* p);

    static abstract void Store(T lanes, float* p);

    /// <summary>Past the caches; p on a vector's boundary.</summary>
    static abstract void StoreStreamed(T lanes, float* p);

    /// <summary>The same number in all lanes.</summary>
    static abstract T All(float value);

    /// <summary>The same integer in all lanes, as bits.</summary>
    static abstract T AllBits(int value);

    /// <summary>value where a and b are the same number, else other.</summary>
    static abstract T WhereEqual(T a, T b, T value, T other);

    /// <summary>value where a and b are the same integer, else 0.</summary>
    static abstract T WhereSameBits(T a, T b, T value);

    /// <summary>Whether a lane is a NaN.</summary>
    static abstract bool HasNaN(T lanes);

    /// <summary>a where it wins over b: it is greater, or the only NaN.</summary>
    static abstract T WhereWins(T a, T b, T value, T other);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T operator &(T a, T b);

    static abstract T operator |(T a, T b);

    static abstract T operator ^(T a, T b);

    /// <summary>a * b + c.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>The larger; the second where either is a NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The first where the mask is set, else the second.</summary>
    static abstract T Choose(T mask, T a, T b);

    /// <summary>A mask: set where the highest bit is.</summary>
    static abstract T Highest(T bits);

    /// <summary>The difference of the bits as integers: subtracting a mask counts it.</summary>
    static abstract T SubtractBits(T a, T b);

    static abstract T ShiftLeft(T bits, int count);

    /// <summary>Each lane by its own count, an integer.</summary>
    static abstract T ShiftLeft(T bits, T counts);

    /// <summary>Lane i is lane index[i] of the table; an index is an integer below <see cref="Count"/>.</summary>
    static abstract T Pick(T table, T index);
}

/// <summary>16 lanes of AVX-512.</summary>
internal readonly unsafe struct Lanes512 : IMathLanes<Lanes512>
{
    private readonly Vector512<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes512(Vector512<float> lanes) => _lanes = lanes;

    public static int Count => 16;

    public Vector512<float> Value => _lanes;

    private Vector512<int> Bits => _lanes.AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* p) => new(Vector512.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 lanes, float* p) => lanes._lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStreamed(Lanes512 lanes, float* p) => lanes._lanes.StoreAlignedNonTemporal(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 All(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AllBits(int value) => new(Vector512.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WhereEqual(Lanes512 a, Lanes512 b, Lanes512 value, Lanes512 other) => new(Vector512.ConditionalSelect(Vector512.Equals(a._lanes, b._lanes), value._lanes, other._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WhereSameBits(Lanes512 a, Lanes512 b, Lanes512 value) => new(Vector512.ConditionalSelect(Vector512.Equals(a.Bits, b.Bits).AsSingle(), value._lanes, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasNaN(Lanes512 lanes) => !Vector512.EqualsAll(lanes._lanes, lanes._lanes);

    public static Lanes512 WhereWins(Lanes512 a, Lanes512 b, Lanes512 value, Lanes512 other)
    {
        // A comparison with NaN is false.
        Vector512<float> wins = Vector512.GreaterThan(a._lanes, b._lanes) | Vector512.AndNot(Vector512.Equals(b._lanes, b._lanes), Vector512.Equals(a._lanes, a._lanes));
        return new(Vector512.ConditionalSelect(wins, value._lanes, other._lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a._lanes / b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator &(Lanes512 a, Lanes512 b) => new(a._lanes & b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator |(Lanes512 a, Lanes512 b) => new(a._lanes | b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator ^(Lanes512 a, Lanes512 b) => new(a._lanes ^ b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Choose(Lanes512 mask, Lanes512 a, Lanes512 b) => new(Vector512.ConditionalSelect(mask._lanes, a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Highest(Lanes512 bits) => new((bits.Bits >> 31).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SubtractBits(Lanes512 a, Lanes512 b) => new((a.Bits - b.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ShiftLeft(Lanes512 bits, int count) => new((bits.Bits << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ShiftLeft(Lanes512 bits, Lanes512 counts) =>
        Avx512F.IsSupported ? new(Avx512F.ShiftLeftLogicalVariable(bits.Bits, counts._lanes.AsUInt32()).AsSingle())
            : new(Vector512.Create(LaneShift.Left(bits.Bits.GetLower(), counts.Bits.GetLower()), LaneShift.Left(bits.Bits.GetUpper(), counts.Bits.GetUpper())).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Pick(Lanes512 table, Lanes512 index) => new(Vector512.ShuffleNative(table._lanes, index.Bits));
}

/// <summary>8 lanes of AVX2, or of two narrower vectors.</summary>
internal readonly unsafe struct Lanes256 : IMathLanes<Lanes256>
{
    private readonly Vector256<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes256(Vector256<float> lanes) => _lanes = lanes;

    public static int Count => 8;

    public Vector256<float> Value => _lanes;

    private Vector256<int> Bits => _lanes.AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* p) => new(Vector256.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 lanes, float* p) => lanes._lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStreamed(Lanes256 lanes, float* p) => lanes._lanes.StoreAlignedNonTemporal(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 All(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AllBits(int value) => new(Vector256.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WhereEqual(Lanes256 a, Lanes256 b, Lanes256 value, Lanes256 other) => new(Vector256.ConditionalSelect(Vector256.Equals(a._lanes, b._lanes), value._lanes, other._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WhereSameBits(Lanes256 a, Lanes256 b, Lanes256 value) => new(Vector256.ConditionalSelect(Vector256.Equals(a.Bits, b.Bits).AsSingle(), value._lanes, Vector256<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasNaN(Lanes256 lanes) => !Vector256.EqualsAll(lanes._lanes, lanes._lanes);

    public static Lanes256 WhereWins(Lanes256 a, Lanes256 b, Lanes256 value, Lanes256 other)
    {
        // A comparison with NaN is false.
        Vector256<float> wins = Vector256.GreaterThan(a._lanes, b._lanes) | Vector256.AndNot(Vector256.Equals(b._lanes, b._lanes), Vector256.Equals(a._lanes, a._lanes));
        return new(Vector256.ConditionalSelect(wins, value._lanes, other._lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._lanes / b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator &(Lanes256 a, Lanes256 b) => new(a._lanes & b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator |(Lanes256 a, Lanes256 b) => new(a._lanes | b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator ^(Lanes256 a, Lanes256 b) => new(a._lanes ^ b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Choose(Lanes256 mask, Lanes256 a, Lanes256 b) => new(Vector256.ConditionalSelect(mask._lanes, a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Highest(Lanes256 bits) => new((bits.Bits >> 31).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SubtractBits(Lanes256 a, Lanes256 b) => new((a.Bits - b.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftLeft(Lanes256 bits, int count) => new((bits.Bits << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftLeft(Lanes256 bits, Lanes256 counts) => new(LaneShift.Left(bits.Bits, counts.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Pick(Lanes256 table, Lanes256 index) => new(Vector256.ShuffleNative(table._lanes, index.Bits));
}

/// <summary>Shifts by a count of each lane's own.</summary>
internal static class LaneShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Left(Vector256<int> bits, Vector256<int> counts) =>
        Avx2.IsSupported ? Avx2.ShiftLeftLogicalVariable(bits, counts.AsUInt32()) : OneByOne(bits, counts);

    private static Vector256<int> OneByOne(Vector256<int> bits, Vector256<int> counts)
    {
        for (int i = 0; i < Vector256<int>.Count; i++)
            bits = bits.WithElement(i, bits[i] << counts[i]);
        return bits;
    }
}
