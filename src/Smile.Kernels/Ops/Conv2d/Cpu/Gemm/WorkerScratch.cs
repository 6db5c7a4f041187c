using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>Scratch that each worker of the pool has for itself; its size does not depend on the shape, so it is allocated once.</summary>
internal sealed unsafe class WorkerScratch<T> : IDisposable
    where T : unmanaged, IScratch
{
    private readonly NativeScratch _block = new();

    public WorkerScratch(int workers)
    {
        var all = new AllWorkers(workers);
        _block.Allocate(ref all);
        Each = all.Each;
    }

    /// <summary>Every worker's.</summary>
    public PerWorker<T> Each { get; }

    public void Dispose() => _block.Dispose();

    private struct AllWorkers(int workers) : IScratch
    {
        public PerWorker<T> Each { get; private set; }

        public void Allocate(ref ScratchLayout layout)
        {
            Each = new PerWorker<T>(layout.Items<byte>(workers * PerWorker<T>.Stride));
            for (int i = 0; i < workers; i++)
            {
                T parts = default;
                parts.Allocate(ref layout);
                if (!layout.Measures)
                    *Each.Of(i) = parts;
            }
        }
    }
}

/// <summary>The same kind of scratch for each worker: for jobs, which hold no objects.</summary>
internal readonly unsafe struct PerWorker<T>(byte* first)
    where T : unmanaged
{
    // Processors fetch cache lines in pairs: no pair of one worker's is another's too, even where the first begins in the middle of one.
    private const int Line = 64, Pair = 2 * Line;

    /// <summary>Bytes from one worker's to the next.</summary>
    public static long Stride => (sizeof(T) + Line + Pair - 1) / Pair * Pair;

    public T* Of(int worker) => (T*)(first + worker * (nint)Stride);
}
