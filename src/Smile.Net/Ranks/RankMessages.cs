namespace Smile.Net.Ranks;

/// <summary>Values that one rank has and all need, written as bytes.</summary>
internal static class RankMessages
{
    /// <summary>A value of rank 0, on all ranks.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="write">Writes it, on rank 0.</param>
    /// <param name="read">Reads it, on all.</param>
    public static T OfRoot<T>(ICommunicator ranks, Action<BinaryWriter> write, Func<BinaryReader, T> read) => Of(ranks, 0, write, read);

    /// <summary>
    /// Works on items one after another, each on one of the ranks, as many at the same time as there are ranks, and gives all results on
    /// all ranks in the order of the items. One rank alone writes and reads nothing.
    /// </summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="count">Items.</param>
    /// <param name="work">Makes the result of an item, on its rank.</param>
    /// <param name="write">Writes a result.</param>
    /// <param name="read">Reads it, item by item, with the same bits.</param>
    public static IEnumerable<T> Each<T>(
        ICommunicator ranks, int count, Func<int, T> work, Action<BinaryWriter, T> write, Func<int, BinaryReader, T> read)
    {
        for (int first = 0; first < count; first += ranks.Size)
        {
            T? own = first + ranks.Rank < count ? work(first + ranks.Rank) : default;
            for (int i = first; i < Math.Min(count, first + ranks.Size); i++)
            {
                int item = i;
                yield return ranks.Size == 1 ? own! : Of(ranks, i - first, writer => write(writer, own!), reader => read(item, reader));
            }
        }
    }

    private static T Of<T>(ICommunicator ranks, int root, Action<BinaryWriter> write, Func<BinaryReader, T> read)
    {
        byte[] bytes = [];
        if (ranks.Rank == root)
        {
            using var stream = new MemoryStream();
            using var writer = new BinaryWriter(stream);
            write(writer);
            writer.Flush();
            bytes = stream.ToArray();
        }

        Span<byte> length = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(length, bytes.Length);
        ranks.Broadcast(root, length);
        if (ranks.Rank != root)
            bytes = new byte[BitConverter.ToInt32(length)];
        ranks.Broadcast(root, bytes);
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return read(reader);
    }
}
