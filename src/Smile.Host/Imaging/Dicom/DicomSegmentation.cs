using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// DICOM SEG (PS3.3, A.51): BINARY, FRACTIONAL (a pixel is inside from half the maximum on) and LABELMAP. Frames are placed by
/// their plane position: they may be sparse, in any order, and overlap.
/// </summary>
internal sealed class DicomSegmentation : IDicomRegions
{
    /// <summary>
    /// A frame may lie this far off the CT's grid, in pixels or slices: text positions round, resampled grids differ by more.
    /// </summary>
    private const double OffGrid = 0.2;

    private readonly IDicomFile _file;
    private readonly PixelFormat _format;
    private readonly string _type;
    private readonly IReadOnlyList<FunctionalGroups> _frames;
    private readonly HashSet<int> _automatic; // segments that a program drew by itself

    /// <exception cref="DataException">No segmentation, or one that cannot be read.</exception>
    public DicomSegmentation(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        _file = file;
        _type = set.Text(DicomTags.SegmentationType);
        if (_type is not ("BINARY" or "FRACTIONAL" or "LABELMAP"))
            throw set.Bad(DicomTags.SegmentationType, $"'{_type}'; BINARY, FRACTIONAL and LABELMAP are read. Is this a DICOM SEG?");
        _format = file.ReadFormat();
        _frames = FunctionalGroups.Of(set, _format.Frames);
        // A label map lists its background, segment 0, too.
        IReadOnlyList<IDicomDataset> segments = set.Items(DicomTags.SegmentSequence);
        Regions = [.. segments.Select(Region).Where(region => region.Number > 0)];
        DicomRegion.CheckNumbers(Regions, set, DicomTags.SegmentSequence);
        _automatic = [.. segments.Where(segment => segment.Text(DicomTags.SegmentAlgorithmType) == "AUTOMATIC")
            .Select(segment => Region(segment).Number)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<DicomRegion> Regions { get; }

    /// <inheritdoc/>
    public RegionMask ReadMask(DicomRegion region, CtStack stack, List<string> warnings)
    {
        var mask = new RegionMask(stack);
        var pixels = new int[_format.Pixels];
        // The value from which on a pixel is inside; in a label map it is the only one.
        int threshold = _type switch
        {
            "BINARY" => 1,
            "FRACTIONAL" => (_file.Dataset.Whole(DicomTags.MaximumFractionalValue, 1, ushort.MaxValue) + 1) / 2,
            _ => region.Number,
        };
        long outside = 0, faint = 0;
        for (int frame = 0; frame < _frames.Count; frame++)
        {
            if (_type != "LABELMAP" && Segment(_frames[frame]) != region.Number)
                continue;
            _file.ReadFrame(_format, frame, pixels);
            FramePlace place = Place(frame, stack);
            bool drawn = false;
            long outsideBefore = outside;
            for (int at = 0; at < pixels.Length; at++)
            {
                bool inside = _type == "LABELMAP" ? pixels[at] == threshold : pixels[at] >= threshold;
                if (!inside)
                {
                    faint += _type == "FRACTIONAL" && pixels[at] > 0 ? 1 : 0;
                    continue;
                }

                if (place.Of(at % _format.Columns, at / _format.Columns) is not { } pixel)
                {
                    outside++;
                    continue;
                }

                mask.Mark(place.Slice, pixel.Row, pixel.Column, RegionMask.Inside);
                drawn = true;
            }

            if (drawn)
                mask.Drawn[place.Slice] = true;
            else if (place.Slice < 0 && outside > outsideBefore)
                mask.Beyond.Add(place.Along);
        }

        string name = $"{_file.Path}: segment {region.Number} '{region.Name}'";
        void Tell(string what) => warnings.Add($"{name}: {what}");
        if (outside > 0)
            Tell($"{Words.Count(outside, "pixel lies", "pixels lie")} outside the CT series.");
        if (!stack.Shares(_file.Dataset.Text(DicomTags.FrameOfReferenceUID)))
            Tell("its frame of reference is not the CT's. Was it drawn on this series?");
        Judge(mask, region, stack, (outside, faint), Tell);
        return mask;
    }

    /// <summary>
    /// What no pixel means. A program that drew the segment by itself on this very series has judged all of it; a person who made a
    /// segment and drew nothing, or not on every slice, has not said that the organ is absent there.
    /// </summary>
    private void Judge(RegionMask mask, DicomRegion region, CtStack stack, (long Outside, long Faint) lost, Action<string> tell)
    {
        bool judgesAll = _automatic.Contains(region.Number) && DicomReferences.Names(_file.Dataset, stack);
        bool drawn = mask.Drawn.Count > 0;
        mask.IsAnnotated = drawn || (judgesAll && lost == default);
        if (!mask.IsAnnotated)
        {
            tell(lost.Faint > 0 ? $"{Words.Count(lost.Faint, "pixel", "pixels")}, all below half of the maximum: taken for not annotated."
                : lost.Outside > 0 ? "no voxel of the CT is inside: taken for not annotated."
                : "no pixel is drawn, and no program says that the organ is absent: taken for not annotated.");
        }
        else if (drawn && !judgesAll)
        {
            UndrawnSlices.Mend(mask, stack, interpolates: false, tell);
        }
    }

    private static DicomRegion Region(IDicomDataset segment) => new(
        segment.Whole(DicomTags.SegmentNumber, 0, ushort.MaxValue), DicomRegion.NameOf(segment),
        DicomRegion.CodeOf(segment, DicomTags.SegmentedPropertyTypeCodeSequence));

    private static int Segment(FunctionalGroups groups) =>
        groups.Find(DicomTags.SegmentIdentificationSequence, DicomTags.ReferencedSegmentNumber)
            .Whole(DicomTags.ReferencedSegmentNumber, 1, ushort.MaxValue);

    /// <summary>Where a frame's pixels lie in the stack: whole steps along its columns and rows, in one of its slices.</summary>
    private FramePlace Place(int frame, CtStack stack)
    {
        FunctionalGroups groups = _frames[frame];
        IDicomDataset place = groups.Find(DicomTags.PlanePositionSequence, DicomTags.ImagePositionPatient);
        double[] position = place.Vector(DicomTags.ImagePositionPatient, 3);
        double[] orientation = groups.Find(DicomTags.PlaneOrientationSequence, DicomTags.ImageOrientationPatient)
            .Vector(DicomTags.ImageOrientationPatient, 6);
        double[] spacing = groups.Find(DicomTags.PixelMeasuresSequence, DicomTags.PixelSpacing).Vector(DicomTags.PixelSpacing, 2);

        (double column, double row, double along) = stack.Locate(position);
        (int slice, double distance) = stack.Nearest(along);
        double[] Corner(int c, int r) => [.. Enumerable.Range(0, 3).Select(
            n => position[n] + c * spacing[1] * orientation[n] + r * spacing[0] * orientation[3 + n])];
        (double farColumn, double farRow, double farAlong) = stack.Locate(Corner(_format.Columns - 1, 0));
        (double lowColumn, double lowRow, double lowAlong) = stack.Locate(Corner(0, _format.Rows - 1));
        (int dc, int dr) alongColumns = (Unit(farColumn - column, _format.Columns), Unit(farRow - row, _format.Columns));
        (int dc, int dr) alongRows = (Unit(lowColumn - column, _format.Rows), Unit(lowRow - row, _format.Rows));
        (double c, double r) start = (Math.Round(column), Math.Round(row));

        bool Near(double value, double whole) => Math.Abs(value - whole) <= OffGrid;
        bool OneStep((int dc, int dr) step, int count) => count == 1 || Math.Abs(step.dc) + Math.Abs(step.dr) == 1;
        bool onGrid = OneStep(alongColumns, _format.Columns) && OneStep(alongRows, _format.Rows)
            && Near(column, start.c) && Near(row, start.r)
            && Near(farColumn, start.c + alongColumns.dc * (_format.Columns - 1))
            && Near(farRow, start.r + alongColumns.dr * (_format.Columns - 1))
            && Near(lowColumn, start.c + alongRows.dc * (_format.Rows - 1)) && Near(lowRow, start.r + alongRows.dr * (_format.Rows - 1))
            && Near(farAlong / stack.Step, along / stack.Step) && Near(lowAlong / stack.Step, along / stack.Step)
            && Math.Max(Math.Abs(start.c), Math.Abs(start.r)) < int.MaxValue / 2;
        bool beyond = distance > OffGrid * stack.Step;
        bool between = beyond && along > stack.Extent.First && along < stack.Extent.Last;
        if (!onGrid || between)
        {
            throw place.Bad(DicomTags.ImagePositionPatient,
                $"frame {frame + 1} lies {(onGrid ? "between two slices" : "off the pixel grid")} of the CT "
                + $"series of {stack.Slices[0].File.Path}. Resample the segmentation to the CT, or give the CT it was drawn on.");
        }

        return new FramePlace((stack.Walk.Size.I, stack.Walk.Size.J), beyond ? -1 : slice, along, ((int)start.c, (int)start.r),
            alongColumns, alongRows);
    }

    /// <summary>The whole step nearest to a distance over <paramref name="count"/> pixels.</summary>
    private static int Unit(double distance, int count) => count == 1 ? 0 : (int)Math.Round(distance / (count - 1));

    /// <summary>Whole steps from pixel to pixel; <paramref name="Slice"/> is -1 where the frame lies beyond the stack's ends.</summary>
    private readonly record struct FramePlace(
        (int I, int J) Size, int Slice, double Along, (int Column, int Row) Start, (int Column, int Row) AlongColumns,
        (int Column, int Row) AlongRows)
    {
        /// <summary>Where a pixel lies in its slice; null outside the stack.</summary>
        public (int Row, int Column)? Of(int column, int row)
        {
            int i = Start.Column + column * AlongColumns.Column + row * AlongRows.Column;
            int j = Start.Row + column * AlongColumns.Row + row * AlongRows.Row;
            return Slice < 0 || (uint)i >= (uint)Size.I || (uint)j >= (uint)Size.J ? null : (j, i);
        }
    }
}
