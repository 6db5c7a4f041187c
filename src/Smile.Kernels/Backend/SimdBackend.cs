using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

/// <summary>
/// The host backend: vectors and all cores. Every operation is overridden in the operation's folder; what they share (worker
/// pool, micro-kernels, scratch) stands in Simd/. Work is split into chunks by the shape alone and every sum has a fixed
/// order, so the bits do not depend on the number of threads.
/// </summary>
internal sealed unsafe partial class SimdBackend : ScalarBackend
{
    private readonly WorkerPool _pool;
    private readonly MicroKernels _kernels;
    private readonly NativeScratch _panels = new(), _tables = new(), _lines = new(), _partials = new(), _workers = new(), _transformed = new();
    private readonly ConvPlanner _planner;
    private readonly ConvScratch* _convScratch;
    private readonly long _streamedWords;
    private long _convCalls;

    /// <param name="threads">Threads; 0 stands for one a processor.</param>
    /// <param name="bits">Vector width of the convolutions, for tests; 0 stands for the widest.</param>
    /// <param name="convolution">The convolution algorithm, for tests and benches; null stands for the planner's choice.</param>
    /// <param name="streamedWords">Words from which a result goes past the caches, for tests and benches.</param>
    /// <exception cref="BackendException"><see cref="ConvPlanner.Variable"/> names no algorithm.</exception>
    public SimdBackend(int threads = 0, int bits = 0, ConvAlgorithm? convolution = null, long streamedWords = Streaming.LeastWords)
    {
        _streamedWords = streamedWords;
        _planner = convolution is { } only ? ConvPlanner.Only(only) : ConvPlanner.Named(Environment.GetEnvironmentVariable(ConvPlanner.Variable));
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _kernels = MicroKernels.For(bits == 0 ? MicroKernels.BestBits : bits);
        _pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        int count = _pool.Threads;
        byte* at = _workers.Bytes((ConvScratch.Bytes + sizeof(ConvScratch)) * count);
        _convScratch = (ConvScratch*)at;
        at += sizeof(ConvScratch) * count;
        for (int i = 0; i < count; i++)
            at = _convScratch[i].Lay(at);
    }

    public override string Name => $"simd-{_kernels.Bits} x{_pool.Threads}";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pool.Dispose();
            _panels.Dispose();
            _tables.Dispose();
            _lines.Dispose();
            _partials.Dispose();
            _workers.Dispose();
            _transformed.Dispose();
        }

        base.Dispose(disposing);
    }
}
