using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// RTSTRUCT (PS3.3, A.19.3): closed planar contours, filled on the slices of a CT series. A pixel is inside where its centre is; how the
/// contours of one slice combine says <see cref="SliceContours"/>, what slices without a contour mean <see cref="UndrawnSlices"/>.
/// </summary>
internal sealed class DicomStructureSet : IDicomRegions
{
    private const string Xor = "CLOSEDPLANAR_XOR";

    /// <summary>What rounding may take a contour beyond half a step from its slice, in mm.</summary>
    private const double OnSlice = 1e-6;

    private readonly IDicomFile _file;
    private readonly ILookup<double?, IDicomDataset> _contours; // by the number of their region
    private readonly Dictionary<int, IDicomDataset> _rois;

    /// <exception cref="DataException">No structure set, or a damaged one.</exception>
    public DicomStructureSet(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        _file = file;
        IReadOnlyList<IDicomDataset> rois = set.Items(DicomTags.StructureSetROISequence);
        if (rois.Count == 0)
            throw set.Bad(DicomTags.StructureSetROISequence, "no region of interest. Is this an RTSTRUCT?");
        Regions = [.. rois.Select(roi => Region(set, roi))];
        DicomRegion.CheckNumbers(Regions, set, DicomTags.StructureSetROISequence);
        _rois = Regions.Zip(rois).ToDictionary(pair => pair.First.Number, pair => pair.Second);
        // All numbers are read now: who lists regions later must not meet a damaged one.
        _contours = set.Items(DicomTags.ROIContourSequence)
            .Select(roi => (Number: roi.Number(DicomTags.ReferencedROINumber), Contours: roi.Items(DicomTags.ContourSequence)))
            .SelectMany(roi => roi.Contours.Select(contour => (roi.Number, Contour: contour)))
            .ToLookup(each => each.Number, each => each.Contour);
    }

    /// <inheritdoc/>
    public IReadOnlyList<DicomRegion> Regions { get; }

    /// <summary>Whether a region has a contour that encloses something, wherever it lies.</summary>
    public bool IsDrawn(DicomRegion region) => _contours[region.Number].Any(IsClosed);

    /// <inheritdoc/>
    public RegionMask ReadMask(DicomRegion region, CtStack stack, List<string> warnings)
    {
        string name = $"{_file.Path}: region {region.Number} '{region.Name}'";
        void Tell(string what) => warnings.Add($"{name}: {what}");
        var mask = new RegionMask(stack);
        IDicomDataset[] open = [.. _contours[region.Number].Where(contour => !IsClosed(contour))];
        foreach (var type in open.GroupBy(TypeOf))
            Tell($"{Words.Count(type.Count(), "contour", "contours")} of type {type.Key}: that encloses nothing.");
        if (_rois.TryGetValue(region.Number, out IDicomDataset? roi) && !stack.Shares(roi.Text(DicomTags.ReferencedFrameOfReferenceUID)))
            Tell("its frame of reference is not the CT's. Was it drawn on this series?");

        Contour[] contours = [.. _contours[region.Number].Where(IsClosed).Select(contour => Read(contour, stack))];
        if (contours.Length == 0)
        {
            Tell("no closed contour.");
            return mask;
        }

        mask.Beyond.AddRange(contours.Where(contour => !contour.IsIn(stack)).Select(contour => contour.Along)
            .Where(along => along < stack.Extent.First || along > stack.Extent.Last));
        int outside = contours.Count(contour => !contour.IsIn(stack));
        if (outside > 0)
            Tell($"{Words.Count(outside, "contour lies", "contours lie")} on no slice of the CT series.");
        Draw(contours, mask, stack, Tell);
        MarkOpen(open, mask, stack);
        mask.IsAnnotated = mask.Drawn.ContainsValue(true);
        if (!mask.IsAnnotated)
            Tell($"no voxel lies in its {Words.Count(contours.Length, "contour", "contours")}: taken for not annotated.");
        else if (!JudgesEverySlice(roi, stack))
            UndrawnSlices.Mend(mask, stack, interpolates: true, Tell);
        return mask;
    }

    /// <summary>Fills the contours, slice by slice, and tells what is odd about them.</summary>
    private static void Draw(Contour[] contours, RegionMask mask, CtStack stack, Action<string> tell)
    {
        PixelFormat format = stack.Slices[0].Format;
        // Contours drawn on a finer stack: the plane nearest to the slice counts.
        Contour[][] slices = [.. contours.Where(contour => contour.IsIn(stack)).GroupBy(contour => contour.Slice).Select(slice =>
        {
            double nearest = slice.Min(contour => contour.Distance);
            return slice.Where(contour => contour.Distance <= nearest + 0.1 * stack.Step).ToArray();
        })];
        Contour[] used = [.. slices.SelectMany(slice => slice)];
        bool onCentres = !used.Any(contour => contour.Toggles) && used.All(contour => contour.Polygon.HasCornersOnCentres)
            && used.Any(contour => contour.Polygon.IsMoreThanTwoPoints);
        (int lost, int united, int cancelled, int beside) = (0, 0, 0, 0);
        foreach (Contour[] slice in slices)
        {
            bool toggles = slice.Any(contour => contour.Toggles);
            var drawn = new SliceContours([.. slice.Select(contour => contour.Polygon)], toggles, onCentres, (format.Columns, format.Rows));
            bool solid = drawn.Inside.Count > 0;
            if (solid || drawn.Doubt.Count > 0)
                mask.Drawn[slice[0].Slice] = solid;
            mask.Mark(slice[0].Slice, drawn.Inside, RegionMask.Inside);
            mask.Mark(slice[0].Slice, drawn.Doubt, RegionMask.Doubt);
            (lost, beside) = (lost + drawn.Lost, beside + drawn.Beside);
            (united, cancelled) = (united + drawn.United, cancelled + drawn.Cancelled);
        }

        if (beside > 0)
            tell($"{Words.Count(beside, "contour lies", "contours lie")} beside the CT.");
        if (lost > 0)
        {
            tell(Words.Count(lost, "contour holds no pixel's centre, or less than half of its area: the pixels it touches are in doubt.",
                "contours hold no pixel's centre, or less than half of their area: the pixels they touch are in doubt."));
        }

        if (cancelled > 0)
            tell($"{Words.Count(cancelled, "voxel lies", "voxels lie")} in contours that cancel one another out: in doubt.");
        if (united > 0)
            tell($"{Words.Count(united, "contour repeats or overlaps", "contours repeat or overlap")} another one of the slice: united.");
        if (onCentres && mask.Drawn.ContainsValue(true))
            tell("contours run through pixel centres, as a mask is traced: the pixels on them are inside.");
    }

    /// <summary>
    /// A line that does not close says that the region is on its slices, and not where: nothing there is certainly outside. Of a point
    /// it is its pixel.
    /// </summary>
    private static void MarkOpen(IDicomDataset[] open, RegionMask mask, CtStack stack)
    {
        PixelFormat format = stack.Slices[0].Format;
        foreach (IDicomDataset contour in open)
        {
            double[] points = Points(contour);
            for (int n = 0; n < points.Length; n += 3)
            {
                (double column, double row, double along) = stack.Locate(points.AsSpan(n, 3));
                (int slice, double distance) = stack.Nearest(along);
                if (distance > stack.Step / 2 + OnSlice)
                    continue;
                if (TypeOf(contour) == "POINT")
                    mask.Mark(slice, PolygonFill.Touched(new Polygon([column], [row]), (format.Columns, format.Rows)), RegionMask.Doubt);
                else
                    mask.MarkInDoubt(slice);
            }
        }
    }

    /// <summary>
    /// True where slices without a contour say that the region is absent there: a program drew it, names itself, and drew it on this very
    /// series. That it is automatic is also written of masks that somebody painted.
    /// </summary>
    private bool JudgesEverySlice(IDicomDataset? roi, CtStack stack) =>
        roi is not null && roi.Text(DicomTags.ROIGenerationAlgorithm) == "AUTOMATIC"
        && roi.Items(DicomTags.ROIDerivationAlgorithmIdentificationSequence).Count > 0 && DicomReferences.Names(_file.Dataset, stack);

    private static string TypeOf(IDicomDataset contour) => contour.Text(DicomTags.ContourGeometricType);

    private static bool IsClosed(IDicomDataset contour) => TypeOf(contour) is "CLOSED_PLANAR" or Xor or "";

    private static DicomRegion Region(IDicomDataset set, IDicomDataset roi)
    {
        int number = roi.Whole(DicomTags.ROINumber, int.MinValue, int.MaxValue);
        IDicomDataset? observation = set.Items(DicomTags.RTROIObservationsSequence)
            .FirstOrDefault(item => item.Number(DicomTags.ReferencedROINumber) == number);
        string code = observation is null ? "" : DicomRegion.CodeOf(observation, DicomTags.RTROIIdentificationCodeSequence);
        return new DicomRegion(number, roi.Text(DicomTags.ROIName), code);
    }

    private static double[] Points(IDicomDataset contour)
    {
        double[] points = contour.Numbers(DicomTags.ContourData);
        if (points.Length % 3 != 0 || points.Length == 0)
            throw contour.Bad(DicomTags.ContourData, $"{points.Length} numbers; three a point are wanted. Export the structure set again.");
        if (!(points.Max(Math.Abs) <= CtSlice.Farthest))
        {
            throw contour.Bad(DicomTags.ContourData, $"a coordinate of {points.MaxBy(Math.Abs)} mm; no scanner reaches "
                + $"{CtSlice.Farthest} mm. Export the structure set again.");
        }

        return points;
    }

    private static Contour Read(IDicomDataset contour, CtStack stack)
    {
        double[] points = Points(contour);
        int count = points.Length / 3;
        double[] columns = new double[count], rows = new double[count];
        (double lowest, double highest) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int n = 0; n < count; n++)
        {
            (columns[n], rows[n], double along) = stack.Locate(points.AsSpan(3 * n, 3));
            (lowest, highest) = (Math.Min(lowest, along), Math.Max(highest, along));
        }

        if (!(highest - lowest <= stack.Step / 2))
        {
            throw contour.Bad(DicomTags.ContourData, $"its points span {highest - lowest:F2} mm across slices {stack.Step:F2} mm apart: "
                + "drawn on another plane. "
                + "Export the contours on the CT's slices.");
        }

        double middle = (lowest + highest) / 2;
        (int slice, double distance) = stack.Nearest(middle);
        return new Contour(middle, slice, distance, new Polygon(columns, rows), TypeOf(contour) == Xor);
    }

    /// <param name="Along">mm along the normal.</param>
    /// <param name="Slice">The nearest slice.</param>
    /// <param name="Distance">mm from it.</param>
    /// <param name="Polygon">Its corners, in pixels from the first pixel's centre.</param>
    /// <param name="Toggles">True of CLOSEDPLANAR_XOR.</param>
    private sealed record Contour(double Along, int Slice, double Distance, Polygon Polygon, bool Toggles)
    {
        public bool IsIn(CtStack stack) => Distance <= stack.Step / 2 + OnSlice;
    }
}
