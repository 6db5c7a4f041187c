using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>A segment of a segmentation, or a region of interest of a structure set.</summary>
/// <param name="Number">Its number in the file.</param>
/// <param name="Name">Free text of its author; ", left" or ", right" is added where the side stands in a code alone.</param>
/// <param name="Code">Its coded concept as "scheme:value", SCT:10200004 for the liver; empty where there is none.</param>
internal sealed record DicomRegion(int Number, string Name, string Code)
{
    /// <summary>The coded concept of a sequence's first item.</summary>
    public static string CodeOf(IDicomDataset set, DicomTag sequence) =>
        set.Items(sequence) is [IDicomDataset code, ..] && code.Text(DicomTags.CodeValue) is { Length: > 0 } value
            ? $"{code.Text(DicomTags.CodingSchemeDesignator)}:{value}" : "";

    /// <summary>Refuses two regions of one number: whose the outlines are nobody could say.</summary>
    /// <exception cref="DataException">There are.</exception>
    public static void CheckNumbers(IReadOnlyList<DicomRegion> regions, IDicomDataset set, DicomTag sequence)
    {
        if (regions.GroupBy(region => region.Number).FirstOrDefault(alike => alike.Count() > 1) is { } twice)
            throw set.Bad(sequence, $"number {twice.Key} is there {twice.Count()} times. Export the file again.");
    }

    /// <summary>
    /// The name of a segment: the same "Kidney" twice, with a modifier for the side (PS3.16, CID 2 and 244; SNOMED CT or its former code),
    /// is two organs.
    /// </summary>
    public static string NameOf(IDicomDataset segment)
    {
        string name = segment.Text(DicomTags.SegmentLabel);
        IEnumerable<string> modifiers = segment.Items(DicomTags.SegmentedPropertyTypeCodeSequence)
            .SelectMany(type => type.Items(DicomTags.SegmentedPropertyTypeModifierCodeSequence))
            .Select(modifier => modifier.Text(DicomTags.CodeValue));
        string? side = modifiers.Select(value => value switch
        {
            "7771000" or "G-A101" => "left",
            "24028007" or "G-A100" => "right",
            _ => null,
        }).FirstOrDefault(found => found is not null);
        return side is null || OrganCodes.HasSide(name) ? name : $"{name}, {side}";
    }
}

/// <summary>The regions that one file outlines on a CT series.</summary>
internal interface IDicomRegions
{
    IReadOnlyList<DicomRegion> Regions { get; }

    /// <summary>
    /// One region on the grid of a CT series. <paramref name="warnings"/> hears what could not be placed, what is in doubt and why.
    /// </summary>
    /// <exception cref="DataException">Damaged, or on another grid.</exception>
    RegionMask ReadMask(DicomRegion region, CtStack stack, List<string> warnings);
}
