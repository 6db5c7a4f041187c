using System.Globalization;
using Smile.Host.Imaging.Dicom;
using Smile.Host.Tests.Imaging.Dicom;

namespace Smile.Host.Tests.Import;

/// <summary>A folder of DICOM as a clinic's archive gives it out: everything of a patient, named after the patient.</summary>
internal sealed class Clinic(string folder)
{
    public const int Slices = 4, Rows = 6, Columns = 8;

    /// <summary>What must not be found in anything that is written.</summary>
    public static readonly string[] Secrets = ["P-17", "ller^Zo", "Muller", "1.2.826", "MUELLER", "19500101", "20200131"];

    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>The UID of series <paramref name="number"/>.</summary>
    public static string Uid(int number) => $"1.2.826.0.777.{number}";

    /// <summary>Writes a series: slices at 0, 5, 10 ... mm, or where the places say, each pixel its own HU.</summary>
    public CtStack Series(int number, double[][]? places = null, (string Id, string Issuer, string Study)? patient = null,
        bool lossy = false)
    {
        places ??= [.. Enumerable.Range(0, Slices).Select(k => new double[] { 0, 0, 5 * k })];
        string path = Directory.CreateDirectory(Path.Combine(Folder, $"MUELLER_{number}")).FullName;
        for (int k = 0; k < places.Length; k++)
        {
            double[] place = places[k];
            // HU are linear in the place, so that interpolation has one right answer.
            int[] pixels = [.. Enumerable.Range(0, Rows * Columns).Select(at => Hounsfield(
                place[0] + 2 * (at % Columns), place[1] + 2 * (at / Columns), place[2]) + number)];
            var image = new CtImage
            {
                Series = Uid(number),
                Identified = true,
                Lossy = lossy,
                Patient = patient ?? ("P-17", "", "1.2.826.0.1"),
                Rows = Rows,
                Columns = Columns,
                Spacing = [2, 2],
                Position = place,
                Pixels = pixels,
            };
            File.WriteAllBytes(Path.Combine(path, $"MUELLER^{number}^{(k * 3 + 1) % 7}.dcm"), image.File());
        }

        return new DicomSeries(Uid(number), path, [.. Directory.GetFiles(path).Select(DicomFile.Open)])
            .ReadStack(null, new SeriesRemedies(true, true));
    }

    /// <summary>Of a place in mm, LPS.</summary>
    public static int Hounsfield(double x, double y, double z) => (int)Math.Round(3 * x + 5 * y + 7 * z);

    /// <summary>Writes a SEG: segment n is where the labels are n + 1.</summary>
    public string Segmentation(CtStack stack, string name, byte[] labels, params string[] segments)
    {
        string path = Path.Combine(Folder, name);
        DicomSegmentationWriter.Write(path, stack, labels, [.. segments.Select(segment => new SegmentToWrite(segment, (1, 2, 3)))]);
        return path;
    }

    /// <summary>Labels 1 in the left half of the image's columns, 2 in the right one, both in slice 1 only.</summary>
    public static byte[] Halves(CtStack stack)
    {
        var labels = new byte[stack.Geometry.Voxels];
        for (int j = 0; j < Rows; j++)
            stack.Walk.Scatter(Rows + j, [.. Enumerable.Range(0, Columns).Select(i => (byte)(i < Columns / 2 ? 1 : 2))], labels);
        return labels;
    }

    /// <summary>Writes an RTSTRUCT with a square of 2 x 2 pixels in the second slice, and a region that nobody drew.</summary>
    /// <param name="name">The file.</param>
    /// <param name="region">What the square is.</param>
    /// <param name="series">The series it refers to; null leaves only the frame of reference.</param>
    /// <param name="type">Of the contour.</param>
    /// <param name="image">SOP Instance UID of the image that the contour refers to; null leaves the reference out.</param>
    public string StructureSet(string name, string region, string? series, string type = "CLOSED_PLANAR", string? image = null)
    {
        DicomBuilder New() => new();
        double[] square = [1, 1, 5, 5, 1, 5, 5, 5, 5, 1, 5, 5];
        DicomBuilder frame = New().Text(DicomTags.FrameOfReferenceUID, "UI", "1.2.826.0.2");
        if (series is not null)
        {
            frame.Sequence(DicomTags.RTReferencedStudySequence, false, New().Sequence(DicomTags.RTReferencedSeriesSequence, false,
                New().Text(DicomTags.SeriesInstanceUID, "UI", series)));
        }

        DicomBuilder contour = New();
        if (image is not null)
            contour.Sequence(DicomTags.ContourImageSequence, false, New().Text(DicomTags.ReferencedSOPInstanceUID, "UI", image));
        DicomBuilder file = New()
            .Text(DicomTags.Modality, "CS", "RTSTRUCT")
            .Text(DicomTags.PatientID, "LO", "P-17")
            .Sequence(DicomTags.ReferencedFrameOfReferenceSequence, false, frame)
            .Sequence(DicomTags.StructureSetROISequence, false,
                New().Text(DicomTags.ROINumber, "IS", "1").Text(DicomTags.ROIName, "LO", region),
                New().Text(DicomTags.ROINumber, "IS", "2").Text(DicomTags.ROIName, "LO", "Mullers mass"))
            .Sequence(DicomTags.ROIContourSequence, false, New()
                .Sequence(DicomTags.ContourSequence, false, contour
                    .Text(DicomTags.ContourGeometricType, "CS", type)
                    .Text(DicomTags.ContourData, "DS", string.Join('\\', square.Select(v => v.ToString(CultureInfo.InvariantCulture)))))
                .Text(DicomTags.ReferencedROINumber, "IS", "1"));
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, file.File(DicomBuilder.Explicit));
        return path;
    }
}
