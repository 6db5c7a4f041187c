using Smile.Net;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// RTSTRUCT (PS3.3, A.19.3): closed planar contours, filled on the slices of a CT series. A pixel is inside where its centre
/// is; contours of one slice are combined by exclusive or, so that one inside another is a hole and a keyhole comes out right.
/// </summary>
internal sealed class DicomStructureSet : IDicomRegions
{
    private readonly IDicomFile _file;
    private readonly ILookup<double?, IDicomDataset> _contours; // by the number of their region

    /// <exception cref="DataException">No structure set, or a damaged one.</exception>
    public DicomStructureSet(IDicomFile file)
    {
        IDicomDataset set = file.Dataset;
        _file = file;
        IReadOnlyList<IDicomDataset> rois = set.Items(DicomTags.StructureSetROISequence);
        if (rois.Count == 0)
            throw set.Bad(DicomTags.StructureSetROISequence, "no region of interest. Is this an RTSTRUCT?");
        Regions = [.. rois.Select(roi => Region(set, roi))];
        // All numbers are read now: who lists regions later must not meet a damaged one.
        _contours = set.Items(DicomTags.ROIContourSequence)
            .Select(roi => (Number: roi.Number(DicomTags.ReferencedROINumber), Contours: roi.Items(DicomTags.ContourSequence)))
            .SelectMany(roi => roi.Contours.Select(contour => (roi.Number, Contour: contour)))
            .ToLookup(each => each.Number, each => each.Contour);
    }

    /// <inheritdoc/>
    public IReadOnlyList<DicomRegion> Regions { get; }

    /// <inheritdoc/>
    public byte[] ReadMask(DicomRegion region, CtStack stack, List<string> warnings)
    {
        string name = $"{_file.Path}: region {region.Number} '{region.Name}'";
        var contours = new List<Contour>();
        foreach (IDicomDataset contour in _contours[region.Number])
        {
            if (IsClosed(contour))
                contours.Add(Read(contour, stack));
            else
                warnings.Add($"{name}: a contour of type {contour.Text(DicomTags.ContourGeometricType)} encloses nothing and is left out.");
        }

        IDicomDataset? drawn = _file.Dataset.Items(DicomTags.StructureSetROISequence).FirstOrDefault(roi => roi.Number(DicomTags.ROINumber) == region.Number);
        if (drawn is not null && !stack.Shares(drawn.Text(DicomTags.ReferencedFrameOfReferenceUID)))
            warnings.Add($"{name}: its frame of reference is not the CT's. Was it drawn on this series?");
        if (contours.Count == 0)
            warnings.Add($"{name} has no closed contour.");
        int outside = contours.Count(contour => contour.Distance > stack.Step / 2 + 1e-6);
        if (outside > 0)
            warnings.Add($"{name}: {outside} contours lie above or below the CT series.");

        var mask = new byte[stack.Geometry.Voxels];
        foreach (var slice in contours.Where(contour => contour.Distance <= stack.Step / 2 + 1e-6).GroupBy(contour => contour.Slice))
        {
            // Contours drawn on a finer stack: the plane nearest to the slice counts, its neighbours would cancel it.
            double nearest = slice.Min(contour => contour.Distance);
            foreach (Contour contour in slice.Where(contour => contour.Distance <= nearest + 0.1 * stack.Step))
                PolygonFill.Toggle(contour.Columns, contour.Rows, mask, stack.Walk, slice.Key);
        }

        return mask;
    }

    /// <summary>Whether a region has a contour that encloses something, wherever it lies.</summary>
    public bool IsDrawn(DicomRegion region) => _contours[region.Number].Any(IsClosed);

    private static bool IsClosed(IDicomDataset contour) => contour.Text(DicomTags.ContourGeometricType) is "CLOSED_PLANAR" or "CLOSEDPLANAR_XOR" or "";

    private static DicomRegion Region(IDicomDataset set, IDicomDataset roi)
    {
        int number = roi.Whole(DicomTags.ROINumber, int.MinValue, int.MaxValue);
        IDicomDataset? observation = set.Items(DicomTags.RTROIObservationsSequence)
            .FirstOrDefault(item => item.Number(DicomTags.ReferencedROINumber) == number);
        string code = observation is null ? "" : DicomRegion.CodeOf(observation, DicomTags.RTROIIdentificationCodeSequence);
        return new DicomRegion(number, roi.Text(DicomTags.ROIName), code);
    }

    private static Contour Read(IDicomDataset contour, CtStack stack)
    {
        double[] points = contour.Numbers(DicomTags.ContourData);
        if (points.Length % 3 != 0 || points.Length == 0)
            throw contour.Bad(DicomTags.ContourData, $"{points.Length} numbers; three a point are wanted. Export the structure set again.");
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
            throw contour.Bad(DicomTags.ContourData, $"its points span {highest - lowest:F2} mm across slices {stack.Step:F2} mm apart: drawn on another plane. "
                + "Export the contours on the CT's slices.");
        }

        (int slice, double distance) = stack.Nearest((lowest + highest) / 2);
        return new Contour(slice, distance, columns, rows);
    }

    /// <param name="Slice">The nearest slice.</param>
    /// <param name="Distance">mm from it.</param>
    /// <param name="Columns">Of its points, in pixels from the first pixel's centre.</param>
    /// <param name="Rows">As <paramref name="Columns"/>.</param>
    private sealed record Contour(int Slice, double Distance, double[] Columns, double[] Rows);
}
