using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Net.Ranks;

/// <summary>
/// Sums over ranks, a power of two of them, by one binary tree: of neighbours, of neighbouring pairs, and so on. Each element is added in
/// that order wherever it is added, so all ranks get the same bits, which are those of one process that adds in the same order.
/// </summary>
internal static class RankTree
{
    /// <summary>Adds a few numbers: each rank adds all of them.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="values">This rank's; then the sums.</param>
    /// <param name="theirs">As long; overwritten.</param>
    public static void Add(ICommunicator ranks, Span<double> values, Span<double> theirs)
    {
        for (int distance = 1; distance < ranks.Size; distance *= 2)
        {
            ranks.Exchange(ranks.Rank ^ distance, MemoryMarshal.AsBytes(values), MemoryMarshal.AsBytes(theirs));
            for (int i = 0; i < values.Length; i++)
                values[i] += theirs[i];
        }
    }

    /// <summary>
    /// Adds many numbers on the device: at each level of the tree two ranks halve what they share, and each adds its half (recursive
    /// halving); then they give their sums back, level by level. A rank sends and receives less than twice the numbers, however many ranks
    /// there are.
    /// </summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="backend">This rank's device.</param>
    /// <param name="values">This rank's; then the sums.</param>
    /// <param name="theirs"><see cref="HalfOf"/> as many words, overwritten.</param>
    /// <param name="exchange">Carries words between the ranks' devices.</param>
    public static void Add(ICommunicator ranks, IBackend backend, Place values, Place theirs, IExchange exchange)
    {
        for (int distance = 1; distance < ranks.Size; distance *= 2)
        {
            var (mine, other) = Halves(ranks.Rank, distance, values);
            Place received = theirs.Part(0, mine.Length);
            exchange.Exchange(ranks.Rank ^ distance, other, received);
            backend.AddForward(mine, received, mine);
        }

        for (int distance = ranks.Size / 2; distance > 0; distance /= 2)
        {
            var (mine, other) = Halves(ranks.Rank, distance, values);
            exchange.Exchange(ranks.Rank ^ distance, mine, other);
        }

        exchange.Finish();
    }

    /// <summary>The longer half of so many words.</summary>
    public static int HalfOf(int length) => (int)ArenaPlan.RoundUp((length + 1) / 2);

    /// <summary>What a rank adds at a level of the tree, and what the rank at that distance does: the halves of what both have.</summary>
    private static (Place Mine, Place Other) Halves(int rank, int distance, Place values)
    {
        for (int level = 1; ; level *= 2)
        {
            int half = Math.Min(values.Length, HalfOf(values.Length));
            Place low = values.Part(0, half), high = values.Part(half, values.Length - half);
            bool isLow = (rank & level) == 0;
            if (level == distance)
                return isLow ? (low, high) : (high, low);
            values = isLow ? low : high;
        }
    }
}
