using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Smile.Kernels;

/// <summary>
/// A parallel region: the body of a loop over chunks. A struct of pointers and sizes, so that starting a region allocates
/// nothing.
/// </summary>
internal interface IJob
{
    /// <summary>Does one chunk. <paramref name="worker"/> says whose scratch memory may be used.</summary>
    void Run(int chunk, int worker);
}

/// <summary>
/// The threads of the SIMD backend. The caller takes part; workers spin for some microseconds after a region, then sleep.
/// Which worker does which chunk is not fixed: a job's result must depend on the chunks alone.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    // One word holds the region's number (24 bits), its chunks (20) and the next chunk (20): a late worker can claim
    // no chunk of a region that is over, because the whole word is compared.
    private const int CountBits = 20;
    private const long CountMask = (1L << CountBits) - 1;
    private const int SpinsBeforeSleep = 1000;
    private const int SpinsBeforeYield = 2000;

    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private long _state;
    private int _done;
    private int _sleepers;
    private volatile bool _stopped;
    private void* _job;
    private delegate*<void*, int, int, void> _body;
    private ExceptionDispatchInfo? _error;

    /// <param name="threads">Threads that work, the caller among them.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"smile worker {i + 1}" };
            _threads[i].Start(i + 1);
        }
    }

    /// <summary>Threads that work, the caller among them.</summary>
    public int Threads => _threads.Length + 1;

    /// <summary>
    /// Runs chunks 0 .. <paramref name="chunks"/> - 1 and returns when all are done; the first exception of a chunk is
    /// thrown here.
    /// </summary>
    public void Run<TJob>(int chunks, in TJob job)
        where TJob : unmanaged, IJob
    {
        if (Threads == 1 || chunks <= 1)
        {
            for (int i = 0; i < chunks; i++)
                job.Run(i, 0);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunks, (int)CountMask);
        TJob copy = job; // on this stack until the last chunk is done
        _job = &copy;
        _body = &Invoke<TJob>;
        _done = 0;
        long region = (Volatile.Read(ref _state) >> (2 * CountBits)) + 1;
        Interlocked.Exchange(ref _state, (region << (2 * CountBits)) | ((long)chunks << CountBits));
        if (Volatile.Read(ref _sleepers) > 0)
            lock (_gate)
                Monitor.PulseAll(_gate);
        while (TakeChunk(0))
        {
        }

        for (int spins = 0; Volatile.Read(ref _done) < chunks; spins++)
        {
            if (spins < SpinsBeforeYield)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }

        if (Interlocked.Exchange(ref _error, null) is { } error)
            error.Throw();
    }

    public void Dispose()
    {
        _stopped = true;
        lock (_gate)
            Monitor.PulseAll(_gate);
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private static void Invoke<TJob>(void* job, int chunk, int worker)
        where TJob : unmanaged, IJob => ((TJob*)job)->Run(chunk, worker);

    private void Work(object? index)
    {
        int worker = (int)index!, spins = 0;
        while (!_stopped)
        {
            if (TakeChunk(worker))
            {
                spins = 0;
            }
            else if (++spins < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Sleep();
                spins = 0;
            }
        }
    }

    private void Sleep()
    {
        lock (_gate)
        {
            // Counted before the last look: a caller that starts a region after the look sees the sleeper and wakes it.
            Interlocked.Increment(ref _sleepers);
            while (!_stopped && !HasChunk(Interlocked.Read(ref _state)))
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private bool TakeChunk(int worker)
    {
        long state = Volatile.Read(ref _state);
        while (HasChunk(state))
        {
            long seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen != state)
            {
                state = seen;
                continue;
            }

            // The region cannot end before this chunk is counted, so its job is safe to use.
            try
            {
                _body(_job, (int)(state & CountMask), worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
            }

            Interlocked.Increment(ref _done);
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasChunk(long state) => (state & CountMask) < ((state >> CountBits) & CountMask);
}
