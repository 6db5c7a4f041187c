using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;

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
    public static int Chunks(int words) => Integers.CeilingDivide(words, ChunkWords);

    /// <summary><paramref name="channels"/> rounded up to whole vectors of any width: the row length of scratch tables.</summary>
    public static int Padded(int channels) => Integers.RoundUp(channels, 16);

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
