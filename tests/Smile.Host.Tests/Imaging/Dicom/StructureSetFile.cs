using System.Globalization;
using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>An RTSTRUCT of two regions: GTV with contours, and one that nobody drew.</summary>
internal static class StructureSetFile
{
    public static byte[] Make(params Contour[] contours) => Make("1", contours);

    /// <param name="number">Of the region that the contours name as theirs.</param>
    /// <param name="contours">Of the first region.</param>
    public static byte[] Make(string number, params Contour[] contours)
    {
        DicomBuilder New() => new();
        DicomBuilder Roi(int number, string name) => New().Text(DicomTags.ROINumber, "IS", $"{number}").Text(DicomTags.ROIName, "LO", name);
        DicomBuilder[] drawn = [.. contours.Select(contour => New()
            .Text(DicomTags.ContourGeometricType, "CS", contour.Type)
            .Text(DicomTags.ContourData, "DS", string.Join('\\', contour.Points.Select(v => v.ToString(CultureInfo.InvariantCulture)))))];
        DicomBuilder file = New()
            .Text(DicomTags.Modality, "CS", "RTSTRUCT")
            .Sequence(DicomTags.StructureSetROISequence, false, Roi(1, "GTV"), Roi(2, "Empty"))
            .Sequence(DicomTags.ROIContourSequence, false,
                New().Sequence(DicomTags.ContourSequence, true, drawn).Text(DicomTags.ReferencedROINumber, "IS", number),
                New().Text(DicomTags.ReferencedROINumber, "IS", "7"));
        return file.File(DicomBuilder.Explicit);
    }

    /// <summary>A closed square in a slice.</summary>
    public static Contour Square(double low, double high, double z) =>
        new("CLOSED_PLANAR", [low, low, z, high, low, z, high, high, z, low, high, z]);

    internal sealed record Contour(string Type, double[] Points);
}
