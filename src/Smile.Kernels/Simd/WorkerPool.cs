using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Simd;

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
/// The threads of the SIMD backend. The caller takes part; workers look out for the next region for half a millisecond, then sleep.
/// <para>
/// Each worker has a home: an equal stretch of the chunks, the same part of every region. It does those in order, and then takes chunks
/// from the ends of the others' stretches. So what one operation wrote is mostly read by the same core in the next one, as long as both
/// number their chunks along the batch; cores need not share a cache (where they do not, reading the other's lines is no faster than
/// memory). Which worker does which chunk is not fixed all the same: a job's result must depend on the chunks alone.
/// </para>
/// <para>
/// A region costs 1.3 microseconds beside its chunks on two threads, 35 where the worker has fallen asleep (docs/log/2026-11-29-cpu.md):
/// work of a few microseconds is better one chunk, which the caller does without a region.
/// </para>
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    // One word holds the region's number (24 bits), the end of the chunks that are left (20) and the next of them (20): a late worker can
    // claim no chunk of a region that is over, because the whole word is compared.
    private const int CountBits = 20;
    private const long CountMask = (1L << CountBits) - 1;

    // Looks at the desk between two pauses: a virtual machine is stopped for microseconds when its pauses follow each other closely.
    private const int LooksPerPause = 256;

    // Waking a thread costs the caller tens of microseconds; the serial stretches of a training step are shorter than half a millisecond.
    private static readonly long _yieldAfter = Stopwatch.Frequency / 20_000, _sleepAfter = Stopwatch.Frequency / 2_000;

    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private readonly Desk* _desks;
    private int _sleepers;
    private volatile bool _stopped;
    private ExceptionDispatchInfo? _error;

    /// <param name="threads">Threads that work, the caller among them.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _desks = (Desk*)NativeMemory.AlignedAlloc((nuint)(threads * sizeof(Desk)), Desk.Line);
        new Span<Desk>(_desks, threads).Clear();
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
        long region = ++_desks->Regions << (2 * CountBits);
        _desks->Expected += chunks;
        for (int i = 0, end; i < Threads; i++)
        {
            end = Start(i + 1, chunks);
            _desks[i].Job = &copy;
            _desks[i].Body = &Invoke<TJob>;
            Volatile.Write(ref _desks[i].Left, region | ((long)end << CountBits) | (uint)Start(i, chunks));
        }

        Interlocked.MemoryBarrier(); // the desks are filled before the sleepers are counted: see Sleep
        if (Volatile.Read(ref _sleepers) > 0)
            lock (_gate)
                Monitor.PulseAll(_gate);
        TakeAll(0);
        AwaitAll();

        if (Volatile.Read(ref _error) is not null)
            Interlocked.Exchange(ref _error, null)!.Throw();
    }

    /// <summary>Ends the threads; once more does nothing.</summary>
    public void Dispose()
    {
        if (_stopped)
            return;
        _stopped = true;
        lock (_gate)
            Monitor.PulseAll(_gate);
        foreach (Thread thread in _threads)
            thread.Join();
        NativeMemory.AlignedFree(_desks);
    }

    private static void Invoke<TJob>(void* job, int chunk, int worker)
        where TJob : unmanaged, IJob => ((TJob*)job)->Run(chunk, worker);

    /// <summary>The first chunk of a worker's stretch; the caller's is not the shorter one.</summary>
    private int Start(int worker, int chunks) => (int)Integers.CeilingDivide((long)chunks * worker, Threads);

    private void AwaitAll()
    {
        for (long start = Stopwatch.GetTimestamp(); ; Pause(Stopwatch.GetTimestamp() - start))
            for (int i = 0; i < LooksPerPause; i++)
                if (AllDone())
                    return;
    }

    /// <summary>Between two looks; after a while a thread that waits for this core may have it.</summary>
    private static void Pause(long waited)
    {
        if (waited < _yieldAfter)
            Thread.SpinWait(1);
        else
            Thread.Yield();
    }

    private bool AllDone()
    {
        long done = 0;
        for (int i = 0; i < Threads; i++)
            done += Volatile.Read(ref _desks[i].Done);
        return done == _desks->Expected;
    }

    private void Work(object? index)
    {
        int worker = (int)index!;
        long seen = 0;
        for (long start = Stopwatch.GetTimestamp(); !_stopped;)
        {
            if (!Watch(worker, seen))
            {
                Rest(start, worker, seen);
                continue;
            }

            seen = TakeAll(worker);
            start = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>
    /// Whether a region has begun since the worker's desk was <paramref name="seen"/>, even if others have done its chunks.
    /// </summary>
    private bool IsCalled(int worker, long seen) => Volatile.Read(ref _desks[worker].Left) is var left && (left != seen || HasChunk(left));

    private bool Watch(int worker, long seen)
    {
        for (int i = 0; i < LooksPerPause; i++)
            if (IsCalled(worker, seen))
                return true;
        return false;
    }

    private void Rest(long since, int worker, long seen)
    {
        if (Stopwatch.GetTimestamp() - since is var waited && waited < _sleepAfter)
        {
            Pause(waited);
            return;
        }

        lock (_gate)
        {
            // Counted before the last look: a caller that starts a region after the look sees the sleeper and wakes it.
            Interlocked.Increment(ref _sleepers);
            while (!_stopped && !IsCalled(worker, seen))
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    /// <summary>
    /// Does the worker's own chunks, then what is left of the others'. What it has done is told at the end, once: until then the region,
    /// and so its job, cannot be over. Returns what its desk was left as.
    /// </summary>
    private long TakeAll(int worker)
    {
        long done = 0;
        while (Take(worker, worker, last: false))
            done++;
        long left = Volatile.Read(ref _desks[worker].Left);
        for (int i = 1; i < Threads; i++)
            while (Take((worker + i) % Threads, worker, last: true))
                done++;
        if (done > 0)
            Volatile.Write(ref _desks[worker].Done, _desks[worker].Done + done);
        return left;
    }

    /// <summary>Does the first or the last chunk that is left on a desk; false where there is none.</summary>
    private bool Take(int from, int worker, bool last)
    {
        Desk* desk = _desks + from;
        long left = Volatile.Read(ref desk->Left);
        while (HasChunk(left))
        {
            long seen = Interlocked.CompareExchange(ref desk->Left, last ? left - (1L << CountBits) : left + 1, left);
            if (seen != left)
            {
                left = seen;
                continue;
            }

            // The region cannot end before this chunk is counted, so its job is safe to use.
            try
            {
                desk->Body(desk->Job, (int)(last ? ((left >> CountBits) & CountMask) - 1 : left & CountMask), worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
            }

            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasChunk(long left) => (left & CountMask) < ((left >> CountBits) & CountMask);

    /// <summary>A worker's own cache lines; processors fetch them in pairs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 2 * Line)]
    private struct Desk
    {
        public const int Line = 128;

        /// <summary>The region's number, and the chunks that are left of the worker's stretch.</summary>
        [FieldOffset(0)]
        public long Left;

        [FieldOffset(8)]
        public void* Job;

        [FieldOffset(16)]
        public delegate*<void*, int, int, void> Body;

        /// <summary>Chunks that the worker has ever done; it alone writes it.</summary>
        [FieldOffset(Line)]
        public long Done;

        /// <summary>The caller's: regions so far, and the chunks that they had.</summary>
        [FieldOffset(Line + 8)]
        public long Regions;

        /// <inheritdoc cref="Regions"/>
        [FieldOffset(Line + 16)]
        public long Expected;
    }
}
