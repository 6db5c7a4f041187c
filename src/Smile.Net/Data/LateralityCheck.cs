namespace Smile.Net.Data;

/// <summary>
/// Finds labels on the wrong side of the body: images whose left and right are exchanged against what their header says. A network
/// learns where organs lie, and takes a spleen on the right for a liver.
/// </summary>
/// <param name="organs">Of the label maps.</param>
/// <param name="cases">What the cases are, in the plural.</param>
internal sealed class LateralityCheck(OrganSet organs, string cases = "training cases")
{
    /// <summary>
    /// Of the field's width: an organ whose middle is nearer to the field's says nothing (a field cut round it, the left lobe of a liver).
    /// </summary>
    private const double Margin = 0.05;

    private readonly int[] _expected = [.. organs.Names.Select(OrganSides.Expected)];
    private readonly List<(Case Source, OrganBits Sided, OrganBits Opposite)> _cases = [];

    /// <summary>Looks at a case.</summary>
    /// <param name="source">It.</param>
    /// <param name="labels">Its labels in memory.</param>
    /// <param name="width">Columns.</param>
    public void Add(Case source, SliceRuns<byte> labels, int width)
    {
        double[] offsets = OrganSides.Offsets(labels, width, organs.Count);
        OrganBits sided = default, opposite = default;
        for (int k = 0; k < organs.Count; k++)
        {
            double right = offsets[k] * _expected[k];
            sided |= source.Annotated.Has(k) && Math.Abs(right) > Margin ? OrganBits.Of(k) : 0;
            opposite |= right < -Margin ? OrganBits.Of(k) : 0;
        }

        _cases.Add((source, sided, opposite & sided));
    }

    /// <summary>Folders of several cases most of which have an organ on the wrong side, as one set of mirrored images would.</summary>
    public IEnumerable<string> MirroredFolders => _cases.GroupBy(each => each.Source.Folder).Where(AreMirrored).Select(each => each.Key);

    /// <summary>A sentence for each folder that seems to be mirrored, and for each single case.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            foreach (var folder in _cases.GroupBy(each => each.Source.Folder))
            {
                if (AreMirrored(folder))
                {
                    OrganBits opposite = folder.Aggregate(default(OrganBits), (bits, each) => bits | each.Opposite);
                    yield return $"{folder.Key}: {Where(opposite)} in {folder.Count(each => each.Opposite != 0)} of "
                        + $"{folder.Count(each => each.Sided != 0)} {cases}: its images seem to be mirrored, left and right exchanged "
                        + "against their headers. 'smile dataset import --mirror' exchanges them back.";
                    continue;
                }

                foreach ((Case source, _, OrganBits opposite) in folder.Where(each => each.Opposite != 0))
                    yield return $"{source.LabelPath}: {Where(opposite)}: a mirrored image, or situs inversus?";
            }
        }
    }

    private static bool AreMirrored(IEnumerable<(Case Source, OrganBits Sided, OrganBits Opposite)> folder) =>
        folder.Count(each => each.Opposite != 0) is >= 2 and int opposite && opposite * 2 > folder.Count(each => each.Sided != 0);

    private string Where(OrganBits opposite) => string.Join(", ", organs.Names.Index().Where(each => opposite.Has(each.Index))
        .Select(each => $"{each.Item} on the patient's {(_expected[each.Index] > 0 ? "left" : "right")}"));
}
