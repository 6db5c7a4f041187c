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

    /// <summary>The label in <see cref="OrganSet.Keeping(OrganBits)"/>: background where the organ is left out.</summary>
    internal static byte Keeping(byte label, OrganBits kept)
    {
        if (label is Background or > OrganSet.MaxOrgans)
            return label;
        int organ = label - 1;
        return kept.Has(organ) ? Of((kept & OrganBits.First(organ)).Count) : Background;
    }

    /// <summary>The organ of a label as a set; empty where it has none.</summary>
    internal static OrganBits OrganOf(byte label) => label is > Background and <= OrganSet.MaxOrgans ? OrganBits.Of(label - 1) : default;

    /// <summary>The organs that some of the labels are.</summary>
    internal static OrganBits OrgansIn(ReadOnlySpan<byte> labels)
    {
        Span<bool> seen = stackalloc bool[byte.MaxValue + 1];
        foreach (byte label in labels)
            seen[label] = true;
        OrganBits organs = default;
        for (int label = 0; label < seen.Length; label++)
            organs |= seen[label] ? OrganOf((byte)label) : default;
        return organs;
    }
}
