namespace Smile.Net.Ranks;

/// <summary>
/// How the ranks of one training reach each other: processes under MPI, or threads of one process. Calls are collective: the ranks make
/// the same ones in the same order, or wait for each other for ever. It adds nothing: the sums over ranks stand in
/// <see cref="RankTree"/>, so that no library chooses their order.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>This one, from 0. Rank 0 writes.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>Sends bytes to another rank and receives from it, both at once.</summary>
    /// <param name="peer">The other; it names this one.</param>
    /// <param name="send">As many as the other receives; may be empty.</param>
    /// <param name="receive">Filled; it shares no byte with <paramref name="send"/>.</param>
    /// <exception cref="LostRankException">A rank is gone.</exception>
    void Exchange(int peer, ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>Copies the bytes of one rank to all others; all give the same length.</summary>
    /// <param name="root">Whose.</param>
    /// <param name="bytes">Read there, filled elsewhere.</param>
    /// <exception cref="LostRankException">A rank is gone.</exception>
    void Broadcast(int root, Span<byte> bytes);

    /// <summary>Comes back when all ranks have come here.</summary>
    /// <exception cref="LostRankException">A rank is gone.</exception>
    void Barrier();

    /// <summary>
    /// Comes back when something else is done that needs the other ranks, and knows as its own waiting does whether a rank is gone.
    /// </summary>
    /// <param name="isDone">Asks for it, again and again, and waits for nothing.</param>
    /// <exception cref="LostRankException">A rank is gone.</exception>
    void Await(Func<bool> isDone);

    /// <summary>
    /// Ends all ranks, because this one cannot go on: the others would wait for it for ever. Under MPI it does not come back.
    /// </summary>
    /// <param name="exitCode">Of the processes.</param>
    void Abort(int exitCode);
}

/// <summary>One rank, by itself.</summary>
public sealed class NoRanks : ICommunicator
{
    /// <summary>The only one.</summary>
    public static NoRanks Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void Exchange(int peer, ReadOnlySpan<byte> send, Span<byte> receive) =>
        throw new ArgumentOutOfRangeException(nameof(peer), peer, "There is no other rank.");

    /// <inheritdoc/>
    public void Broadcast(int root, Span<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public void Await(Func<bool> isDone)
    {
        while (!isDone())
            Thread.Yield();
    }

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
