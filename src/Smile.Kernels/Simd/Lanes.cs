using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>
/// Habits of the vector loops. They step over the channels of a row, or over a whole tensor, by <see cref="Count"/> lanes. The last
/// vector may reach past the end: it is loaded whole (each arena has room for that) and computed, and only the lanes
/// that belong to the tensor are stored. So an element is computed by the same instructions wherever it lies.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Words of a chunk of an element-wise job: 64 KiB an operand.</summary>
    public const int ChunkWords = 1 << 14;

    /// <summary>Floats of a vector.</summary>
    public static int Count => Vector<float>.Count;

    /// <summary>Chunks that hold <paramref name="words"/>.</summary>
    public static int Chunks(int words) => (int)(((long)words + ChunkWords - 1) / ChunkWords);

    /// <summary><paramref name="channels"/> rounded up to whole vectors of any width: the row length of scratch tables.</summary>
    public static int Padded(int channels) => (channels + 15) / 16 * 16;

    /// <summary>Stores the first <paramref name="left"/> lanes, or all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* to, int left)
    {
        if (left >= Vector<float>.Count)
            value.Store(to);
        else
            StorePart(value, to, left);
    }

    /// <inheritdoc cref="Store(Vector{float}, float*, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* to, int left)
        where T : unmanaged, IMathLanes<T>
    {
        if (left >= T.Count)
            T.Store(value, to);
        else
            StorePart(value, to, left);
    }

    /// <summary>As <see cref="Store(Vector{float}, float*, int)"/>, adding to what is there if asked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(Vector<float> value, float* to, int left, bool add) => Store(add ? value + Vector.Load(to) : value, to, left);

    // Not inlined: a value whose address is taken lives in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<T>(T value, float* to, int left)
        where T : unmanaged, IMathLanes<T> => new Span<float>(&value, left).CopyTo(new Span<float>(to, left));

    private static void StorePart(Vector<float> value, float* to, int left)
    {
        for (int i = 0; i < left; i++)
            to[i] = value[i];
    }
}

/// <summary>A choice that the JIT compiles a loop for.</summary>
internal interface IChoice
{
    static abstract bool Taken { get; }
}

internal readonly struct Yes : IChoice
{
    public static bool Taken => true;
}

internal readonly struct No : IChoice
{
    public static bool Taken => false;
}
