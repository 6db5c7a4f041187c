using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>
/// a[i] = b[i] + s c[i] over arrays that fit no cache (the triad of J. McCalpin's STREAM): the yardstick of what memory gives.
/// </summary>
internal sealed unsafe class Triad : IDisposable
{
    private const int Words = 1 << 24;

    private readonly WorkerPool _pool;
    private readonly NativeScratch _scratch = new();
    private readonly TriadJob _job;

    /// <param name="threads">Threads; 0: one a core.</param>
    public Triad(int threads = 0)
    {
        _pool = new WorkerPool(threads > 0 ? threads : Environment.ProcessorCount);
        float* a = _scratch.Floats(3L * Words);
        _job = new TriadJob(a, a + Words, a + 2 * Words);
    }

    /// <summary>Bytes that a run is counted with: three words an element. What a store reads before it writes is not counted.</summary>
    public static double Bytes => 3.0 * sizeof(float) * Words;

    /// <summary>Once over all elements.</summary>
    public void Run() => _pool.Run(Words / TriadJob.ChunkWords, _job);

    public void Dispose()
    {
        _pool.Dispose();
        _scratch.Dispose();
    }
}

internal readonly unsafe struct TriadJob(float* a, float* b, float* c) : IJob
{
    public const int ChunkWords = 1 << 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        var scale = Lanes256.All(3);
        for (nint i = (nint)chunk * ChunkWords, end = i + ChunkWords; i < end; i += Lanes256.Count)
            Lanes256.Store(Lanes256.Load(b + i) + scale * Lanes256.Load(c + i), a + i);
    }
}
