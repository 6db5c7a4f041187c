using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The slices of one CT series in the order of their positions along the slice normal, and their common grid. File names,
/// instance numbers, slice thickness and patient position say nothing of the order or the spacing and are not used.
/// </summary>
internal sealed class CtStack
{
    /// <summary>Slices closer than this lie at one position: positions are written to a hundredth of a mm or finer.</summary>
    private const double SamePosition = 0.01;

    /// <summary>
    /// Slices may run this far off their normal, in radians (0.2 degrees): direction cosines of three digits do. Tilted gantries
    /// do by some degrees.
    /// </summary>
    private const double Upright = 0.0035;

    /// <summary>Wider gaps are not interpolated, whoever accepts them: what lies in them is anyone's guess.</summary>
    private const double MostSteps = 4;

    private readonly AxisOrder _order;
    private readonly double[] _normal;
    private readonly double[] _along;
    private readonly double[] _step;

    private CtStack(CtSlice[] slices, double[] normal, double[] along, double[] step, bool gaps, bool tilted)
    {
        (Slices, _normal, _along, _step, HasGaps, IsTilted) = (slices, normal, along, step, gaps, tilted);
        Step = PatientAxes.Dot(step, normal);
        double[] affine = PatientAxes.ToRas(slices[0].Position, slices[0].Orientation, slices[0].Spacing, step);
        _order = AxisOrder.Closest(affine);
        Geometry = _order.Reorient([slices[0].Format.Columns, slices[0].Format.Rows, slices.Length], affine);
    }

    /// <summary>The slices, along the normal (row direction x column direction).</summary>
    public IReadOnlyList<CtSlice> Slices { get; }

    /// <summary>
    /// The grid in the orientation closest to RAS+. Of a series with gaps or a tilted gantry it numbers the voxels and places them
    /// roughly; <see cref="RegularGrid"/> then says where they belong.
    /// </summary>
    public Geometry Geometry { get; }

    /// <summary>Where slice k, row j, column i lies in a volume on <see cref="Geometry"/>.</summary>
    public AxisWalk Walk => _order.Walk(Geometry);

    /// <summary>Takes slice k, row by row, out of a volume on <see cref="Geometry"/>.</summary>
    public void GatherSlice(int k, byte[] voxels, Span<byte> slice)
    {
        (AxisWalk walk, PixelFormat format) = (Walk, Slices[0].Format);
        for (int j = 0; j < format.Rows; j++)
            walk.Gather(k * format.Rows + j, voxels, slice.Slice(j * format.Columns, format.Columns));
    }

    /// <summary>mm from slice to slice; with gaps, the usual one.</summary>
    public double Step { get; }

    /// <summary>True where slices are missing and the caller has agreed.</summary>
    public bool HasGaps { get; }

    /// <summary>True where slices lie beside one another's normal and the caller has agreed.</summary>
    public bool IsTilted { get; }

    /// <summary>The unit vector along which the slices are sorted, LPS.</summary>
    public ReadOnlySpan<double> Normal => _normal;

    /// <summary>Of each slice, mm along the normal from the first.</summary>
    public double Along(int slice) => _along[slice] - _along[0];

    /// <summary>
    /// How far a slice may lie from where an even step puts it, mm. As dicom2nifti: slices written with a step of 1.599 and 1.601 mm
    /// are regular, a missing one is not.
    /// </summary>
    public static double Tolerance(double step) => Math.Max(0.1, 0.05 * step);

    /// <summary>Of the first and the last slice, in mm along the normal, as <see cref="Locate"/> counts them.</summary>
    public (double First, double Last) Extent => (0, _along[^1] - _along[0]);

    /// <summary>
    /// Column and row, in pixels from the first pixel's centre of the slice that holds it, and mm along the normal from the first
    /// slice, of a point in mm, LPS.
    /// </summary>
    public (double Column, double Row, double Along) Locate(ReadOnlySpan<double> point)
    {
        CtSlice first = Slices[0];
        ReadOnlySpan<double> from = [point[0] - first.Position[0], point[1] - first.Position[1], point[2] - first.Position[2]];
        double along = PatientAxes.Dot(from, _normal), steps = along / Step;
        ReadOnlySpan<double> inPlane = [from[0] - steps * _step[0], from[1] - steps * _step[1], from[2] - steps * _step[2]];
        return (PatientAxes.Dot(inPlane, first.Orientation) / first.Spacing[1],
            PatientAxes.Dot(inPlane, first.Orientation.AsSpan(3)) / first.Spacing[0],
            along);
    }

    /// <summary>The slice nearest to a place along the normal, and how far away it is, in mm.</summary>
    public (int Slice, double Distance) Nearest(double along)
    {
        (int best, double distance) = (0, double.PositiveInfinity);
        for (int k = 0; k < _along.Length; k++)
        {
            double gap = Math.Abs(along - (_along[k] - _along[0]));
            if (gap < distance)
                (best, distance) = (k, gap);
        }

        return (best, distance);
    }

    /// <summary>False where a region was drawn in another frame of reference, and so on another patient position or patient.</summary>
    public bool Shares(string frameOfReference)
    {
        string own = Slices[0].File.Dataset.Text(DicomTags.FrameOfReferenceUID);
        return own == "" || frameOfReference == "" || own == frameOfReference;
    }

    /// <summary>Sorts slices and finds their grid; messages name them and <paramref name="series"/>.</summary>
    /// <param name="series">How messages call it.</param>
    /// <param name="folder">Below which its files lie; messages name them from there.</param>
    /// <param name="unsorted">Its slices.</param>
    /// <param name="warnings">Hears what is odd, and what was mended.</param>
    /// <param name="remedies">Which faults are accepted.</param>
    /// <exception cref="DataException">They do not make one regular grid; the slices are named.</exception>
    public static CtStack Build(string series, string folder, IEnumerable<CtSlice> unsorted, List<string> warnings,
        SeriesRemedies remedies = default)
    {
        string Name(CtSlice slice) => slice.NameIn(folder);
        CtSlice[] slices = [.. unsorted];
        CheckAlike(series, slices, Name);
        double[] normal = PatientAxes.Normal(slices[0].Orientation);
        double At(CtSlice slice) => PatientAxes.Dot(normal, slice.Position);
        slices = SliceCopies.Drop([.. slices.OrderBy(At)], SamePosition, warnings);
        slices = Acquisitions.One(series, slices, At, Name, remedies.Choices ?? [], warnings);
        double[] at = [.. slices.Select(At)];

        bool gaps = CheckSteps(series, slices, at, Name, warnings, remedies);
        bool tilted = CheckTilt(series, slices, at, normal, Name, warnings, remedies);
        double[] step = StepVector(slices, normal, warnings);
        if (gaps)
        {
            double usual = Median(Steps(at)) / PatientAxes.Dot(step, normal);
            step = [.. step.Select(part => part * usual)];
        }

        var stack = new CtStack(slices, normal, at, step, gaps, tilted);
        return stack.Geometry.Voxels <= Array.MaxLength ? stack
            : throw Bad(series, $"{stack.Geometry.Voxels} voxels; at most {Array.MaxLength} are possible. Give fewer slices.");
    }

    private static void CheckAlike(string series, CtSlice[] slices, Func<CtSlice, string> name)
    {
        CtSlice first = slices[0];
        foreach (CtSlice slice in slices)
        {
            bool sameSize = slice.Format.Rows == first.Format.Rows && slice.Format.Columns == first.Format.Columns;
            if (!sameSize)
            {
                throw Bad(series, $"{name(first)} has {first.Format.Rows} rows x {first.Format.Columns} columns, {name(slice)} has "
                    + $"{slice.Format.Rows} x {slice.Format.Columns}. Give slices of one size.");
            }

            if (slice.HasRescale != first.HasRescale)
            {
                throw Bad(series, $"{name(first.HasRescale ? slice : first)} has no {DicomTags.RescaleSlope} or "
                    + $"{DicomTags.RescaleIntercept}, "
                    + $"{name(first.HasRescale ? first : slice)} has both: their numbers are not of one kind. Export the series again.");
            }

            if (!Close(slice.Spacing, first.Spacing, 1e-3 * first.Spacing.Min()))
                throw Bad(series, $"{name(first)} has pixels of {InWords(first.Spacing)} mm, {name(slice)} of {InWords(slice.Spacing)} mm. "
                    + "Give slices of one spacing.");
            if (!Close(slice.Orientation, first.Orientation, 1e-3))
            {
                throw Bad(series, $"{name(first)} has orientation {InWords(first.Orientation)}, {name(slice)} has "
                    + $"{InWords(slice.Orientation)}. "
                    + "Give slices of one orientation; localisers do not belong to the volume.");
            }
        }
    }

    /// <summary>Refuses slices at one position and, unless they are accepted, gaps; true where there are any.</summary>
    private static bool CheckSteps(string series, CtSlice[] slices, double[] at, Func<CtSlice, string> name, List<string> warnings,
        SeriesRemedies remedies)
    {
        if (slices.Length < 2)
            return false;
        double[] steps = Steps(at);
        string[] twins = [.. Where(steps, step => step < SamePosition).Select(i => $"{name(slices[i])} and {name(slices[i + 1])} "
            + $"({at[i]:F2} mm)")];
        if (twins.Length > 0)
            throw Bad(series, $"slices at one position: {Listed(twins)}. Keep one phase or reconstruction, one slice a position.");

        double median = Median(steps), tolerance = Tolerance(median);
        int[] gaps = [.. Where(steps, step => !(Math.Abs(step - median) <= tolerance))];
        if (gaps.Length == 0)
            return false;
        double widest = gaps.Max(i => steps[i]);
        if (remedies.AcceptGaps && widest <= MostSteps * median)
        {
            warnings.Add($"{slices[0].File.Path}: gaps accepted: "
                + $"{Words.Of(gaps.Length, steps.Length, "distance", "distances", "is", "are")} not the usual {median:F2} mm between "
                + "slices "
                + $"(the widest is {widest:F2} mm); the slices between are interpolated and not labelled.");
            return true;
        }

        string named = Listed([.. gaps.Select(i => $"{steps[i]:F2} mm from {name(slices[i])} ({at[i]:F2} mm) to {name(slices[i + 1])} "
            + $"({at[i + 1]:F2} mm)")]);
        throw Bad(series, $"slices {median:F2} mm apart with gaps: {named}. Add the missing slices, or give one regular part"
            + (widest > MostSteps * median ? $"; more than {MostSteps} steps are not interpolated." : ", or accept gaps (--accept-gaps)."));
    }

    /// <summary>Refuses a tilted gantry unless it may be resampled; true where there is one.</summary>
    private static bool CheckTilt(
        string series, CtSlice[] slices, double[] at, double[] normal, Func<CtSlice, string> name, List<string> warnings,
            SeriesRemedies remedies)
    {
        double[] Aside(int i) =>
            [.. Enumerable.Range(0, 3).Select(r => slices[i].Position[r] - slices[0].Position[r] - (at[i] - at[0]) * normal[r])];
        double[] lengths = [.. Enumerable.Range(0, slices.Length).Select(i => Math.Sqrt(PatientAxes.Dot(Aside(i), Aside(i))))];
        int where = Array.IndexOf(lengths, lengths.Max());
        double worst = lengths[where], distance = Math.Abs(at[where] - at[0]);
        double small = Math.Max(0.1, 0.1 * slices[0].Spacing.Min());
        if (worst <= small || worst <= Upright * distance)
            return false;
        string tilt = $"({Math.Atan2(worst, distance) * 180 / Math.PI:F1} degrees)";
        // A gantry tilts all slices alike; slices that wander are another fault.
        double[] end = Aside(slices.Length - 1);
        bool steady = Enumerable.Range(0, slices.Length).All(i => Enumerable.Range(0, 3)
            .All(r => Math.Abs(Aside(i)[r] - end[r] * (at[i] - at[0]) / (at[^1] - at[0])) <= small));
        if (remedies.Resample && steady)
        {
            warnings.Add($"{slices[0].File.Path}: gantry tilt {tilt}: resampled to an upright grid.");
            return true;
        }

        throw Bad(series, $"gantry tilt: {name(slices[where])} lies {worst:F2} mm beside the normal of {name(slices[0])}, {distance:F2} "
            + $"mm along it {tilt}. "
            + (steady
                ? "Have it resampled to an upright grid (--resample)."
                : "The slices do not lie on one line: give one regular part."));
    }

    private static double[] Steps(double[] at) => [.. at.Skip(1).Select((position, i) => position - at[i])];

    private static double Median(double[] steps) => steps.Order().ElementAt(steps.Length / 2 - (steps.Length % 2 == 0 ? 1 : 0));

    private static double[] StepVector(CtSlice[] slices, double[] normal, List<string> warnings)
    {
        if (slices.Length > 1)
            return [.. Enumerable.Range(0, 3).Select(r => (slices[^1].Position[r] - slices[0].Position[r]) / (slices.Length - 1))];
        double thickness = slices[0].Thickness is > 0 and var given ? given : 1;
        warnings.Add($"{slices[0].File.Path}: one slice only; {thickness} mm is taken for its distance to others.");
        return [.. normal.Select(n => n * thickness)];
    }

    private static IEnumerable<int> Where(double[] steps, Func<double, bool> odd) =>
        Enumerable.Range(0, steps.Length).Where(i => odd(steps[i]));

    private static bool Close(double[] a, double[] b, double tolerance) =>
        a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance);

    private static string InWords(double[] values) => string.Join(" x ", values);

    private static string Listed(string[] parts) =>
        string.Join("; ", parts.Take(5)) + (parts.Length > 5 ? $"; and {parts.Length - 5} more" : "");

    private static DataException Bad(string series, string problem) => new($"{series}: {problem}");
}
