using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>Scratch memory in named parts, whose sizes are known before any of them has a place.</summary>
internal interface IScratch
{
    /// <summary>Gives each part its place. Called twice: the first time for the sizes alone.</summary>
    void Allocate(ref ScratchLayout layout);
}

/// <summary>
/// Places parts one after another, each on cache lines of its own, so that no two overlap. A layout that starts nowhere measures.
/// </summary>
internal unsafe ref struct ScratchLayout(byte* start)
{
    private const int LineBytes = 64;

    /// <summary>True where the places are not to be written to.</summary>
    public readonly bool Measures => start == null;

    /// <summary>Bytes of all parts so far.</summary>
    public long Bytes { get; private set; }

    public float* Floats(long count) => (float*)Next(count, sizeof(float));

    public int* Integers(long count) => (int*)Next(count, sizeof(int));

    /// <summary>A list of addresses.</summary>
    public float** Addresses(long count) => (float**)Next(count, sizeof(float*));

    public T* Items<T>(long count)
        where T : unmanaged => (T*)Next(count, sizeof(T));

    private byte* Next(long count, int bytes)
    {
        byte* at = start + Bytes;
        Bytes = checked(Bytes + (count * bytes + LineBytes - 1) / LineBytes * LineBytes);
        return at;
    }
}

internal static unsafe class Scratch
{
    /// <summary>Places all parts of <paramref name="scratch"/> in a block of memory, whatever lay there before.</summary>
    public static void Allocate<T>(this NativeScratch block, ref T scratch)
        where T : struct, IScratch
    {
        var measure = new ScratchLayout(null);
        scratch.Allocate(ref measure);
        var layout = new ScratchLayout(block.Bytes(measure.Bytes));
        scratch.Allocate(ref layout);
    }
}
