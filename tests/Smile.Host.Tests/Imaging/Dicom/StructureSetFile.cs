using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>An RTSTRUCT: of a region GTV with contours and one that nobody drew, or of any others.</summary>
internal static class StructureSetFile
{
    public static byte[] Make(params Contour[] contours) => Make("1", contours);

    /// <param name="number">Of the region that the contours name as theirs.</param>
    /// <param name="contours">Of the first region.</param>
    public static byte[] Make(string number, params Contour[] contours) =>
        Make(["1", "2"], [number, "7"], new Region("GTV", contours), new Region("Empty"));

    /// <summary>Regions with the numbers 1, 2, 3 and on.</summary>
    public static byte[] Make(params Region[] regions)
    {
        string[] numbers = [.. Enumerable.Range(1, regions.Length).Select(n => $"{n}")];
        return Make(numbers, numbers, regions);
    }

    /// <param name="numbers">Of the regions.</param>
    /// <param name="drawn">Of the regions that their contours name as theirs.</param>
    /// <param name="regions">In this order.</param>
    public static byte[] Make(string[] numbers, string[] drawn, params Region[] regions)
    {
        DicomBuilder New() => new();
        DicomBuilder Roi(Region region, int n)
        {
            DicomBuilder roi = New().Text(DicomTags.ROINumber, "IS", numbers[n]).Text(DicomTags.ROIName, "LO", region.Name)
                .Text(DicomTags.ROIGenerationAlgorithm, "CS", region.Algorithm);
            return region.Program.Length == 0 ? roi : roi.Sequence(DicomTags.ROIDerivationAlgorithmIdentificationSequence, false,
                New().Text(DicomTags.AlgorithmName, "LO", region.Program));
        }

        DicomBuilder Contours(Region region, int n)
        {
            DicomBuilder[] contours = [.. region.Contours.Select(contour => New()
                .Text(DicomTags.ContourGeometricType, "CS", contour.Type)
                .Text(DicomTags.NumberOfContourPoints, "IS", $"{contour.Points.Length / 3}")
                .Numbers(DicomTags.ContourData, "DS", contour.Points))];
            DicomBuilder roi = contours.Length == 0 ? New() : New().Sequence(DicomTags.ContourSequence, true, contours);
            return roi.Text(DicomTags.ReferencedROINumber, "IS", drawn[n]);
        }

        DicomBuilder series = New().Text(DicomTags.SeriesInstanceUID, "UI", "1.2.3");
        DicomBuilder frame = New().Text(DicomTags.FrameOfReferenceUID, "UI", "1.2.826.0.2")
            .Sequence(DicomTags.RTReferencedStudySequence, false, New().Sequence(DicomTags.RTReferencedSeriesSequence, false, series));
        return New()
            .Text(DicomTags.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.481.3\0")
            .Text(DicomTags.SOPInstanceUID, "UI", "1.2.826.0.777.481\0")
            .Text(DicomTags.Modality, "CS", "RTSTRUCT")
            .Sequence(DicomTags.ReferencedFrameOfReferenceSequence, false, frame)
            .Sequence(DicomTags.StructureSetROISequence, false, [.. regions.Select(Roi)])
            .Sequence(DicomTags.ROIContourSequence, false, [.. regions.Select(Contours)])
            .File(DicomBuilder.Explicit);
    }

    /// <summary>A closed square in a slice.</summary>
    public static Contour Square(double low, double high, double z) => Rectangle(low, low, high, high, z);

    /// <summary>A closed rectangle in a slice.</summary>
    public static Contour Rectangle(double x0, double y0, double x1, double y1, double z) =>
        new("CLOSED_PLANAR", [x0, y0, z, x1, y0, z, x1, y1, z, x0, y1, z]);

    internal sealed record Contour(string Type, double[] Points);

    /// <summary>A region, by whom it was drawn and, where that was a program, which.</summary>
    internal sealed record Region(string Name, params Contour[] Contours)
    {
        public string Algorithm { get; init; } = "MANUAL";

        public string Program { get; init; } = "";
    }
}
