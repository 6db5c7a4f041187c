using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>
/// Habits of the vector loops. They step over the channels of a row, or over a whole tensor, by a vector. The last
/// vector may reach past the end: it is loaded whole (each arena has room for that) and computed, and only the lanes
/// that belong to the tensor are stored. So an element is computed by the same instructions wherever it lies.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Words of a chunk of an element-wise job: 64 KiB an operand.</summary>
    public const int ChunkWords = 1 << 14;

    /// <summary>Chunks that hold <paramref name="words"/>.</summary>
    public static int Chunks(int words) => (int)(((long)words + ChunkWords - 1) / ChunkWords);

    /// <summary><paramref name="channels"/> rounded up to whole vectors of any width: the row length of scratch tables.</summary>
    public static int Padded(int channels) => (channels + 15) / 16 * 16;

    /// <summary>Stores the first <paramref name="left"/> lanes, or all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* to, int left)
        where T : unmanaged, ILanes<T>
    {
        if (left >= T.Count)
            T.Store(value, to);
        else
            T.StorePart(value, to, left);
    }

    public static int Count => Lanes256.Count;

    public static void Store(System.Numerics.Vector<float> value, float* to, int left) =>
        Store(new Lanes256(System.Runtime.Intrinsics.Vector256.AsVector256(value)), to, left);

    public static void Put(System.Numerics.Vector<float> value, float* to, int left, bool add)
    {
        Lanes256 v = new(System.Runtime.Intrinsics.Vector256.AsVector256(value));
        Store(add ? v + Lanes256.Load(to) : v, to, left);
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
