namespace Smile.Kernels.Simd;

/// <summary>
/// One row of a register tile: one or two hardware vectors of float32 side by side. The micro-kernels are written once over this interface;
/// the JIT compiles them for each width and keeps every field in a register (an array of vectors it would not).
/// </summary>
internal unsafe interface ITileRow<T>
    where T : unmanaged, ITileRow<T>
{
    /// <summary>Numbers of a row.</summary>
    static abstract int Count { get; }

    static abstract T Load(float* from);

    static abstract void Store(T value, float* to);

    static abstract T operator +(T a, T b);

    /// <summary>*a * b + c, with the one number in all lanes.</summary>
    static abstract T MultiplyAdd(float* a, T b, T c);
}

/// <summary>
/// One hardware vector: numbers, their bits, and masks (a lane's bits all set, or none). Whatever the operations do with vectors is written
/// over this interface or its implementations: <see cref="Lanes512"/>, <see cref="Lanes256"/> and <see cref="Lanes128"/>.
/// </summary>
internal unsafe interface ILanes<T> : ITileRow<T>
    where T : unmanaged, ILanes<T>
{
    /// <summary>The first <paramref name="count"/> lanes.</summary>
    static abstract void StorePart(T value, float* to, int count);

    /// <summary>Past the caches; <paramref name="to"/> lies on a vector's boundary.</summary>
    static abstract void StoreStreamed(T value, float* to);

    /// <summary>The same number in all lanes.</summary>
    static abstract T All(float value);

    /// <summary>
    /// The number at an address in all lanes, as the operand in memory that an x86 multiply-add takes: from a value in a register the JIT
    /// makes a load and a shuffle, which costs a narrow tile a quarter of its speed.
    /// </summary>
    static abstract T All(float* value);

    /// <summary>The same integer in all lanes, as bits.</summary>
    static abstract T AllBits(int value);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T operator &(T a, T b);

    static abstract T operator |(T a, T b);

    static abstract T operator ^(T a, T b);

    /// <summary>a &amp; ~b.</summary>
    static abstract T AndNot(T a, T b);

    /// <summary>a * b + c.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    static abstract T SquareRoot(T value);

    /// <summary>The larger; a NaN where either is one.</summary>
    static abstract T Max(T a, T b);

    /// <summary>The larger, in one instruction: on x86 the second where either is a NaN, and of two zeros.</summary>
    static abstract T MaxNative(T a, T b);

    /// <summary>A mask: the same number.</summary>
    static abstract T Equal(T a, T b);

    /// <summary>A mask: a above b; not where either is a NaN.</summary>
    static abstract T Greater(T a, T b);

    /// <summary>A mask: the same bits.</summary>
    static abstract T SameBits(T a, T b);

    /// <summary>
    /// The value where a and b are the same number, else the other. A comparison that chooses at once leaves its mask in a mask register.
    /// </summary>
    static abstract T WhereEqual(T a, T b, T value, T other);

    /// <summary>The value where a is above b, else the other, also where either is a NaN.</summary>
    static abstract T WhereGreater(T a, T b, T value, T other);

    /// <summary>The value where a is below b or the same, else the other, also where either is a NaN.</summary>
    static abstract T WhereLessOrEqual(T a, T b, T value, T other);

    /// <summary>The value where a and b have the same bits, else the other.</summary>
    static abstract T WhereSameBits(T a, T b, T value, T other);

    /// <summary>The first where the mask is set, else the second.</summary>
    static abstract T Choose(T mask, T a, T b);

    /// <summary>Whether a lane is a NaN.</summary>
    static abstract bool HasNaN(T value);

    /// <summary>The difference of the bits as integers: subtracting a mask counts it.</summary>
    static abstract T SubtractBits(T a, T b);

    static abstract T ShiftLeft(T bits, int count);

    /// <summary>Each lane by its own count, an integer.</summary>
    static abstract T ShiftLeft(T bits, T counts);

    /// <summary>The bits of a signed integer: by 31, a mask of the highest bit.</summary>
    static abstract T ShiftRight(T bits, int count);

    /// <summary>The numbers that the bits are as signed integers.</summary>
    static abstract T FromIntegers(T bits);

    /// <summary>Lane i is lane index[i] of the table; an index is an integer below <see cref="ITileRow{T}.Count"/>.</summary>
    static abstract T Pick(T table, T index);
}
