using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>
/// The functions of the losses: within 3 units in the last place (docs/numerics.md), and faster than the runtime's own, which go through
/// float64. The polynomials' terms are added in pairs of pairs: what bounds a loss is how long one element takes, as a processor holds some
/// four vectors' instructions at a time.
/// <para>
/// The coefficients are those of interpolation at Chebyshev's nodes (c + h cos(pi (2k + 1) / 2m), k from 0 to m - 1, on an interval of
/// centre c and half width h), which comes within a small factor of the best polynomial of its degree; they are computed in exact
/// arithmetic and rounded to float32. Each function says its own m, and what is interpolated.
/// </para>
/// </summary>
internal static class VectorMath
{
    /// <summary>
    /// exp(x) for x at most 0: 2^n times exp of the rest r, |r| at most ln 2 / 2. Where n is below -126, from x = -87.7 on, it is 0.
    /// <para>
    /// exp(r) = 1 + r + r^2 p(r), p of degree 3: it equals (exp(r) - 1 - r) / r^2 at the four of m = 5 nodes on [-ln 2 / 2, ln 2 / 2] that
    /// are not 0, where value and slope are right as they stand. That is 2e-7 off at most, at the ends.
    /// </para>
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfNegative<T>(T x)
        where T : unmanaged, ILanes<T>
    {
        // n = x / ln 2, rounded; 1.44269504 is 1 / ln 2. Adding 12582912 = 1.5 * 2^23 rounds to an integer, which then stands in the low
        // bits: here with 127 added, as an exponent has it. From -88 down all is 0: n is -127 there.
        T magic = T.All(12582912f + 127), inRange = T.MaxNative(T.All(-88f), x),
            rounded = T.MultiplyAdd(inRange, T.All(1.44269504f), magic), n = rounded - magic;
        T r = T.MultiplyAdd(n, T.All(-0.693147182f), inRange), r2 = r * r; // the product is exact: ln 2 in float32 is off by 2e-9 of n
        T series = T.MultiplyAdd(T.MultiplyAdd(T.All(0.008363179f), r, T.All(0.041875686f)), r2,
            T.MultiplyAdd(T.All(0.16666576f), r, T.All(0.4999937f)));
        series = T.MultiplyAdd(series, r2, T.All(1) + r);
        return series * T.ShiftLeft(rounded, 23); // NaN stays
    }

    /// <summary>
    /// log(1 + x) for x from 0 to 1, as x times a polynomial: no digit of a small x is lost. The polynomial, of degree 8, equals
    /// log(1 + x) / x at the m = 9 nodes on [0, 1].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1pToOne<T>(T x)
        where T : unmanaged, ILanes<T>
    {
        T x2 = x * x, x4 = x2 * x2;
        T low = T.MultiplyAdd(T.MultiplyAdd(T.All(-0.24835399f), x, T.All(0.3331812f)), x2,
            T.MultiplyAdd(T.All(-0.49999446f), x, T.All(0.99999994f)));
        T high = T.MultiplyAdd(T.MultiplyAdd(T.All(-0.029074065f), x, T.All(0.077516086f)), x2,
            T.MultiplyAdd(T.All(-0.13602248f), x, T.All(0.19076881f)));
        return T.MultiplyAdd(T.MultiplyAdd(T.All(0.0051261024f), x4, high), x4, low) * x;
    }

    /// <summary>
    /// log(1 + x) for finite x at least 0. Above 1 the sum 1 + x = 2^n (1 + m) is taken apart first: it is n ln 2 + log(1 + m), m from 0
    /// to 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p<T>(T x)
        where T : unmanaged, ILanes<T>
    {
        T one = T.All(1), isLarge = T.Greater(x, one), sum = one + x;
        T exponent = T.FromIntegers(T.SubtractBits(T.ShiftRight(sum, 23), T.AllBits(127))) & isLarge;
        T mantissa = ((sum & T.AllBits(0x7F_FFFF)) | one) - one;
        return T.MultiplyAdd(exponent, T.All(0.693147181f), Log1pToOne(T.Choose(isLarge, mantissa, x)));
    }
}
