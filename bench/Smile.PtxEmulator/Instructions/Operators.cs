using System.Numerics;

namespace Smile.PtxEmulator.Instructions;

/// <summary>A result of one lane from one value, and of several lanes at once where <see cref="IsVector"/>.</summary>
internal interface IUnary<T>
    where T : unmanaged
{
    static virtual bool IsVector => false;

    static abstract T Of(T a);

    static virtual Vector<T> Of(Vector<T> a) => throw new InvalidOperationException("The operation has no vector form.");
}

/// <summary>A result from two values.</summary>
internal interface IBinary<T>
    where T : unmanaged
{
    static virtual bool IsVector => false;

    static abstract T Of(T a, T b);

    static virtual Vector<T> Of(Vector<T> a, Vector<T> b) => throw new InvalidOperationException("The operation has no vector form.");
}

/// <summary>A result from three values.</summary>
internal interface ITernary<T>
    where T : unmanaged
{
    static virtual bool IsVector => false;

    static abstract T Of(T a, T b, T c);

    static virtual Vector<T> Of(Vector<T> a, Vector<T> b, Vector<T> c) =>
        throw new InvalidOperationException("The operation has no vector form.");
}

/// <summary>A result from two values that the ISA leaves open for some of them.</summary>
internal interface IPartialBinary<T>
    where T : unmanaged
{
    static abstract bool TryOf(T a, T b, out T result);
}

/// <summary>A value of one type from one of another.</summary>
internal interface IConversion<TFrom, TTo>
{
    static abstract TTo Of(TFrom a);
}

/// <summary>A comparison.</summary>
internal interface IComparison<T>
{
    static abstract bool Of(T a, T b);
}
