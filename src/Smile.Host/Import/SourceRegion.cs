using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Import;

/// <summary>A structure as a source calls it: a segment, a region of interest, a label, or a mask file.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Code">Its coded concept as "scheme:value"; empty where there is none.</param>
internal sealed record SourceRegion(string Name, string Code = "")
{
    public SourceRegion(DicomRegion region)
        : this(region.Name, region.Code)
    {
    }

    public override string ToString() => Code.Length == 0 ? $"'{Name}'" : $"'{Name}' ({Code})";
}
