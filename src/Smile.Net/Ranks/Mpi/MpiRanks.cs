namespace Smile.Net.Ranks.Mpi;

/// <summary>
/// Ranks that are processes, on one machine or many, started by mpirun or srun. Waiting gives the core to others between two looks, so that
/// ranks that share cores do not spin against each other. Errors of MPI end all ranks (its default), and a process that dies is seen by
/// what started it, which ends the others within seconds.
/// </summary>
internal sealed class MpiRanks : ICommunicator
{
    // A message of MPI is at most int.MaxValue long; one this long has no overhead to speak of.
    private const int MostBytes = 1 << 28;

    private readonly LibMpi _mpi;
    private bool _ended;

    /// <summary>Joins the ranks.</summary>
    /// <exception cref="LostRankException">MPI fails.</exception>
    public MpiRanks(LibMpi mpi)
    {
        _mpi = mpi;
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
        var spin = new SpinWait();
        while (true)
        {
            Check(_mpi.Test(ref request, out bool done));
            if (done)
                return;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void Check(int result)
    {
        if (result != LibMpi.Success)
            throw new LostRankException($"MPI: {_mpi.Describe(result)}");
    }
}
