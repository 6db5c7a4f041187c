using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>One SEG or RTSTRUCT and the series that it says it was drawn on.</summary>
/// <param name="Path">The file.</param>
/// <param name="Regions">What it outlines.</param>
/// <param name="Series">Series Instance UIDs that it refers to.</param>
/// <param name="FramesOfReference">Frames of reference that it lies in.</param>
internal sealed record DicomOutlines(string Path, IDicomRegions Regions, IReadOnlyList<string> Series, IReadOnlyList<string> FramesOfReference)
{
    /// <summary>
    /// The regions that somebody looked for. A segment without a frame says that the organ is absent; a region of interest without
    /// a contour is a line of a template that nobody has drawn yet.
    /// </summary>
    public IEnumerable<DicomRegion> Annotated => Regions is DicomStructureSet contours ? contours.Regions.Where(contours.IsDrawn) : Regions.Regions;

    /// <summary>The regions of interest without a contour.</summary>
    public IEnumerable<DicomRegion> Undrawn => Regions.Regions.Except(Annotated);

    /// <summary>True for the modalities that outline something.</summary>
    public static bool Is(IDicomFile file) => file.Dataset.Text(DicomTags.Modality) is "SEG" or "RTSTRUCT";

    /// <exception cref="DataException">The file is damaged, or no such object.</exception>
    public static DicomOutlines Open(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        if (set.Text(DicomTags.Modality) == "SEG")
        {
            return new DicomOutlines(file.Path, new DicomSegmentation(file), Uids(set.Items(DicomTags.ReferencedSeriesSequence), DicomTags.SeriesInstanceUID),
                Uids([set], DicomTags.FrameOfReferenceUID));
        }

        IReadOnlyList<IDicomDataset> frames = set.Items(DicomTags.ReferencedFrameOfReferenceSequence);
        return new DicomOutlines(file.Path, new DicomStructureSet(file),
            Uids(frames.SelectMany(frame => frame.Items(DicomTags.RTReferencedStudySequence)).SelectMany(study => study.Items(DicomTags.RTReferencedSeriesSequence)),
                DicomTags.SeriesInstanceUID),
            [.. Uids(frames, DicomTags.FrameOfReferenceUID)
                .Union(Uids(set.Items(DicomTags.StructureSetROISequence), DicomTags.ReferencedFrameOfReferenceUID))]);
    }

    /// <summary>The series it was drawn on: one that it refers to, else the only one in its frame of reference; null where there is none.</summary>
    /// <exception cref="DataException">Several come into question.</exception>
    public DicomSeries? Choose(IReadOnlyList<DicomSeries> volumes)
    {
        DicomSeries[] referred = [.. volumes.Where(series => series.Uid.Length > 0 && Series.Contains(series.Uid))];
        DicomSeries[] fitting = referred.Length > 0 ? referred
            : [.. volumes.Where(series => FramesOfReference.Contains(series.Files[0].Dataset.Text(DicomTags.FrameOfReferenceUID)))];
        return fitting.Length <= 1 ? fitting.FirstOrDefault()
            : throw new DataException($"{Path}: fits {fitting.Length} CT series: {string.Join(", ", fitting.Select(series => series.Uid).Take(4))}. "
                + "Give it with one of them alone.");
    }

    private static string[] Uids(IEnumerable<IDicomDataset> items, DicomTag tag) =>
        [.. items.Select(item => item.Text(tag)).Where(uid => uid.Length > 0).Distinct()];
}
