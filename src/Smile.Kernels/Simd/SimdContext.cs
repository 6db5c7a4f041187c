using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

/// <summary>
/// What the operations of the host backend share: the arenas, the threads, the micro-kernels, and when a result is streamed. No scratch: an
/// operation that needs some owns it.
/// </summary>
/// <param name="memory">The arenas; the backend reserves and frees them.</param>
/// <param name="threads">Threads; 0 stands for one a processor.</param>
/// <param name="bits">Vector width of the micro-kernels; 0 stands for the widest.</param>
/// <param name="streamedWords">Words from which a result goes past the caches.</param>
internal sealed unsafe class SimdContext(HostMemory memory, int threads, int bits, long streamedWords) : IDisposable
{
    public HostMemory Memory => memory;

    public WorkerPool Pool { get; } = new(threads == 0 ? Environment.ProcessorCount : threads);

    public MicroKernels Kernels { get; } = MicroKernels.For(bits == 0 ? MicroKernels.BestBits : bits);

    /// <summary>Whether a result that is overwritten goes past the caches: it is large, and its rows lie well.</summary>
    /// <param name="words">Words of the result.</param>
    /// <param name="to">Where it lies.</param>
    /// <param name="rowWords">Words that a loop stores before it starts a row anew.</param>
    public bool Streams(long words, float* to, long rowWords = Streaming.LineWords) =>
        words >= streamedWords && Streaming.Fits(to, rowWords);

    /// <summary>y = or += f(a, b), element by element. y may be a or b.</summary>
    public void Elements<TElement>(float* a, float* b, float* y, int length, Into into)
        where TElement : struct, IElement
    {
        int chunks = Lanes.Chunks(length);
        if (into == Into.Add)
            Pool.Run(chunks, new ElementJob<TElement, Accumulate>(a, b, y, length));
        else if (y != a && y != b && Streams(length, y))
            Pool.Run(chunks, new ElementJob<TElement, NonTemporal>(a, b, y, length));
        else
            Pool.Run(chunks, new ElementJob<TElement, Overwrite>(a, b, y, length));
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => Pool.Dispose();
}
