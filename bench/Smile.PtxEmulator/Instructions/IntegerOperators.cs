using System.Numerics;

namespace Smile.PtxEmulator.Instructions;

// PTX ISA, "Integer Arithmetic Instructions" and "Logic and Shift Instructions". Results wrap.
internal readonly struct Add<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a + b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a + b;
}

internal readonly struct Subtract<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a - b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a - b;
}

/// <summary>The low half of an integer product, or a float product.</summary>
internal readonly struct Multiply<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a * b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a * b;
}

/// <summary>The high half of an integer product.</summary>
internal readonly struct MultiplyHigh<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b) =>
        T.CreateTruncating((Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> (8 * T.Zero.GetByteCount()));
}

internal readonly struct MultiplyAdd<T> : ITernary<T>
    where T : unmanaged, INumber<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b, T c) => a * b + c;

    public static Vector<T> Of(Vector<T> a, Vector<T> b, Vector<T> c) => a * b + c;
}

internal readonly struct MultiplyHighAdd<T> : ITernary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, T b, T c) => MultiplyHigh<T>.Of(a, b) + c;
}

/// <summary>Division; by zero, and where the quotient does not fit, the ISA leaves the result open.</summary>
internal readonly struct Divide<T> : IPartialBinary<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public static bool TryOf(T a, T b, out T result)
    {
        bool defined = !T.IsZero(b) && !(T.IsNegative(T.MinValue) && a == T.MinValue && b == T.Zero - T.One);
        result = defined ? a / b : T.Zero;
        return defined;
    }
}

internal readonly struct Remainder<T> : IPartialBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool TryOf(T a, T b, out T result)
    {
        bool defined = !T.IsZero(b);
        result = !defined || b == T.Zero - T.One && T.IsNegative(b) ? T.Zero : a % b;
        return defined;
    }
}

internal readonly struct Least<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a, T b) => T.Min(a, b);
}

internal readonly struct Greatest<T> : IBinary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a, T b) => T.Max(a, b);
}

internal readonly struct Negate<T> : IUnary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a) => -a;
}

internal readonly struct Magnitude<T> : IUnary<T>
    where T : unmanaged, INumber<T>
{
    public static T Of(T a) => T.IsNegative(a) ? -a : a;
}

internal readonly struct And<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a & b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a & b;
}

internal readonly struct Or<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a | b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a | b;
}

internal readonly struct Xor<T> : IBinary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsVector => true;

    public static T Of(T a, T b) => a ^ b;

    public static Vector<T> Of(Vector<T> a, Vector<T> b) => a ^ b;
}

internal readonly struct Not<T> : IUnary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a) => ~a;
}

/// <summary>Reversed bits.</summary>
internal readonly struct Reverse<T> : IUnary<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a)
    {
        T reversed = T.Zero;
        for (int i = 0; i < 8 * T.Zero.GetByteCount(); i++, a >>= 1)
            reversed = reversed << 1 | a & T.One;
        return reversed;
    }
}

internal readonly struct PopCount<T> : IConversion<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public static uint Of(T a) => uint.CreateTruncating(T.PopCount(a));
}

internal readonly struct LeadingZeros<T> : IConversion<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public static uint Of(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>A shift by a 32-bit amount; amounts past the width count as the width.</summary>
internal interface IShift<T>
    where T : unmanaged
{
    static abstract T Of(T a, int amount);
}

internal readonly struct ShiftLeft<T> : IShift<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, int amount) => amount >= 8 * T.Zero.GetByteCount() ? T.Zero : a << amount;
}

/// <summary>Zeros come in from the left, or copies of the sign for signed types.</summary>
internal readonly struct ShiftRight<T> : IShift<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a, int amount) =>
        a >> Math.Min(amount, 8 * T.Zero.GetByteCount() - 1) >> (amount >= 8 * T.Zero.GetByteCount() ? 1 : 0);
}
