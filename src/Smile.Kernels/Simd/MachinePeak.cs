using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels.Simd;

/// <summary>The most that this machine does, measured: the bounds that a profile of the CPU backend is read against.</summary>
/// <param name="FlopsPerSecond">Multiply-adds on registers, two a lane, all threads.</param>
/// <param name="BytesPerSecond">Of a triad, see <see cref="Triad"/>.</param>
public sealed record MachinePeak(double FlopsPerSecond, double BytesPerSecond)
{
    private const int Repeats = 7, FlopChunks = 8;

    /// <summary>Takes about half a second; the best of several tries counts, so that a busy neighbour does not lower the bound.</summary>
    /// <param name="threads">Threads; 0: one a core.</param>
    public static unsafe MachinePeak Measure(int threads = 0)
    {
        using var pool = new WorkerPool(threads > 0 ? threads : Environment.ProcessorCount);
        using var scratch = new NativeScratch();
        using var triad = new Triad(threads);
        return new MachinePeak(Flops(pool, scratch.Floats(64L * (1 + FlopChunks * pool.Threads))), Triad.Bytes / Best(triad.Run));
    }

    private static unsafe double Flops(WorkerPool pool, float* words) => MicroKernels.BestBits switch
    {
        512 => Flops<Pair512>(pool, words),
        256 => Flops<Pair256>(pool, words),
        _ => Flops<Pair128>(pool, words),
    };

    private static unsafe double Flops<TRow>(WorkerPool pool, float* words)
        where TRow : unmanaged, ITileRow<TRow>
    {
        var job = new MultiplyAddJob<TRow>(words);
        int chunks = FlopChunks * pool.Threads;
        return 2.0 * TRow.Count * MultiplyAddJob<TRow>.Rows * MultiplyAddJob<TRow>.Steps * chunks / Best(() => pool.Run(chunks, job));
    }

    private static double Best(Action run)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}

/// <summary>Sums in registers alone, enough of them to hide the latency of one.</summary>
internal readonly unsafe struct MultiplyAddJob<TRow>(float* words) : IJob
    where TRow : unmanaged, ITileRow<TRow>
{
    public const int Rows = 6, Steps = 1 << 18;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        TRow b = TRow.Load(words);
        TRow c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b;
        for (int i = 0; i < Steps; i++)
        {
            c0 = TRow.MultiplyAdd(words, b, c0);
            c1 = TRow.MultiplyAdd(words, b, c1);
            c2 = TRow.MultiplyAdd(words, b, c2);
            c3 = TRow.MultiplyAdd(words, b, c3);
            c4 = TRow.MultiplyAdd(words, b, c4);
            c5 = TRow.MultiplyAdd(words, b, c5);
        }

        // Stored, or the JIT would drop the loop; chunks share no cache line.
        TRow.Store(((c0 + c1) + (c2 + c3)) + (c4 + c5), words + 64 * (chunk + 1));
    }
}
