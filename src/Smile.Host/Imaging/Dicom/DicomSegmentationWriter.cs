using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>A segment to be written; its number is its place in the list, from 1.</summary>
/// <param name="Name">The organ.</param>
/// <param name="Colour">In which viewers may show it, sRGB.</param>
internal readonly record struct SegmentToWrite(string Name, (byte R, byte G, byte B) Colour);

/// <summary>
/// Writes a label map as DICOM SEG, type BINARY (PS3.3, A.51): on the slices of the CT series it was found on, with that series'
/// patient, study and frame of reference. A slice without an organ has no frame for it.
/// </summary>
internal sealed class DicomSegmentationWriter
{
    private const string SegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";

    private readonly CtStack _stack;
    private readonly byte[] _labels;
    private readonly IReadOnlyList<SegmentToWrite> _segments;
    private readonly IDicomDataset _source;
    private readonly List<(int Segment, int Slice)> _frames = [];

    private DicomSegmentationWriter(CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> segments)
    {
        (_stack, _labels, _segments, _source) = (stack, labels, segments, stack.Slices[0].File.Dataset);
        var present = new bool[Math.Max(segments.Count, byte.MaxValue) + 1]; // more segments than a byte counts are empty
        var slice = new byte[stack.Slices[0].Format.Pixels];
        for (int k = 0; k < stack.Slices.Count; k++)
        {
            _stack.GatherSlice(k, _labels, slice);
            Array.Clear(present);
            foreach (byte label in slice)
                present[label] = true;
            for (int segment = 1; segment <= segments.Count; segment++)
            {
                if (present[segment])
                    _frames.Add((segment, k));
            }
        }

        _frames.Sort();
        if (_frames.Count == 0)
            _frames.Add((1, 0)); // an image has at least one frame; this one is empty
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="stack">The CT series.</param>
    /// <param name="labels">(z, y, x) on the stack's geometry: 0 background, k segment k.</param>
    /// <param name="segments">At least one.</param>
    /// <exception cref="DataException">The series lacks a UID that a segmentation must refer to, or the file cannot be written.</exception>
    public static void Write(string path, CtStack stack, byte[] labels, IReadOnlyList<SegmentToWrite> segments)
    {
        var writer = new DicomSegmentationWriter(stack, labels, segments);
        string instance = DicomDatasetWriter.NewUid();
        DicomDatasetWriter set = writer.Dataset(instance);
        long bits = (long)stack.Slices[0].Format.Pixels * writer._frames.Count, bytes = (bits + 15) / 16 * 2;
        AtomicFile.Write(path, file => set.WriteFile(file, SegmentationStorage, instance, bytes, writer.WritePixels));
    }

    /// <summary>
    /// One stream of bits, the first pixel in the least significant bit, with no padding between rows or frames (PS3.5, 8.1.1); the
    /// end is padded to an even number of bytes.
    /// </summary>
    private void WritePixels(Stream to)
    {
        var slice = new byte[_stack.Slices[0].Format.Pixels];
        long bytes = 0;
        int held = 0, count = 0;
        foreach ((int segment, int k) in _frames)
        {
            _stack.GatherSlice(k, _labels, slice);
            foreach (byte label in slice)
            {
                held |= (label == segment ? 1 : 0) << count;
                if (++count < 8)
                    continue;
                to.WriteByte((byte)held);
                bytes++;
                (held, count) = (0, 0);
            }
        }

        if (count > 0)
        {
            to.WriteByte((byte)held);
            bytes++;
        }

        if (bytes % 2 == 1)
            to.WriteByte(0);
    }

    private DicomDatasetWriter Dataset(string instance)
    {
        (string date, string time) = DerivedObject.Now();
        string organization = DicomDatasetWriter.NewUid();
        PixelFormat format = _stack.Slices[0].Format;
        DicomDatasetWriter set = DerivedObject.Of(_source, "SEG", SegmentationStorage, instance)
            .Text(DicomTags.ContentDate, date).Text(DicomTags.ContentTime, time)
            .Text(DicomTags.ImageType, "DERIVED", "PRIMARY")
            .Text(DicomTags.ContentLabel, "SEGMENTATION")
            .Text(DicomTags.ContentDescription, "Made by Smile; not the output of a medical device")
            .Text(DicomTags.ContentCreatorName)
            .Number(DicomTags.SamplesPerPixel, 1)
            .Text(DicomTags.PhotometricInterpretation, "MONOCHROME2")
            .Number(DicomTags.NumberOfFrames, _frames.Count)
            .Number(DicomTags.Rows, format.Rows)
            .Number(DicomTags.Columns, format.Columns)
            .Number(DicomTags.BitsAllocated, 1)
            .Number(DicomTags.BitsStored, 1)
            .Number(DicomTags.HighBit, 0)
            .Number(DicomTags.PixelRepresentation, 0)
            .Text(DicomTags.LossyImageCompression, "00")
            .Text(DicomTags.SegmentationType, "BINARY")
            .Text(DicomTags.SegmentsOverlap, "NO")
            .Items(DicomTags.SegmentSequence, [.. _segments.Select(Segment)])
            .Items(DicomTags.ReferencedSeriesSequence, ReferencedSeries())
            .Items(DicomTags.DimensionOrganizationSequence, new DicomDatasetWriter().Text(DicomTags.DimensionOrganizationUID, organization))
            .Items(DicomTags.DimensionIndexSequence,
                Dimension(organization, DicomTags.ReferencedSegmentNumber, DicomTags.SegmentIdentificationSequence),
                Dimension(organization, DicomTags.ImagePositionPatient, DicomTags.PlanePositionSequence))
            .Items(DicomTags.SharedFunctionalGroupsSequence, SharedGroups())
            .Items(DicomTags.PerFrameFunctionalGroupsSequence, [.. _frames.Select(FrameGroups)]);
        // Once lossy, always lossy (PS3.3, C.7.6.1.1.5).
        return _source.Text(DicomTags.LossyImageCompression) != "01" ? set
            : set.Copy(_source, DicomTags.LossyImageCompression, DicomTags.LossyImageCompressionRatio,
                DicomTags.LossyImageCompressionMethod);
    }

    private DicomDatasetWriter Segment(SegmentToWrite segment, int index) => new DicomDatasetWriter()
        .Number(DicomTags.SegmentNumber, index + 1)
        .Text(DicomTags.SegmentLabel, segment.Name)
        .Text(DicomTags.SegmentAlgorithmType, "AUTOMATIC")
        .Text(DicomTags.SegmentAlgorithmName, "Smile " + DerivedObject.Version)
        .Items(DicomTags.SegmentationAlgorithmIdentificationSequence, DerivedObject.Algorithm())
        .Number(DicomTags.RecommendedDisplayCIELabValue, CieLab.Of(segment.Colour))
        .Code(DicomTags.SegmentedPropertyCategoryCodeSequence, DicomCode.AnatomicalStructure)
        .Code(DicomTags.SegmentedPropertyTypeCodeSequence, OrganCodes.Of(segment.Name));

    private DicomDatasetWriter ReferencedSeries() => new DicomDatasetWriter()
        .Text(DicomTags.SeriesInstanceUID, DerivedObject.Uid(_source, DicomTags.SeriesInstanceUID))
        .Items(DicomTags.ReferencedInstanceSequence,
            [.. _stack.Slices.Select(slice => slice.File).Distinct().Select(DerivedObject.Reference)]);

    private static DicomDatasetWriter Dimension(string organization, DicomTag index, DicomTag group) => new DicomDatasetWriter()
        .Text(DicomTags.DimensionOrganizationUID, organization)
        .Tag(DicomTags.DimensionIndexPointer, index)
        .Tag(DicomTags.FunctionalGroupPointer, group);

    private DicomDatasetWriter SharedGroups()
    {
        CtSlice first = _stack.Slices[0];
        return new DicomDatasetWriter()
            .Items(DicomTags.PixelMeasuresSequence, new DicomDatasetWriter()
                .Number(DicomTags.SliceThickness, first.Thickness is > 0 and var thickness ? thickness : _stack.Step)
                .Number(DicomTags.SpacingBetweenSlices, _stack.Step)
                .Number(DicomTags.PixelSpacing, first.Spacing))
            .Items(DicomTags.PlaneOrientationSequence,
                new DicomDatasetWriter().Number(DicomTags.ImageOrientationPatient, first.Orientation));
    }

    private DicomDatasetWriter FrameGroups((int Segment, int Slice) frame)
    {
        CtSlice slice = _stack.Slices[frame.Slice];
        DicomDatasetWriter image = DerivedObject.Reference(slice).Code(DicomTags.PurposeOfReferenceCodeSequence, DicomCode.SourceImage);
        return new DicomDatasetWriter()
            .Items(DicomTags.FrameContentSequence, new DicomDatasetWriter()
                .Number(DicomTags.DimensionIndexValues, frame.Segment, frame.Slice + 1))
            .Items(DicomTags.PlanePositionSequence, new DicomDatasetWriter().Number(DicomTags.ImagePositionPatient, slice.Position))
            .Items(DicomTags.SegmentIdentificationSequence,
                new DicomDatasetWriter().Number(DicomTags.ReferencedSegmentNumber, frame.Segment))
            .Items(DicomTags.DerivationImageSequence, new DicomDatasetWriter()
                .Code(DicomTags.DerivationCodeSequence, DicomCode.Segmentation)
                .Items(DicomTags.SourceImageSequence, image));
    }
}
