using Smile.Host.Imaging.Dicom;
using Smile.Host.Tests.Import;
using Smile.Net.Data;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Series whose HU are linear in the place, so that interpolation has one right answer.</summary>
public sealed class RegularGridTests : DicomFolder
{
    /// <summary>Each pixel's HU are rounded to whole numbers before they are interpolated.</summary>
    private const double Rounding = 0.51;

    private static readonly double[][] Gap = [[0, 0, 0], [0, 0, 5], [0, 0, 10], [0, 0, 20], [0, 0, 25]];

    // 15 degrees: 1.3 mm along y for each 5 mm.
    private static readonly double[][] Tilt = [.. Enumerable.Range(0, 6).Select(k => new[] { 0, 1.3 * k, 5.0 * k })];

    [Fact]
    public void A_missing_slice_is_interpolated_and_not_labelled()
    {
        CtStack stack = new Clinic(Folder).Series(1, Gap);
        RegularGrid grid = RegularGrid.Of(stack)!;
        Volume image = grid.Image();
        Assert.Equal((6, Clinic.Rows, Clinic.Columns), (grid.Geometry.Depth, grid.Geometry.Height, grid.Geometry.Width));
        Linear(image, leastInside: 6 * Clinic.Rows * Clinic.Columns);

        byte[] ones = [.. Enumerable.Repeat((byte)1, (int)stack.Geometry.Voxels)], labels = grid.Labels(ones);
        int slice = Clinic.Rows * Clinic.Columns;
        Assert.All(labels[(3 * slice)..(4 * slice)], label => Assert.Equal(Labels.Ignore, label));
        Assert.Equal(5 * slice, labels.Count(label => label == 1));
        Assert.Equal(ones, grid.BackToStack(labels));
    }

    [Fact]
    public void A_tilted_series_is_resampled_to_an_upright_grid()
    {
        CtStack stack = new Clinic(Folder).Series(1, Tilt);
        RegularGrid grid = RegularGrid.Of(stack)!;
        Volume image = grid.Image();
        // The last slice lies 6.5 mm, 3.25 pixels, beside the first.
        Assert.Equal((6, Clinic.Rows + 4, Clinic.Columns), (grid.Geometry.Depth, grid.Geometry.Height, grid.Geometry.Width));
        Assert.Equal((5, 2, 2), grid.Geometry.Spacing);
        Linear(image, leastInside: 6 * (Clinic.Rows - 1) * Clinic.Columns);

        // A label that is a plane of constant rows in every slice comes back to the slices.
        var labels = new byte[stack.Geometry.Voxels];
        for (int k = 0; k < 6; k++)
            stack.Walk.Scatter(k * Clinic.Rows + 3, [.. Enumerable.Repeat((byte)1, Clinic.Columns)], labels);
        byte[] moved = grid.Labels(labels);
        Assert.Contains(Labels.Ignore, moved);
        Assert.Equal(labels, grid.BackToStack(moved));
    }

    /// <summary>
    /// From the head down and from the feet up, gaps and tilt together; a batch ends inside a gap, where it needs the slices of the one
    /// before again.
    /// </summary>
    [Theory]
    [InlineData(new double[] { 1, 0, 0, 0, 1, 0 })]
    [InlineData(new double[] { -1, 0, 0, 0, 1, 0 })]
    public void Slabs_are_the_image(double[] orientation)
    {
        double[] at = [0, 5, 10, 25, 30, 45, 50];
        for (int k = 0; k < at.Length; k++)
        {
            int[] pixels = [.. Enumerable.Range(0, 63).Select(p => (p * p * (k + 3) + 11 * k) % 257)];
            double[] position = [0.04 * at[k], 0.05 * at[k], at[k]]; // 5 pixels aside at the end
            Save($"{k}", new CtImage { Rows = 7, Columns = 9, Orientation = orientation, Position = position, Pixels = pixels }.File());
        }

        CtStack stack = DicomVolumeReader.CtSeries(Folder).ReadStack(null, new SeriesRemedies(AcceptGaps: true, Resample: true));
        RegularGrid grid = RegularGrid.Of(stack)!;
        Volume image = grid.Image();
        Assert.Equal(11, image.Geometry.Depth);
        Assert.Contains(CtSlice.Air, image.Voxels);
        int pixelsOf = image.Geometry.Height * image.Geometry.Width;
        foreach (int most in new[] { 1, 4, 11, 16 })
        {
            using ISlabReader slabs = grid.OpenSlabs()!;
            Assert.Equal(image.Geometry, slabs.Geometry);
            for (int n = 0; n < 11; n += most)
            {
                var slab = new float[most * pixelsOf];
                slabs.Read(n, Math.Min(most, 11 - n), slab);
                for (int i = 0; i < most && n + i < 11; i++)
                    Assert.Equal(image.Slice(slabs.SliceAt(n + i)).ToArray(), slab[(i * pixelsOf)..((i + 1) * pixelsOf)]);
            }
        }
    }

    /// <summary>Planes that are not axial have no slabs; the image is there all the same.</summary>
    [Fact]
    public void A_coronal_series_with_a_gap_has_no_slabs()
    {
        foreach (int k in new[] { 0, 1, 2, 4, 5 })
            Save($"{k}",
                new CtImage { Orientation = [1, 0, 0, 0, 0, -1], Position = [0, 5 * k, 0], Pixels = [.. Enumerable.Repeat(100 * k, 12)] }
                .File());
        RegularGrid grid = RegularGrid.Of(DicomVolumeReader.CtSeries(Folder)
            .ReadStack(null, new SeriesRemedies(AcceptGaps: true, Resample: false)))!;
        Assert.Null(grid.OpenSlabs());
        Volume image = grid.Image();
        // From the back (4) to the front (0) along RAS's y.
        Assert.Equal((3, 6, 4), (image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width));
        Assert.Equal([500f, 400, 300, 200, 100, 0], Enumerable.Range(0, 6).Select(y => image.Voxels[4 * y]));
    }

    /// <summary>
    /// Slices that run 40 mm aside for 5 mm along: the grid would be mostly air, and from worse headers larger than memory.
    /// </summary>
    [Theory]
    [InlineData(40)]
    [InlineData(1e5)]
    public void A_tilt_of_no_gantry_is_refused(double aside)
    {
        for (int k = 0; k < 6; k++)
            Save($"{k}", new CtImage { Position = [0, aside * k, 5 * k] }.File());
        Refused(() =>
            RegularGrid.Of(DicomVolumeReader.CtSeries(Folder).ReadStack(null, new SeriesRemedies(AcceptGaps: false, Resample: true))),
                Folder, "no gantry tilts so far");
    }

    [Fact]
    public void A_regular_series_needs_none_and_faults_are_refused_unless_accepted()
    {
        var clinic = new Clinic(Folder);
        Assert.Null(RegularGrid.Of(clinic.Series(1)));
        DicomSeries gap = Series(clinic, 2, Gap), tilt = Series(clinic, 3, Tilt);
        Refused(() => gap.ReadStack(), "gaps: 10.00 mm from", "--accept-gaps");
        Refused(() => tilt.ReadStack(), "gantry tilt", "14.6 degrees", "--resample");
        Refused(() => tilt.ReadStack(null, new SeriesRemedies(AcceptGaps: true, Resample: false)), "gantry tilt");
        var warnings = new List<string>();
        gap.ReadStack(warnings.Add, new SeriesRemedies(AcceptGaps: true, Resample: false));
        Assert.Contains("1 of 4 distances", Assert.Single(warnings), StringComparison.Ordinal);
        DicomSeries wide = Series(clinic, 4, [[0, 0, 0], [0, 0, 5], [0, 0, 10], [0, 0, 31]]);
        DicomSeries wander = Series(clinic, 5, [[0, 0, 0], [0, 4, 5], [0, 0, 10], [0, 1, 15]]);
        DicomSeries twins = Series(clinic, 6, [[0, 0, 0], [0, 0, 5], [1, 0, 5]]);
        var all = new SeriesRemedies(AcceptGaps: true, Resample: true);
        Refused(() => wide.ReadStack(null, all), "more than 4 steps");
        Refused(() => wander.ReadStack(null, all), "do not lie on one line");
        Refused(() => twins.ReadStack(null, all), "slices at one position");
    }

    /// <summary>Where a slice reaches the HU are those of the place; elsewhere there is air.</summary>
    private static void Linear(Volume image, int leastInside)
    {
        Geometry grid = image.Geometry;
        int inside = 0, at = 0;
        for (int z = 0; z < grid.Depth; z++)
        {
            for (int y = 0; y < grid.Height; y++)
            {
                for (int x = 0; x < grid.Width; x++, at++)
                {
                    double[] a = grid.Affine;
                    double Mm(int r) => a[r] * x + a[r + 1] * y + a[r + 2] * z + a[r + 3];
                    // RAS to LPS; the series' number is 1. At the rim a voxel has neighbours on one side only.
                    double expected = -3 * Mm(0) - 5 * Mm(4) + 7 * Mm(8) + 1;
                    if (Math.Abs(image.Voxels[at] - expected) <= Rounding)
                        inside++;
                    else
                        Assert.True(image.Voxels[at] == CtSlice.Air || y <= 4
                            || y >= grid.Height - 5, $"({z}, {y}, {x}): {image.Voxels[at]}, expected {expected}");
                }
            }
        }

        Assert.True(inside >= leastInside, $"{inside} voxels are right, at least {leastInside} should be");
    }

    private static DicomSeries Series(Clinic clinic, int number, double[][] places)
    {
        try
        {
            clinic.Series(number, places);
        }
        catch (Smile.Net.DataException)
        {
            // The files are there; the test reads them itself.
        }

        return Assert.Single(DicomSeries.Find(Path.Combine(clinic.Folder, $"MUELLER_{number}")));
    }
}
