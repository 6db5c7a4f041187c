using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Smile.Kernels.Simd;

/// <summary>
/// Stores that go past the caches. An ordinary store reads its line first, so a copy moves three words for two; and what is written drives
/// out what the next pass would have read. It pays where a result is so large that little of it is still in a cache when it is read again.
/// </summary>
internal static unsafe class Streaming
{
    /// <summary>
    /// Words from which a result is streamed by default: 16 MiB. Measured, a result written and then summed by the same core: ordinary
    /// stores are ahead up to 12 MiB, level at 16 to 24, behind by a third at 32 (docs/log/2026-11-29-cpu.md).
    /// </summary>
    public const long LeastWords = 4 << 20;

    /// <summary>Words of a cache line.</summary>
    public const int LineWords = LineBytes / sizeof(float);

    private const int LineBytes = 64;

    /// <summary>Whether each row of a result starts on a cache line, so that no line is written in two parts.</summary>
    public static bool Fits(float* to, long rowWords) => rowWords % LineWords == 0 && (nuint)to % LineBytes == 0;
}

/// <summary>How a loop leaves its results in memory; the JIT compiles a loop for each.</summary>
internal unsafe interface IStore
{
    /// <summary>The first <paramref name="left"/> lanes, or all.</summary>
    static abstract void Store<T>(T value, float* to, int left)
        where T : unmanaged, ILanes<T>;

    /// <summary>At the end of a chunk: what was stored is seen by whoever sees that the chunk is done.</summary>
    static abstract void End();
}

/// <summary>What was there is overwritten.</summary>
internal readonly unsafe struct Overwrite : IStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* to, int left)
        where T : unmanaged, ILanes<T> => Lanes.Store(value, to, left);

    public static void End()
    {
    }
}

/// <summary>What was there is added to.</summary>
internal readonly unsafe struct Accumulate : IStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* to, int left)
        where T : unmanaged, ILanes<T> => Lanes.Store(value + T.Load(to), to, left);

    public static void End()
    {
    }
}

/// <summary>What was there is overwritten past the caches, where <see cref="Streaming.Fits"/>.</summary>
internal readonly unsafe struct NonTemporal : IStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, float* to, int left)
        where T : unmanaged, ILanes<T>
    {
        if (left >= T.Count)
            T.StoreStreamed(value, to);
        else
            Lanes.Store(value, to, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void End()
    {
        if (Sse.IsSupported)
            Sse.StoreFence();
        else
            Interlocked.MemoryBarrier();
    }
}
