using System.Runtime.ExceptionServices;
using Smile.Net.Ranks;

namespace Smile.Net.Tests.Ranks;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks : ICommunicator
{
    private readonly Board _board;

    private ThreadRanks(Board board, int rank) => (_board, Rank) = (board, rank);

    public int Rank { get; }

    public int Size => _board.Size;

    /// <summary>Runs the work on so many ranks at once; a rank that throws ends the others, and its error is thrown.</summary>
    public static T[] Run<T>(int size, Func<ICommunicator, T> work)
    {
        var board = new Board(size);
        var results = new T[size];
        Exception? first = null;
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new ThreadRanks(board, rank));
            }
            catch (Exception e)
            {
                // Those that lose a rank say so after it has said why.
                Interlocked.CompareExchange(ref first, e, null);
                board.Abort();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
        return results;
    }

    public void Exchange(int peer, ReadOnlySpan<byte> send, Span<byte> receive)
    {
        _board.Post(Rank, peer, send.ToArray());
        byte[] bytes = _board.Take(peer, Rank);
        Assert.Equal(receive.Length, bytes.Length);
        bytes.CopyTo(receive);
    }

    public void Broadcast(int root, Span<byte> bytes)
    {
        if (Rank != root)
            Exchange(root, [], bytes);
        else
            for (int peer = 0; peer < Size; peer++)
                if (peer != root)
                    Exchange(peer, bytes, []);
    }

    public void Barrier()
    {
        Broadcast(0, []);
        Broadcast(Size - 1, []);
    }

    public void Await(Func<bool> isDone)
    {
        while (!isDone())
        {
            _board.DemandAll();
            Thread.Yield();
        }
    }

    public void Abort(int exitCode) => _board.Abort();

    public void Dispose()
    {
    }

    private sealed class Board(int size)
    {
        private readonly Queue<byte[]>[] _posted = [.. Enumerable.Range(0, size * size).Select(_ => new Queue<byte[]>())];
        private bool _aborted;

        public int Size => size;

        public void Post(int from, int to, byte[] bytes)
        {
            lock (_posted)
            {
                _posted[from * size + to].Enqueue(bytes);
                Monitor.PulseAll(_posted);
            }
        }

        public byte[] Take(int from, int to)
        {
            lock (_posted)
            {
                byte[]? bytes;
                while (!_posted[from * size + to].TryDequeue(out bytes))
                {
                    if (_aborted)
                        throw new LostRankException($"rank {from} is gone");
                    Monitor.Wait(_posted);
                }

                return bytes;
            }
        }

        public void DemandAll()
        {
            lock (_posted)
                if (_aborted)
                    throw new LostRankException("a rank is gone");
        }

        public void Abort()
        {
            lock (_posted)
            {
                _aborted = true;
                Monitor.PulseAll(_posted);
            }
        }
    }
}
