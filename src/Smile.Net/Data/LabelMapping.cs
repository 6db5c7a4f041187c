namespace Smile.Net.Data;

/// <summary>From a data set's own integers to the labels in memory (<see cref="Labels"/>).</summary>
public sealed class LabelMapping
{
    // Free in memory: organs end at 32 and 255 is the ignore label.
    private const byte Unknown = 254;

    private readonly byte[] _canonical = new byte[256];

    /// <summary>Builds the table; several values may carry one label, background included, and are merged.</summary>
    /// <param name="entries">A value on disk and its label in memory. Value 0 is background without being listed.</param>
    public LabelMapping(IEnumerable<(byte Value, byte Label)> entries)
    {
        Array.Fill(_canonical, Unknown);
        _canonical[0] = Labels.Background;
        foreach ((byte value, byte label) in entries)
        {
            _canonical[value] = label;
            if (label is > 0 and <= OrganSet.MaxOrgans)
                Organs |= 1u << (label - 1);
        }
    }

    /// <summary>The mapping of label maps that already hold k + 1 for organ k of <paramref name="organs"/>, and 255 for ignore.</summary>
    public static LabelMapping Identity(int organs) =>
        new(Enumerable.Range(1, organs).Select(i => ((byte)i, (byte)i)).Append((Labels.Ignore, Labels.Ignore)));

    /// <summary>
    /// The mapping to the labels of <see cref="OrganSet.Keeping(uint)"/>: what is left out is background, as an organ that nobody drew is.
    /// </summary>
    /// <param name="kept">The organs that are kept.</param>
    public LabelMapping Keeping(uint kept) => new(_canonical.Index()
        .Where(each => each.Item != Unknown)
        .Select(each => ((byte)each.Index, Labels.Keeping(each.Item, kept))));

    /// <summary>The organs that the data set has an integer for.</summary>
    public uint Organs { get; }

    /// <summary>The whole table: two mappings with one text map alike.</summary>
    internal string Text => Convert.ToHexString(_canonical);

    /// <summary>Whether the data set declares the integer.</summary>
    public bool Knows(byte value) => _canonical[value] != Unknown;

    /// <summary>Bits of the organs that a label map of the data set's integers shows; undeclared integers are passed over.</summary>
    public uint OrgansIn(ReadOnlySpan<byte> values)
    {
        uint present = 0;
        foreach (byte value in values)
            if (_canonical[value] is > 0 and <= OrganSet.MaxOrgans and byte label)
                present |= 1u << (label - 1);
        return present;
    }

    /// <summary>Replaces the data set's integers by labels, in place; every integer must be known.</summary>
    public void ToLabels(Span<byte> voxels)
    {
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = _canonical[voxels[i]];
    }
}
