using System.Numerics;

namespace Smile.Net.Data;

/// <summary>
/// The label of a voxel in memory, one byte whatever integers the data set uses on disk: 0 is background, k + 1 is organ k of
/// the <see cref="OrganSet"/>, 255 says that nobody knows (nnU-Net's ignore label).
/// </summary>
public static class Labels
{
    /// <summary>No organ.</summary>
    public const byte Background = 0;

    /// <summary>The voxel teaches nothing and is not scored.</summary>
    public const byte Ignore = 255;

    /// <summary>The label of organ <paramref name="organ"/>, counted from 0.</summary>
    public static byte Of(int organ) => (byte)(organ + 1);

    /// <summary>The label in <see cref="OrganSet.Keeping(uint)"/>: background where the organ is left out.</summary>
    internal static byte Keeping(byte label, uint kept)
    {
        if (label is Background or > OrganSet.MaxOrgans)
            return label;
        int organ = label - 1;
        return (kept >> organ & 1) == 0 ? Background : Of(BitOperations.PopCount(kept & ((1u << organ) - 1)));
    }
}
