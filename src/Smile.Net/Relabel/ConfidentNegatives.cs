using Smile.Kernels.Ops.TopFraction;

namespace Smile.Net.Relabel;

/// <summary>
/// The voxels of a volume that are least likely an organ's: of all scores the share that is lowest, of equal ones the first voxels. The
/// scores are those of nearly all voxels, so nothing is sorted and nothing copied: two histograms of the scores' bits find the last one
/// that is taken.
/// </summary>
internal static class ConfidentNegatives
{
    private const int Half = 16;

    /// <summary>Marks the floor(share * n) lowest of the n scores that are numbers.</summary>
    /// <param name="scores">One a voxel; NaN where the voxel is out of the question.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="bit">The organ's.</param>
    /// <param name="absent">A word a voxel; gets the bit.</param>
    /// <returns>How many.</returns>
    public static long Mark(ReadOnlySpan<float> scores, double share, uint bit, Span<uint> absent)
    {
        long[] high = new long[1 << Half], low = new long[1 << Half];
        long count = 0;
        foreach (float score in scores)
        {
            if (float.IsNaN(score))
                continue;
            high[TopFractionShape.Key(score) >> Half]++;
            count++;
        }

        long wanted = (long)Math.Floor(share * count);
        if (wanted == 0)
            return 0;
        (uint upper, long before) = Reaching(high, wanted);
        foreach (float score in scores)
            if (!float.IsNaN(score) && TopFractionShape.Key(score) >> Half == upper)
                low[(ushort)TopFractionShape.Key(score)]++;
        (uint lower, long within) = Reaching(low, wanted - before);
        uint last = upper << Half | lower;
        long equal = wanted - before - within;
        for (int v = 0; v < scores.Length; v++)
        {
            if (float.IsNaN(scores[v]))
                continue;
            uint key = TopFractionShape.Key(scores[v]);
            if (key < last || (key == last && equal-- > 0))
                absent[v] |= bit;
        }

        return wanted;
    }

    /// <summary>The first bin with which so many are reached, and how many the bins before it have.</summary>
    private static (uint Bin, long Before) Reaching(long[] histogram, long wanted)
    {
        long before = 0;
        uint bin = 0;
        while (before + histogram[bin] < wanted)
            before += histogram[bin++];
        return (bin, before);
    }
}
