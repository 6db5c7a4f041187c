using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    /// <summary>Whether a result that is overwritten goes past the caches: it is large, and its rows lie well.</summary>
    private bool Streams(long words, float* to, long rowWords = Streaming.LineWords) => words >= _streamedWords && Streaming.Fits(to, rowWords);

    /// <summary>y = or += f(a, b), element by element. y may be a or b.</summary>
    private void Elements<TElement>(float* a, float* b, float* y, int length, Into into)
        where TElement : struct, IElement
    {
        int chunks = Lanes.Chunks(length);
        if (into == Into.Add)
            _pool.Run(chunks, new ElementJob<TElement, Accumulate>(a, b, y, length));
        else if (y != a && y != b && Streams(length, y))
            _pool.Run(chunks, new ElementJob<TElement, NonTemporal>(a, b, y, length));
        else
            _pool.Run(chunks, new ElementJob<TElement, Overwrite>(a, b, y, length));
    }
}

/// <summary>One element of a result from one element of each of two sources.</summary>
internal interface IElement
{
    static abstract Vector<float> Of(Vector<float> a, Vector<float> b);
}

/// <summary>y = f(a, b), element by element. y may be a or b.</summary>
internal readonly unsafe struct ElementJob<TElement, TStore>(float* a, float* b, float* y, int length) : IJob
    where TElement : struct, IElement
    where TStore : struct, IStore
{
    public void Run(int chunk, int worker)
    {
        int first = chunk * Lanes.ChunkWords;
        Run(a + first, b + first, y + first, Math.Min(length - first, Lanes.ChunkWords));
    }

    // Operands are arguments: a field would be read again after each store, which may have changed it for all the JIT knows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float* a, float* b, float* y, int length)
    {
        for (int i = 0; i < length; i += Vector<float>.Count)
            TStore.Put(TElement.Of(Vector.Load(a + i), Vector.Load(b + i)), y + i, length - i);
        TStore.End();
    }
}
