using Smile.Host.Imaging.Dicom;
using Smile.Net;
using static Smile.Host.Tests.Imaging.Dicom.StructureSetFile;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Regions that are drawn on some slices and not on those between. Slices of 20 x 20 pixels of 1 mm lie 3 mm apart.</summary>
public sealed class UndrawnSlicesTests : DicomFolder
{
    private const int Size = 20, Slices = 12;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Where_every_second_or_third_slice_is_drawn_those_between_are_interpolated(int step)
    {
        int[] drawn = [.. Enumerable.Range(0, 3).Select(n => 2 + n * step)];
        RegionMask mask = Read(out List<string> told, [.. drawn.Select(k => Square(4.5, 9.5, 3 * k))]);
        for (int k = 0; k < Slices; k++)
            Same(mask, k, k >= 2 && k <= drawn[^1] ? Box(5, 9) : None);
        int between = 2 * (step - 1);
        string expected = $"'GTV': drawn on 3 of {3 + between} slices: {between} of the others interpolated, 0 in doubt where it may be.";
        Assert.EndsWith(expected, Assert.Single(told), StringComparison.Ordinal);
        Assert.True(mask.IsAnnotated);
    }

    [Fact]
    public void A_shape_that_changes_is_half_way_between()
    {
        RegionMask grows = Read(out _, Square(6.5, 11.5, 0), Square(4.5, 13.5, 6));
        Same(grows, 1, Box(6, 12));
        // What moves is where the mean of the distances to both outlines says.
        RegionMask moves = Read(out _, Rectangle(2.5, 4.5, 8.5, 8.5, 0), Rectangle(5.5, 4.5, 11.5, 11.5, 9));
        foreach (int k in new[] { 1, 2 })
            Same(moves, k, Between(Slice(moves, 0), Slice(moves, 3), k / 3.0, (1, 1)));
        // A ring stays one; two parts stay two.
        RegionMask ring = Read(out _, Square(2.5, 14.5, 0), Square(6.5, 10.5, 0), Square(2.5, 14.5, 6), Square(6.5, 10.5, 6));
        Same(ring, 1, (row, column) => Box(3, 14)(row, column) && !Box(7, 10)(row, column));
        RegionMask pair = Read(out _, Square(0.5, 4.5, 0), Square(9.5, 14.5, 0), Square(0.5, 4.5, 6), Square(9.5, 14.5, 6));
        Same(pair, 1, (row, column) => Box(1, 4)(row, column) || Box(10, 14)(row, column));
    }

    /// <summary>Pixels of 1 x 3 mm: 3 mm down is one pixel, 3 mm across three.</summary>
    [Fact]
    public void Distances_are_in_millimetres()
    {
        var image = new CtImage { Rows = Size, Columns = Size, Spacing = [3, 1], Position = [0, 0, 0] };
        Contour[] contours = [Rectangle(3.5, 3 * 13.5, 15.5, 3 * 15.5, 0), Rectangle(5.5, 3 * 9.5, 17.5, 3 * 15.5, 6)];
        DicomStructureSet file = Open(new Region("GTV", contours));
        RegionMask mask = file.ReadMask(file.Regions[0], Stack(image), []);
        Func<int, int, bool> right = Between(Slice(mask, 0), Slice(mask, 2), 0.5, (3, 1));
        Func<int, int, bool> wrong = Between(Slice(mask, 0), Slice(mask, 2), 0.5, (1, 1));
        Same(mask, 1, right);
        Assert.Contains(Enumerable.Range(0, Size * Size), at => right(at / Size, at % Size) != wrong(at / Size, at % Size));
    }

    [Fact]
    public void A_slice_that_is_missing_among_drawn_ones_is_in_doubt_where_the_region_may_be()
    {
        int[] drawn = [0, 1, 2, 3, 5, 6, 7];
        Contour[] contours = [.. drawn.Select(k => k == 5 ? Rectangle(6.5, 4.5, 11.5, 9.5, 15) : Square(4.5, 9.5, 3 * k))];
        RegionMask mask = Read(out List<string> told, contours);
        Same(mask, 4, None, (row, column) => row is >= 5 and <= 9 && column is >= 5 and <= 11);
        Assert.Contains("drawn on 7 of 8 slices: 0 of the others interpolated, 1 in doubt", Assert.Single(told), StringComparison.Ordinal);
        Same(mask, 8, None);
    }

    [Fact]
    public void What_does_not_meet_is_in_doubt_in_the_rectangle_around_both()
    {
        RegionMask mask = Read(out List<string> told, Rectangle(1.5, 1.5, 4.5, 4.5, 0), Rectangle(8.5, 6.5, 12.5, 9.5, 6));
        Same(mask, 1, None, (row, column) => row is >= 2 and <= 9 && column is >= 2 and <= 12);
        Assert.Contains("0 of the others interpolated, 1 in doubt", Assert.Single(told), StringComparison.Ordinal);
        // One part goes on, another ends, or goes on elsewhere.
        RegionMask part = Read(out _, Square(10.5, 16.5, 0), Square(1.5, 4.5, 0), Square(10.5, 16.5, 6), Rectangle(5.5, 1.5, 7.5, 3.5, 6));
        Same(part, 1, Box(11, 16), (row, column) => row is >= 2 and <= 4 && column is >= 2 and <= 7);
    }

    [Fact]
    public void Farther_than_ten_millimetres_apart_all_of_a_slice_is_in_doubt_and_beyond_the_ends_nothing()
    {
        RegionMask mask = Read(out List<string> told, Square(4.5, 9.5, 3), Square(4.5, 9.5, 6), Square(4.5, 9.5, 18), Square(4.5, 9.5, 21));
        foreach (int k in new[] { 3, 4, 5 })
            Same(mask, k, None, All);
        foreach (int k in new[] { 0, 8, 9, 11 })
            Same(mask, k, None);
        Assert.Contains("drawn on 4 of 7 slices: 0 of the others interpolated, 3 in doubt", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_names_itself_has_judged_every_slice_of_the_series_that_it_was_given()
    {
        Contour[] contours = [Square(4.5, 9.5, 0), Square(4.5, 9.5, 6), Square(4.5, 9.5, 12)];
        var program = new Region("GTV", contours) { Algorithm = "AUTOMATIC", Program = "Net" };
        CtImage other = Image with { Series = "1.2.9" };
        foreach ((Region region, CtImage image, bool judged) in new[]
        {
            (program, Image, true), (program, other, false), (program with { Program = "" }, Image, false),
            (program with { Algorithm = "SEMIAUTOMATIC" }, Image, false),
        })
        {
            DicomStructureSet file = Open(region);
            RegionMask mask = file.ReadMask(file.Regions[0], Stack(image), []);
            Same(mask, 1, judged ? None : Box(5, 9));
            Assert.DoesNotContain(RegionMask.Doubt, mask.Voxels);
        }
    }

    [Fact]
    public void A_contour_without_a_voxel_fills_no_gap_and_reaches_as_far_as_it_is_near()
    {
        // Between: as if it were not there, but for the pixel.
        RegionMask between = Read(out _, Square(4.5, 9.5, 0), new Contour("CLOSED_PLANAR", [1, 1, 3]), Square(4.5, 9.5, 6));
        Same(between, 1, Box(5, 9), (row, column) => (row, column) == (1, 1));
        // Two slices beyond the end: the region may still be on the slice before it.
        RegionMask tip = Read(out List<string> told, Square(4.5, 9.5, 0), Square(4.5, 9.5, 3), Square(7.1, 7.3, 9));
        Same(tip, 2, None, Box(5, 9));
        Same(tip, 3, None, (row, column) => (row, column) == (7, 7));
        Same(tip, 4, None);
        Assert.Contains("drawn on 2 of 3 slices", told[^1], StringComparison.Ordinal);
        // A click far away is itself in doubt, and nothing else.
        RegionMask stray = Read(out _, Square(4.5, 9.5, 0), Square(4.5, 9.5, 3), Square(7.1, 7.3, 30));
        Same(stray, 2, None);
        Same(stray, 10, None, (row, column) => (row, column) == (7, 7));
    }

    [Fact]
    public void What_is_drawn_beyond_the_series_reaches_to_its_end()
    {
        RegionMask near = Read(out List<string> told, Square(4.5, 9.5, 27), Square(4.5, 9.5, 30), Square(4.5, 9.5, 36));
        Same(near, 11, None, Box(5, 9));
        Assert.Contains("1 contour lies on no slice", told[0], StringComparison.Ordinal);
        Assert.Contains("drawn on 2 of 3 slices", told[1], StringComparison.Ordinal);
        RegionMask far = Read(out _, Square(4.5, 9.5, -30), Square(4.5, 9.5, 6), Square(4.5, 9.5, 9));
        Same(far, 0, None, All);
        Same(far, 1, None, All);
        Same(far, 4, None);
    }

    [Fact]
    public void A_line_that_does_not_close_leaves_its_slices_in_doubt_and_a_point_its_pixel()
    {
        Contour[] open = [new("OPEN_PLANAR", [1, 1, 9, 5, 1, 9, 5, 5, 9]), new("OPEN_NONPLANAR", [1, 1, 12, 5, 1, 15]),
            new("POINT", [2, 3, 21])];
        RegionMask mask = Read(out List<string> told, [Square(4.5, 9.5, 0), Square(4.5, 9.5, 3), .. open]);
        foreach (int k in new[] { 3, 4, 5 })
            Same(mask, k, None, All);
        Same(mask, 6, None);
        Same(mask, 7, None, (row, column) => (row, column) == (3, 2));
        Assert.Collection(told,
            line => Assert.Contains("1 contour of type OPEN_PLANAR", line, StringComparison.Ordinal),
            line => Assert.Contains("1 contour of type OPEN_NONPLANAR", line, StringComparison.Ordinal),
            line => Assert.Contains("1 contour of type POINT", line, StringComparison.Ordinal));
        // The organ on every second slice, its outline not closed on those between.
        RegionMask filled = Read(out _, Square(4.5, 9.5, 0), new Contour("OPEN_PLANAR", [5, 5, 3, 9, 5, 3, 9, 9, 3]), Square(4.5, 9.5, 6));
        Same(filled, 1, Box(5, 9), All);
    }

    [Fact]
    public void Voxels_that_a_person_drew_are_as_they_are_and_between_them_is_doubt()
    {
        int[][] frames = [Frame(2), Frame(2), Frame(2)];
        DicomSegmentation Seg(string by, string series) => new(DicomFile.Open(Save("seg", SegmentationFile.Make(
            frames, [(1, 0), (1, 6), (1, 9)], bits: 1, "BINARY", corner: (10 / 0.75, 40), algorithm: by, series: series))));
        CtStack stack = Stack(new CtImage { Rows = SegmentationFile.Rows, Columns = SegmentationFile.Columns, Position = [0, 0, 0] });
        foreach ((string by, string series) in new[] { ("AUTOMATIC", "1.2.3"), ("AUTOMATIC", "1.2.9"), ("MANUAL", "1.2.3"),
            ("SEMIAUTOMATIC", "1.2.3") })
        {
            bool judged = (by, series) == ("AUTOMATIC", "1.2.3");
            DicomSegmentation file = Seg(by, series);
            var told = new List<string>();
            RegionMask mask = file.ReadMask(file.Regions[0], stack, told);
            Assert.Equal(3 * frames[0].Sum(), mask.Voxels.Count(v => v == RegionMask.Inside));
            Assert.Equal(judged ? 0 : frames[0].Sum(), mask.Voxels.Count(v => v == RegionMask.Doubt));
            if (judged)
                Assert.Empty(told);
            else
                Assert.Contains("segment 1 'Liver': drawn on 3 of 4 slices: 0 of the others interpolated, 1", told[0],
                    StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Random shapes on random slices: what was drawn stays; a voxel between is outside only where a filled slice shows it so.
    /// </summary>
    [Fact]
    public void Nothing_between_drawn_slices_is_certainly_outside_unless_it_lies_beyond_the_shapes_around_it()
    {
        var rng = new Rng(17);
        for (int n = 0; n < 60; n++)
        {
            int[] drawn = [.. Enumerable.Range(0, Slices).Where(_ => rng.Next(3) == 0)];
            if (drawn.Length < 2)
                continue;
            (double X, double Y)[] at = [.. drawn.Select(_ => ((double)rng.Next(10) + 0.5, (double)rng.Next(10) + 0.5))];
            RegionMask mask = Read(out _, [.. drawn.Select((k, i) => Rectangle(at[i].X, at[i].Y, at[i].X + 8, at[i].Y + 8, 3 * k))]);
            bool On(int i, int row, int column) => column > at[i].X && column < at[i].X + 8 && row > at[i].Y && row < at[i].Y + 8;
            for (int i = 0; i < drawn.Length; i++)
            {
                int own = i;
                Same(mask, drawn[i], (row, column) => On(own, row, column));
                for (int k = drawn[i] + 1; i + 1 < drawn.Length && k < drawn[i + 1]; k++)
                {
                    byte[] slice = Slice(mask, k);
                    for (int p = 0; p < slice.Length; p++)
                    {
                        int shapes = (On(i, p / Size, p % Size) ? 1 : 0) + (On(i + 1, p / Size, p % Size) ? 1 : 0);
                        bool filled = slice.Contains(RegionMask.Inside), outside = slice[p] == RegionMask.Outside;
                        Assert.False(outside && (shapes == 2 || (shapes == 1 && !filled)), $"{n}: slice {k}, pixel {p} is outside");
                        Assert.False(slice[p] == RegionMask.Inside && shapes == 0, $"{n}: slice {k}, pixel {p} is inside");
                    }
                }
            }
        }
    }

    private static CtImage Image => new() { Rows = Size, Columns = Size, Spacing = [1, 1], Position = [0, 0, 0] };

    private static Func<int, int, bool> None => (_, _) => false;

    private static Func<int, int, bool> All => (_, _) => true;

    private static Func<int, int, bool> Box(int low, int high) =>
        (row, column) => row >= low && row <= high && column >= low && column <= high;

    /// <summary>By all pairs of pixels: the signed distances to two shapes, a share of the way from one to the other.</summary>
    private static Func<int, int, bool> Between(byte[] from, byte[] to, double share, (double Row, double Column) spacing)
    {
        double Signed(byte[] shape, int row, int column)
        {
            bool inside = shape[row * Size + column] == RegionMask.Inside;
            double nearest = Enumerable.Range(0, shape.Length).Where(at => shape[at] == RegionMask.Inside != inside)
                .Min(at => Math.Sqrt(Math.Pow(spacing.Row * (row - at / Size), 2) + Math.Pow(spacing.Column * (column - at % Size), 2)));
            return inside ? -nearest : nearest;
        }

        return (row, column) => (1 - share) * Signed(from, row, column) + share * Signed(to, row, column) <= 1e-6;
    }

    private static int[] Frame(int side) =>
        [.. Enumerable.Range(0, SegmentationFile.Rows * SegmentationFile.Columns)
            .Select(at => Math.Max(at / SegmentationFile.Columns, at % SegmentationFile.Columns) < side ? 1 : 0)];

    private CtStack Stack(CtImage image)
    {
        IDicomFile[] files = [.. Enumerable.Range(0, Slices)
            .Select(n => DicomFile.Open(Save($"{n}.ct", (image with { Position = [0, 0, 3 * n] }).File())))];
        return new DicomSeries(image.Series, Folder, files).ReadStack();
    }

    private DicomStructureSet Open(Region region) => new(DicomFile.Open(Save("rt", Make(region))));

    private RegionMask Read(out List<string> told, params Contour[] contours)
    {
        DicomStructureSet file = Open(new Region("GTV", contours));
        told = [];
        return file.ReadMask(file.Regions[0], Stack(Image), told);
    }

    private byte[] Slice(RegionMask mask, int slice)
    {
        var pixels = new byte[Size * Size];
        Stack(Image).GatherSlice(slice, mask.Voxels, pixels);
        return pixels;
    }

    private void Same(RegionMask mask, int slice, Func<int, int, bool> inside, Func<int, int, bool>? doubt = null)
    {
        byte[] pixels = Slice(mask, slice);
        for (int at = 0; at < pixels.Length; at++)
        {
            (int row, int column) = Math.DivRem(at, Size);
            byte expected = inside(row, column) ? RegionMask.Inside
                : doubt is not null && doubt(row, column) ? RegionMask.Doubt : RegionMask.Outside;
            Assert.True(expected == pixels[at], $"slice {slice}, row {row}, column {column}: {expected} expected, {pixels[at]} found");
        }
    }
}
