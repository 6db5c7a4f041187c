using System.Numerics;
using Smile.Net.Settings;

namespace Smile.Net.Ranks;

/// <summary>Another rank is gone, or the ranks have parted: exit code 1.</summary>
public sealed class LostRankException(string message, Exception? inner = null) : SmileException(message, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 1;
}

/// <summary>What a training asks of its ranks, before it begins.</summary>
internal static class RankRules
{
    /// <summary>Refuses a number of ranks that is no whole part of the tree over leaves.</summary>
    /// <exception cref="ConfigException">It does not go with batch and leaf.</exception>
    public static void DemandLeaves(TrainSettings train, int ranks)
    {
        if (ranks == 1)
            return;
        string leaves = $"train.batch {train.Batch} and train.leaf {train.Leaf} make {Words.Count(train.Leaves, "leaf", "leaves")}";
        if (!BitOperations.IsPow2(ranks))
            throw new ConfigException($"{ranks} ranks: their number must be a power of two.");
        if (!BitOperations.IsPow2(train.Leaves))
            throw new ConfigException($"{ranks} ranks: {leaves}; their number must be a power of two.");
        if (train.Leaves < ranks)
            throw new ConfigException($"{ranks} ranks: {leaves}, and each rank needs one. Set train.leaf to {train.Batch / ranks} or less, "
                + "or start fewer ranks. The weights' bits depend on train.leaf, not on the number of ranks.");
    }

    /// <summary>Refuses ranks whose training differs from that of rank 0; all hear it.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="fields">What decides the bits, by name; as many in the same order everywhere.</param>
    /// <exception cref="ConfigException">This rank differs: names the first field.</exception>
    public static void DemandAlike(ICommunicator ranks, IEnumerable<(string Name, string Value)> fields)
    {
        if (ranks.Size == 1)
            return;
        string[] mine = [.. fields.Select(field => $"{field.Name} is {field.Value}")];
        string[] first = [.. RankMessages.OfRoot(ranks, writer =>
        {
            writer.Write(mine.Length);
            foreach (string each in mine)
                writer.Write(each);
        }, reader => Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString()).ToArray())];
        for (int i = 0; i < Math.Max(mine.Length, first.Length); i++)
        {
            string here = i < mine.Length ? mine[i] : "nothing follows", there = i < first.Length ? first[i] : "nothing follows";
            if (here != there)
                throw new ConfigException($"rank {ranks.Rank}: {here}; on rank 0 {there}. All ranks of a training need the same.");
        }
    }
}
