using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.PtxEmulator.Instructions;

/// <summary>Values of float32 that the ISA names.</summary>
internal static class Float32
{
    /// <summary>The NaN that every float32 operation gives (PTX ISA, "Floating-Point Instructions").</summary>
    public static readonly float Nan = BitConverter.UInt32BitsToSingle(0x7FFFFFFF);

    private const float LeastNormal = 1.17549435e-38f;

    public static float Canonical(float x) => float.IsNaN(x) ? Nan : x;

    public static Vector<float> Canonical(Vector<float> x) => Vector.ConditionalSelect(Vector.Equals(x, x), x, new Vector<float>(Nan));

    /// <summary>Subnormals become zeros of their sign (.ftz).</summary>
    public static float Flush(float x) => MathF.Abs(x) < LeastNormal ? MathF.CopySign(0, x) : x;

    public static Vector<float> Flush(Vector<float> x) =>
        Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), new Vector<float>(LeastNormal)), x & new Vector<float>(-0f), x);
}

internal readonly struct CanonicalUnary<TOp> : IUnary<float>
    where TOp : struct, IUnary<float>
{
    public static float Of(float a) => Float32.Canonical(TOp.Of(a));
}

internal readonly struct CanonicalBinary<TOp> : IBinary<float>
    where TOp : struct, IBinary<float>
{
    public static bool IsVector => TOp.IsVector;

    public static float Of(float a, float b) => Float32.Canonical(TOp.Of(a, b));

    public static Vector<float> Of(Vector<float> a, Vector<float> b) => Float32.Canonical(TOp.Of(a, b));
}

internal readonly struct CanonicalTernary<TOp> : ITernary<float>
    where TOp : struct, ITernary<float>
{
    public static bool IsVector => TOp.IsVector;

    public static float Of(float a, float b, float c) => Float32.Canonical(TOp.Of(a, b, c));

    public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c) => Float32.Canonical(TOp.Of(a, b, c));
}

internal readonly struct FlushedUnary<TOp> : IUnary<float>
    where TOp : struct, IUnary<float>
{
    public static float Of(float a) => Float32.Flush(TOp.Of(Float32.Flush(a)));
}

internal readonly struct FlushedBinary<TOp> : IBinary<float>
    where TOp : struct, IBinary<float>
{
    public static bool IsVector => TOp.IsVector;

    public static float Of(float a, float b) => Float32.Flush(TOp.Of(Float32.Flush(a), Float32.Flush(b)));

    public static Vector<float> Of(Vector<float> a, Vector<float> b) => Float32.Flush(TOp.Of(Float32.Flush(a), Float32.Flush(b)));
}

internal readonly struct FlushedTernary<TOp> : ITernary<float>
    where TOp : struct, ITernary<float>
{
    public static bool IsVector => TOp.IsVector;

    public static float Of(float a, float b, float c) => Float32.Flush(TOp.Of(Float32.Flush(a), Float32.Flush(b), Float32.Flush(c)));

    public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c) =>
        Float32.Flush(TOp.Of(Float32.Flush(a), Float32.Flush(b), Float32.Flush(c)));
}

/// <summary>fma: one rounding.</summary>
internal readonly struct Fused<T> : ITernary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b, T c) => T.FusedMultiplyAdd(a, b, c);

    public static Vector<T> Of(Vector<T> a, Vector<T> b, Vector<T> c) => typeof(T) == typeof(float)
        ? Unsafe.BitCast<Vector<float>, Vector<T>>(Vector.FusedMultiplyAdd(Unsafe.BitCast<Vector<T>, Vector<float>>(a),
            Unsafe.BitCast<Vector<T>, Vector<float>>(b), Unsafe.BitCast<Vector<T>, Vector<float>>(c)))
        : Unsafe.BitCast<Vector<double>, Vector<T>>(Vector.FusedMultiplyAdd(Unsafe.BitCast<Vector<T>, Vector<double>>(a),
            Unsafe.BitCast<Vector<T>, Vector<double>>(b), Unsafe.BitCast<Vector<T>, Vector<double>>(c)));
}

internal readonly struct Quotient<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a / b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a / b;
}

/// <summary>
/// div.approx: as <see cref="Quotient{T}"/>, but for |b| above 2^126 the quotient is 0, or NaN of an infinite a (PTX ISA, "div").
/// </summary>
internal readonly struct ApproximateQuotient<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly T _limit = T.ScaleB(T.One, 126);

    public static T Of(T a, T b) => T.IsFinite(b) && T.Abs(b) > _limit ? a * T.CopySign(T.Zero, b) : a / b;
}

/// <summary>min and max: of a NaN and a number, the number; -0 is below +0.</summary>
internal readonly struct LeastNumber<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a, T b) => T.MinNumber(a, b);
}

/// <inheritdoc cref="LeastNumber{T}"/>
internal readonly struct GreatestNumber<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a, T b) => T.MaxNumber(a, b);
}

/// <summary>copysign: the sign of a on the value of b.</summary>
internal readonly struct SignOf<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a, T b) => T.CopySign(b, a);
}

internal readonly struct Absolute<T> : IUnary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a) => T.Abs(a);
}

internal readonly struct Reciprocal<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a) => T.One / a;
}

internal readonly struct Root<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a) => T.Sqrt(a);
}

// The approximations: the ISA bounds their error and names their special cases; computed in float64 and rounded once they are well inside
// the bound.
internal readonly struct ReciprocalRoot : IUnary<float>
{
    public static float Of(float a) => (float)(1 / Math.Sqrt(a));
}

internal readonly struct PowerOfTwo : IUnary<float>
{
    public static float Of(float a) => (float)Math.Pow(2, a);
}

internal readonly struct LogarithmToTwo : IUnary<float>
{
    public static float Of(float a) => (float)Math.Log2(a);
}

internal readonly struct Sine : IUnary<float>
{
    public static float Of(float a) => (float)Math.Sin(a);
}

internal readonly struct Cosine : IUnary<float>
{
    public static float Of(float a) => (float)Math.Cos(a);
}

internal readonly struct HyperbolicTangent : IUnary<float>
{
    public static float Of(float a) => (float)Math.Tanh(a);
}
