using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// Writes a label map as RTSTRUCT (PS3.3, A.19.3): each organ's outline on the slices of the CT series it was found on, with that
/// series' patient, study and frame of reference. An organ that is nowhere has no contour.
/// </summary>
internal sealed class DicomStructureSetWriter
{
    private const string StructureSetStorage = "1.2.840.10008.5.1.4.1.1.481.3", DetachedStudyManagement = "1.2.840.10008.3.1.2.3.1";

    /// <summary>Decimals of a mm that are written: a ten-thousandth, where a centre is half a pixel away from any line.</summary>
    private const int Decimals = 4;

    private readonly CtStack _stack;
    private readonly byte[] _labels;
    private readonly IReadOnlyList<SegmentToWrite> _organs;
    private readonly IDicomDataset _source;

    private DicomStructureSetWriter(CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> organs) =>
        (_stack, _labels, _organs, _source) = (stack, labels, organs, stack.Slices[0].File.Dataset);

    /// <summary>Writes the file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="stack">The CT series.</param>
    /// <param name="labels">(z, y, x) on the stack's geometry: 0 background, k organ k.</param>
    /// <param name="organs">At least one.</param>
    /// <exception cref="DataException">
    /// The series lacks a UID that a structure set must refer to, or the file cannot be written.
    /// </exception>
    public static void Write(string path, CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> organs)
    {
        string instance = DicomDatasetWriter.NewUid();
        DicomDatasetWriter set = new DicomStructureSetWriter(stack, labels, organs).Dataset(instance);
        AtomicFile.Write(path, file => set.WriteFile(file, StructureSetStorage, instance));
    }

    private DicomDatasetWriter Dataset(string instance)
    {
        (string date, string time) = DerivedObject.Now();
        return DerivedObject.Of(_source, "RTSTRUCT", StructureSetStorage, instance)
            .Text(DicomTags.OperatorsName)
            .Text(DicomTags.StructureSetLabel, "Smile")
            .Text(DicomTags.StructureSetDate, date).Text(DicomTags.StructureSetTime, time)
            .Text(DicomTags.ApprovalStatus, "UNAPPROVED")
            .Items(DicomTags.ReferencedFrameOfReferenceSequence, ReferencedFrame())
            .Items(DicomTags.StructureSetROISequence, [.. _organs.Select(Roi)])
            .Items(DicomTags.ROIContourSequence, [.. _organs.Select(Contours)])
            .Items(DicomTags.RTROIObservationsSequence, [.. _organs.Select(Observation)]);
    }

    private DicomDatasetWriter ReferencedFrame()
    {
        DicomDatasetWriter series = new DicomDatasetWriter()
            .Text(DicomTags.SeriesInstanceUID, DerivedObject.Uid(_source, DicomTags.SeriesInstanceUID))
            .Items(DicomTags.ContourImageSequence, [.. _stack.Slices.Select(DerivedObject.Reference)]);
        DicomDatasetWriter study = new DicomDatasetWriter()
            .Text(DicomTags.ReferencedSOPClassUID, DetachedStudyManagement)
            .Text(DicomTags.ReferencedSOPInstanceUID, DerivedObject.Uid(_source, DicomTags.StudyInstanceUID))
            .Items(DicomTags.RTReferencedSeriesSequence, series);
        return new DicomDatasetWriter()
            .Text(DicomTags.FrameOfReferenceUID, DerivedObject.Uid(_source, DicomTags.FrameOfReferenceUID))
            .Items(DicomTags.RTReferencedStudySequence, study);
    }

    private DicomDatasetWriter Roi(SegmentToWrite organ, int index) => new DicomDatasetWriter()
        .Number(DicomTags.ROINumber, index + 1)
        .Text(DicomTags.ReferencedFrameOfReferenceUID, DerivedObject.Uid(_source, DicomTags.FrameOfReferenceUID))
        .Text(DicomTags.ROIName, organ.Name)
        .Text(DicomTags.ROIGenerationAlgorithm, "AUTOMATIC")
        .Text(DicomTags.ROIGenerationDescription, $"Smile {DerivedObject.Version}; not the output of a medical device")
        .Items(DicomTags.ROIDerivationAlgorithmIdentificationSequence, DerivedObject.Algorithm());

    private DicomDatasetWriter Contours(SegmentToWrite organ, int index)
    {
        PixelFormat format = _stack.Slices[0].Format;
        var pixels = new byte[format.Pixels];
        var outlines = new MaskContours(format.Rows, format.Columns);
        var contours = new List<DicomDatasetWriter>();
        // More organs than a byte counts have no label, and so no outline.
        for (int k = 0; k < _stack.Slices.Count && index < byte.MaxValue; k++)
        {
            _stack.GatherSlice(k, _labels, pixels);
            foreach (IReadOnlyList<(int, int)> corners in outlines.Of(pixels, (byte)(index + 1)))
                contours.Add(Contour(contours.Count + 1, _stack.Slices[k], corners));
        }

        DicomDatasetWriter roi = new DicomDatasetWriter()
            .Number(DicomTags.ReferencedROINumber, index + 1)
            .Number(DicomTags.ROIDisplayColor, organ.Colour.R, organ.Colour.G, organ.Colour.B);
        return contours.Count == 0 ? roi : roi.Items(DicomTags.ContourSequence, contours);
    }

    private static DicomDatasetWriter Contour(int number, CtSlice slice, IReadOnlyList<(int Row, int Column)> corners)
    {
        var points = new double[3 * corners.Count];
        for (int n = 0; n < points.Length; n++)
        {
            (int Row, int Column) corner = corners[n / 3];
            double along = (corner.Column - 0.5) * slice.Spacing[1], down = (corner.Row - 0.5) * slice.Spacing[0];
            points[n] = Math.Round(slice.Position[n % 3] + along * slice.Orientation[n % 3] + down * slice.Orientation[3 + n % 3],
                Decimals);
        }

        return new DicomDatasetWriter()
            .Items(DicomTags.ContourImageSequence, DerivedObject.Reference(slice))
            .Text(DicomTags.ContourGeometricType, "CLOSED_PLANAR")
            .Number(DicomTags.NumberOfContourPoints, corners.Count)
            .Number(DicomTags.ContourNumber, number)
            .Number(DicomTags.ContourData, points);
    }

    private static DicomDatasetWriter Observation(SegmentToWrite organ, int index) => new DicomDatasetWriter()
        .Number(DicomTags.ObservationNumber, index + 1)
        .Number(DicomTags.ReferencedROINumber, index + 1)
        .Code(DicomTags.RTROIIdentificationCodeSequence, OrganCodes.Of(organ.Name))
        .Text(DicomTags.RTROIInterpretedType, "ORGAN")
        .Text(DicomTags.ROIInterpreter);
}
