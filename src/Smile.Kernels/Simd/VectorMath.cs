using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels;

/// <summary>
/// The functions of the losses, by the series of <see cref="GpuMath"/>: within 3 units in the last place, and faster than the runtime's own, which
/// go through float64.
/// </summary>
internal static class VectorMath
{
    /// <summary>exp(x) for x at most 0: 2^n times the series of the rest, |rest| at most ln 2 / 2. Below -87 it is 0: the result would be subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ExpOfNegative(Vector256<float> x)
    {
        // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
        Vector256<float> least = Vector256.Create(-87f), magic = Vector256.Create(12582912f), inRange = Vector256.MaxNative(least, x);
        Vector256<float> rounded = Vector256.FusedMultiplyAdd(inRange, Vector256.Create(1.44269504f), magic), n = rounded - magic;
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), inRange); // ln 2 in two parts, the product with the first exact
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        Vector256<float> series = Vector256.Create(1f / 5040);
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 720));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 120));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 24));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 6));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256.Create(1f / 2));
        series = Vector256.FusedMultiplyAdd(series, r, Vector256<float>.One);
        series = Vector256.FusedMultiplyAdd(series, r, Vector256<float>.One);
        Vector256<float> power = ((rounded.AsInt32() + Vector256.Create(127)) << 23).AsSingle();
        return Vector256.AndNot(series * power, Vector256.LessThan(x, least)); // NaN is not below
    }

    /// <summary>
    /// log(1 + x) for finite x at least 0, relative error below 1e-6 however small x is. Up to 1 it is 2 artanh(x / (2 + x)): 1 + x would lose the digits of a
    /// small x. Above, the exponent of 1 + x is taken apart first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log1p(Vector256<float> x)
    {
        Vector256<float> isLarge = Vector256.GreaterThan(x, Vector256<float>.One);
        Vector256<int> bits = (Vector256<float>.One + x).AsInt32();
        Vector256<float> exponent = Vector256.ConvertToSingle((bits >> 23) - Vector256.Create(127)) & isLarge;
        Vector256<float> mantissa = (bits & Vector256.Create(0x7F_FFFF) | Vector256<float>.One.AsInt32()).AsSingle() - Vector256<float>.One;
        return Vector256.FusedMultiplyAdd(exponent, Vector256.Create(0.693147181f), Log1pToOne(Vector256.ConditionalSelect(isLarge, mantissa, x)));
    }

    /// <summary><see cref="Log1p"/> for x from 0 to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log1pToOne(Vector256<float> x)
    {
        Vector256<float> s = x / (Vector256.Create(2f) + x), t = s * s, series = Vector256.Create(1f / 13);
        series = Vector256.FusedMultiplyAdd(series, t, Vector256.Create(1f / 11));
        series = Vector256.FusedMultiplyAdd(series, t, Vector256.Create(1f / 9));
        series = Vector256.FusedMultiplyAdd(series, t, Vector256.Create(1f / 7));
        series = Vector256.FusedMultiplyAdd(series, t, Vector256.Create(1f / 5));
        series = Vector256.FusedMultiplyAdd(series, t, Vector256.Create(1f / 3));
        return Vector256.FusedMultiplyAdd(series * t, s + s, s + s);
    }
}
