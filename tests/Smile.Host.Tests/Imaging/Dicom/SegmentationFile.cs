using Smile.Host.Imaging.Dicom;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>A SEG of two segments, liver and spleen, or of others, on the grid of a <see cref="CtImage"/> of these sizes.</summary>
internal static class SegmentationFile
{
    public const int Rows = 7, Columns = 5;

    public static byte[] Make(
        int[][] frames, (int Segment, double Z)[] places, int bits, string type, (double Column, double Row) corner = default, int sign = 1,
        double[]? spacing = null, (int Number, string Name)[]? segments = null, string? algorithm = null, string? series = null,
        string? frame = null)
    {
        DicomBuilder New() => new();
        DicomBuilder Segment(int number, string name)
        {
            DicomBuilder segment = New().Word(DicomTags.SegmentNumber, "US", number).Text(DicomTags.SegmentLabel, "LO", name);
            return algorithm is null ? segment : segment.Text(DicomTags.SegmentAlgorithmType, "CS", algorithm);
        }

        DicomBuilder liver = Segment(1, "Liver").Sequence(DicomTags.SegmentedPropertyTypeCodeSequence, false,
            New().Text(DicomTags.CodeValue, "SH", "10200004").Text(DicomTags.CodingSchemeDesignator, "SH", "SCT"));
        DicomBuilder[] listed = segments is null ? [Segment(0, "Background"), liver, Segment(2, "Spleen")]
            : [.. segments.Select(each => Segment(each.Number, each.Name))];
        DicomBuilder Frame((int Segment, double Z) place) => New()
            .Sequence(DicomTags.PlanePositionSequence, true, New().Numbers(
                DicomTags.ImagePositionPatient, "DS", -10 + 0.75 * corner.Column, -20 + 0.5 * corner.Row, place.Z))
            .Sequence(DicomTags.SegmentIdentificationSequence, true, New().Word(DicomTags.ReferencedSegmentNumber, "US", place.Segment));
        byte[] pixels = bits == 8
            ? [.. frames.SelectMany(frame => frame).Select(v => (byte)v)]
            : new byte[(frames.Length * Rows * Columns + 7) / 8];
        if (bits == 1)
        {
            int at = 0;
            foreach (int bit in frames.SelectMany(frame => frame))
            {
                pixels[at / 8] |= (byte)(bit << (at % 8));
                at++;
            }
        }

        DicomBuilder head = frame is null ? New() : New().Text(DicomTags.FrameOfReferenceUID, "UI", frame);
        DicomBuilder file = head
            .Text(DicomTags.Modality, "CS", "SEG")
            .Text(DicomTags.NumberOfFrames, "IS", $"{frames.Length}")
            .Word(DicomTags.Rows, "US", Rows)
            .Word(DicomTags.Columns, "US", Columns)
            .Word(DicomTags.BitsAllocated, "US", bits)
            .Word(DicomTags.BitsStored, "US", bits)
            .Word(DicomTags.HighBit, "US", bits - 1)
            .Word(DicomTags.PixelRepresentation, "US", 0)
            .Text(DicomTags.SegmentationType, "CS", type)
            .Sequence(DicomTags.SegmentSequence, true, listed)
            .Word(DicomTags.MaximumFractionalValue, "US", 200)
            .Sequence(DicomTags.SharedFunctionalGroupsSequence, false, New()
                .Sequence(DicomTags.PlaneOrientationSequence, false,
                    New().Numbers(DicomTags.ImageOrientationPatient, "DS", sign, 0, 0, 0, sign, 0))
                .Sequence(DicomTags.PixelMeasuresSequence, false, New().Numbers(DicomTags.PixelSpacing, "DS", spacing ?? [0.5, 0.75])))
            .Sequence(DicomTags.PerFrameFunctionalGroupsSequence, true, [.. places.Select(Frame)]);
        if (series is not null)
            file.Sequence(DicomTags.ReferencedSeriesSequence, false, New().Text(DicomTags.SeriesInstanceUID, "UI", series));
        return file.Raw(DicomTags.PixelData, "OB", pixels).File(DicomBuilder.Explicit);
    }
}
