using System.Diagnostics;

namespace Smile.Net.Ranks.Mpi;

/// <summary>
/// Ranks that are processes, on one machine or many, started by mpirun or srun. Waiting gives the core to others between two looks, so that
/// ranks that share cores do not spin against each other. Errors of MPI end all ranks (its default), and a process that dies is seen by
/// what started it, which asks the others to stop: then no rank waits much longer for another than it ever had to.
/// </summary>
internal sealed class MpiRanks : ICommunicator
{
    // A message of MPI is at most int.MaxValue long; one this long has no overhead to speak of.
    private const int MostBytes = 1 << 28;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private readonly LibMpi _mpi;
    private readonly CancellationToken _stop;
    private readonly Func<bool> _isPassed;
    private nint _request;
    private TimeSpan _longestWait;
    private bool _ended;

    /// <summary>Joins the ranks.</summary>
    /// <param name="mpi">The library.</param>
    /// <param name="stop">This rank was asked to stop; the others were too, or one is gone.</param>
    /// <exception cref="LostRankException">MPI fails.</exception>
    public MpiRanks(LibMpi mpi, CancellationToken stop)
    {
        (_mpi, _stop, _isPassed) = (mpi, stop, IsPassed);
        Check(mpi.Init());
        Check(mpi.Rank(out int rank));
        Check(mpi.Size(out int size));
        (Rank, Size) = (rank, size);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public unsafe void Exchange(int peer, ReadOnlySpan<byte> send, Span<byte> receive)
    {
        fixed (byte* from = send, to = receive)
        {
            for (long at = 0; at < Math.Max(send.Length, receive.Length); at += MostBytes)
            {
                nint sending = 0, receiving = 0;
                int sent = (int)Math.Clamp(send.Length - at, 0, MostBytes), received = (int)Math.Clamp(receive.Length - at, 0, MostBytes);
                if (received > 0)
                    Check(_mpi.Receive(to + at, received, peer, out receiving));
                if (sent > 0)
                    Check(_mpi.Send(from + at, sent, peer, out sending));
                if (received > 0)
                    Await(receiving);
                if (sent > 0)
                    Await(sending);
            }
        }
    }

    /// <inheritdoc/>
    public unsafe void Broadcast(int root, Span<byte> bytes)
    {
        fixed (byte* at = bytes)
        {
            for (int start = 0; start < bytes.Length; start += MostBytes)
            {
                Check(_mpi.Broadcast(at + start, Math.Min(MostBytes, bytes.Length - start), root, out nint request));
                Await(request);
            }
        }
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        Check(_mpi.Barrier(out nint request));
        Await(request);
    }

    /// <inheritdoc/>
    public void Await(Func<bool> isDone)
    {
        var spin = new SpinWait();
        long start = Stopwatch.GetTimestamp(), stopped = 0;
        while (!isDone())
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (!_stop.IsCancellationRequested)
                continue;
            if (stopped == 0)
                stopped = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(stopped) > _patience + _longestWait)
                throw new LostRankException("asked to stop, and another rank does not answer. The last checkpoint is kept.");
        }

        TimeSpan waited = Stopwatch.GetElapsedTime(start);
        _longestWait = waited > _longestWait ? waited : _longestWait;
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        if (!_ended)
            _mpi.Abort(exitCode);
    }

    /// <summary>Leaves the ranks, when all come here.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        Barrier();
        Check(_mpi.Finish());
    }

    private void Await(nint request)
    {
        _request = request;
        Await(_isPassed);
    }

    private bool IsPassed()
    {
        Check(_mpi.Test(ref _request, out bool done));
        return done;
    }

    private void Check(int result)
    {
        if (result != LibMpi.Success)
            throw new LostRankException($"MPI: {_mpi.Describe(result)}");
    }
}
