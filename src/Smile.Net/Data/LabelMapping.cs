namespace Smile.Net.Data;

/// <summary>From a data set's own integers to the labels in memory (<see cref="Labels"/>).</summary>
public sealed class LabelMapping
{
    // Free in memory: organs end well below it and 255 is the ignore label.
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
            Organs |= Labels.OrganOf(label);
        }
    }

    /// <summary>The mapping of label maps that already hold k + 1 for organ k of <paramref name="organs"/>, and 255 for ignore.</summary>
    public static LabelMapping Identity(int organs) =>
        new(Enumerable.Range(1, organs).Select(i => ((byte)i, (byte)i)).Append((Labels.Ignore, Labels.Ignore)));

    /// <summary>
    /// The mapping to the labels of <see cref="OrganSet.Keeping(OrganBits)"/>: what is left out is background, as an organ that
    /// nobody drew is.
    /// </summary>
    /// <param name="kept">The organs that are kept.</param>
    public LabelMapping Keeping(OrganBits kept) => new(_canonical.Index()
        .Where(each => each.Item != Unknown)
        .Select(each => ((byte)each.Index, Labels.Keeping(each.Item, kept))));

    /// <summary>The organs that the data set has an integer for.</summary>
    public OrganBits Organs { get; }

    /// <summary>The whole table: two mappings with one text map alike.</summary>
    internal string Text => Convert.ToHexString(_canonical);

    /// <summary>Whether the data set declares the integer.</summary>
    public bool Knows(byte value) => _canonical[value] != Unknown;

    /// <summary>The organs that a label map of the data set's integers shows; undeclared integers are passed over.</summary>
    public OrganBits OrgansIn(ReadOnlySpan<byte> values)
    {
        Span<bool> seen = stackalloc bool[byte.MaxValue + 1];
        foreach (byte value in values)
            seen[value] = true;
        OrganBits present = default;
        for (int value = 0; value < seen.Length; value++)
            present |= seen[value] ? Labels.OrganOf(_canonical[value]) : default;
        return present;
    }

    /// <summary>Replaces the data set's integers by labels, in place; every integer must be known.</summary>
    public void ToLabels(Span<byte> voxels)
    {
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = _canonical[voxels[i]];
    }
}
