namespace Smile.Host.Imaging.Dicom;

/// <summary>What a SEG or RTSTRUCT says it was drawn on.</summary>
internal static class DicomReferences
{
    /// <summary>Series Instance UIDs that it refers to.</summary>
    public static IReadOnlyList<string> Series(IDicomDataset set) =>
        Uids(set.Items(DicomTags.ReferencedSeriesSequence).Concat(StructureSetSeries(set)), DicomTags.SeriesInstanceUID);

    /// <summary>Frames of reference that it lies in.</summary>
    public static IReadOnlyList<string> FramesOfReference(IDicomDataset set) =>
    [
        .. Uids([set, .. set.Items(DicomTags.ReferencedFrameOfReferenceSequence)], DicomTags.FrameOfReferenceUID)
            .Union(Uids(set.Items(DicomTags.StructureSetROISequence), DicomTags.ReferencedFrameOfReferenceUID)),
    ];

    /// <summary>SOP Instance UIDs of the images that it, its frames or its contours refer to.</summary>
    public static HashSet<string> Images(IDicomDataset set)
    {
        IEnumerable<IDicomDataset> groups = set.Items(DicomTags.PerFrameFunctionalGroupsSequence)
            .Concat(set.Items(DicomTags.SharedFunctionalGroupsSequence));
        IEnumerable<IDicomDataset> contours = set.Items(DicomTags.ROIContourSequence)
            .SelectMany(roi => roi.Items(DicomTags.ContourSequence));
        IEnumerable<IDicomDataset> references =
        [
            .. groups.SelectMany(group => group.Items(DicomTags.DerivationImageSequence))
                .SelectMany(image => image.Items(DicomTags.SourceImageSequence)),
            .. set.Items(DicomTags.ReferencedSeriesSequence).SelectMany(series => series.Items(DicomTags.ReferencedInstanceSequence)),
            .. StructureSetSeries(set).Concat(contours).SelectMany(named => named.Items(DicomTags.ContourImageSequence)),
        ];
        return [.. Uids(references, DicomTags.ReferencedSOPInstanceUID)];
    }

    /// <summary>True where it refers to this series, or to an image of it.</summary>
    public static bool Names(IDicomDataset set, CtStack stack)
    {
        string series = stack.Slices[0].File.Dataset.Text(DicomTags.SeriesInstanceUID);
        if (series.Length > 0 && Series(set).Contains(series))
            return true;
        HashSet<string> images = Images(set);
        return stack.Slices.Any(slice => images.Contains(slice.File.Dataset.Text(DicomTags.SOPInstanceUID)));
    }

    private static IEnumerable<IDicomDataset> StructureSetSeries(IDicomDataset set) =>
        set.Items(DicomTags.ReferencedFrameOfReferenceSequence)
            .SelectMany(frame => frame.Items(DicomTags.RTReferencedStudySequence))
            .SelectMany(study => study.Items(DicomTags.RTReferencedSeriesSequence));

    private static string[] Uids(IEnumerable<IDicomDataset> items, DicomTag tag) =>
        [.. items.Select(item => item.Text(tag)).Where(uid => uid.Length > 0).Distinct()];
}
