using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>One SEG or RTSTRUCT and the series that it says it was drawn on.</summary>
/// <param name="File">The file.</param>
/// <param name="Regions">What it outlines.</param>
/// <param name="Series">Series Instance UIDs that it refers to.</param>
/// <param name="FramesOfReference">Frames of reference that it lies in.</param>
internal sealed record DicomOutlines(IDicomFile File, IDicomRegions Regions, IReadOnlyList<string> Series,
    IReadOnlyList<string> FramesOfReference)
{
    public string Path => File.Path;

    /// <summary>
    /// True where neither the series nor the images that it refers to are here, and it was given to the only series in its frame of
    /// reference.
    /// </summary>
    public bool IsPlacedByFrame { get; private init; }

    /// <summary>
    /// The regions that somebody looked for. A segment without a frame says that the organ is absent; a region of interest without
    /// a closed contour is a line of a template that nobody has drawn yet, or a point.
    /// </summary>
    public IEnumerable<DicomRegion> Annotated =>
        Regions is DicomStructureSet contours ? contours.Regions.Where(contours.IsDrawn) : Regions.Regions;

    /// <summary>The regions of interest without a closed contour.</summary>
    public IEnumerable<DicomRegion> Undrawn => Regions.Regions.Except(Annotated);

    /// <summary>What a region is, however its author wrote it: the organ where it is known, else its name.</summary>
    public static string StructureOf(DicomRegion region) => OrganCodes.Find(region.Name, region.Code) ?? region.Name.ToUpperInvariant();

    /// <summary>The same, as a source calls it.</summary>
    public static string StructureOf(SourceRegion region) => OrganCodes.Find(region.Name, region.Code) ?? region.Name.ToUpperInvariant();

    /// <summary>True for the modalities that outline something.</summary>
    public static bool Is(IDicomFile file) => CtContent.ModalityOf(file.Dataset) is "SEG" or "RTSTRUCT";

    /// <exception cref="DataException">The file is damaged, or no such object.</exception>
    public static DicomOutlines Open(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        IDicomRegions regions = CtContent.ModalityOf(set) == "SEG" ? new DicomSegmentation(file) : new DicomStructureSet(file);
        return new DicomOutlines(file, regions, DicomReferences.Series(set), DicomReferences.FramesOfReference(set));
    }

    /// <summary>
    /// The series it was drawn on, and itself as placed there: the series that it refers to, else the one whose images it refers to, else
    /// the only one in its frame of reference; null where there is none.
    /// </summary>
    /// <exception cref="DataException">Several come into question.</exception>
    public (DicomSeries Series, DicomOutlines Placed)? Choose(IReadOnlyList<DicomSeries> volumes)
    {
        DicomSeries[] fitting = [.. volumes.Where(series => series.Uid.Length > 0 && Series.Contains(series.Uid))];
        HashSet<string> images = fitting.Length == 1 ? [] : DicomReferences.Images(File.Dataset);
        if (images.Count > 0
            && volumes.Where(series => series.Files.Any(file => images.Contains(file.Dataset.Text(DicomTags.SOPInstanceUID))))
            .ToArray() is { Length: > 0 } shown)
            fitting = shown;
        // Series that an anonymiser gave one UID are told apart by where they lie.
        if (fitting.Length > 1 && InFrame(fitting) is { Length: > 0 } near)
            fitting = near;
        bool byFrame = fitting.Length == 0;
        if (byFrame)
            fitting = InFrame(volumes);
        return fitting.Length switch
        {
            0 => null,
            1 => (fitting[0], this with { IsPlacedByFrame = byFrame && Series.Count + images.Count > 0 }),
            _ => throw new DataException($"{Path}: fits {fitting.Length} CT series: "
                + $"{string.Join(", ", fitting.Select(series => series.Id).Take(4))}. "
                + "Give it with one of them alone."),
        };
    }

    private DicomSeries[] InFrame(IEnumerable<DicomSeries> volumes) =>
        [.. volumes.Where(series => FramesOfReference.Contains(series.Files[0].Dataset.Text(DicomTags.FrameOfReferenceUID)))];
}
