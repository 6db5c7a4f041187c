using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>How the contours of one region on one slice combine.</summary>
public sealed class SliceContoursTests
{
    private const int Size = 24;

    [Fact]
    public void A_contour_in_another_is_a_hole_and_one_in_that_an_island_and_so_on()
    {
        Polygon[] nested = [.. Enumerable.Range(0, 5).Select(n => Square(0.5 + 2 * n, 20.5 - 2 * n))];
        SliceContours drawn = Draw(nested.Reverse().ToArray());
        // 20 x 20 less 16 x 16, 12 x 12 less 8 x 8, 4 x 4.
        Same(drawn.Inside, (row, column) => nested.Count(box => In(box, row, column)) % 2 == 1);
        Assert.Equal((400 - 256 + 144 - 64 + 16, 0), (drawn.Inside.Count, drawn.Doubt.Count));
        Assert.Equal((0, 0, 0), (drawn.United, drawn.Lost, drawn.Cancelled));
    }

    [Fact]
    public void The_same_contour_twice_is_itself_however_it_is_written()
    {
        Polygon square = Square(1.5, 6.5), turned = Turn(square, 2), back = new([.. square.Columns.Reverse()], [.. square.Rows.Reverse()]);
        Polygon rounded = new([.. square.Columns.Select(v => v + 0.004)], [.. square.Rows.Select(v => v - 0.004)]);
        Polygon smaller = Square(1.6, 6.4), finer = new([1.5, 4, 6.5, 6.5, 1.5], [1.5, 1.5, 1.5, 6.5, 6.5]);
        foreach (Polygon again in new[] { square, turned, back, rounded, smaller, finer })
        {
            SliceContours drawn = Draw(square, again);
            Same(drawn.Inside, (row, column) => In(square, row, column));
            Assert.Equal((0, 1), (drawn.Doubt.Count, drawn.United));
        }

        SliceContours four = Draw(square, square, square, square);
        Assert.Equal((25, 3), (four.Inside.Count, four.United));
        // A hole that is drawn twice is a hole.
        Assert.Equal(25 - 9, Draw(square, Square(2.5, 5.5), Turn(Square(2.5, 5.5), 1)).Inside.Count);
    }

    [Theory]
    [InlineData(3.5, 3.5, 8.5, 8.5, 25 + 16)] // half over the corner
    [InlineData(4.5, 1.5, 9.5, 6.5, 40)] // half over a side
    [InlineData(6.5, 1.5, 9.5, 6.5, 40)] // beside one another
    [InlineData(8.5, 1.5, 9.5, 6.5, 30)] // apart
    [InlineData(2.5, -3, 4.5, 12.5, 25 + 2 * 8)] // across
    [InlineData(3.5, 3.5, 6.9, 5.5, 25)] // out of it by less than a pixel, and by more than a quarter: no hole
    [InlineData(3.5, 3.5, 6.6, 5.5, 25 - 6)] // out of it by less than a quarter: a hole at the border
    public void What_overlaps_in_part_is_united(double x0, double y0, double x1, double y1, int pixels) =>
        Assert.Equal(pixels, Draw(Square(1.5, 6.5), Rectangle(x0, y0, x1, y1)).Inside.Count);

    [Fact]
    public void A_hole_in_two_contours_that_overlap_is_a_hole_of_both()
    {
        Polygon left = Rectangle(1.5, 1.5, 11.5, 9.5), right = Rectangle(5.5, 1.5, 15.5, 9.5), hole = Rectangle(7.5, 3.5, 9.5, 7.5);
        foreach (Polygon[] order in new[] { new[] { left, right, hole }, [hole, right, left], [right, hole, left] })
            Assert.Equal(14 * 8 - 2 * 4, Draw(order).Inside.Count);
        // What reaches out of both across the hole belongs to neither, and fills what it covers.
        Assert.Equal(14 * 8 - 2 * 4 + 3 + 3, Draw(left, right, hole, Rectangle(8.5, 4.5, 9.5, 12.5)).Inside.Count);
    }

    [Fact]
    public void A_keyhole_is_a_hole_and_an_island_in_it_an_island()
    {
        double[] columns = [0.5, 9.5, 9.5, 0.5, 0.5, 2.5, 2.5, 7.5, 7.5, 2.5, 0.5];
        var keyhole = new Polygon(columns, [0.5, 0.5, 9.5, 9.5, 2.5, 2.5, 7.5, 7.5, 2.5, 2.5, 2.5]);
        Assert.Equal(81 - 25, Draw(keyhole).Inside.Count);
        Assert.Equal(81 - 25 + 9, Draw(keyhole, Square(3.5, 6.5)).Inside.Count);
    }

    [Fact]
    public void Contours_that_toggle_cancel_where_they_overlap_and_what_is_cancelled_is_in_doubt()
    {
        Polygon square = Square(1.5, 6.5);
        Assert.Equal(25 + 25 - 2 * 10, Draw(toggles: true, square, Rectangle(4.5, 1.5, 9.5, 6.5)).Inside.Count);
        Assert.Equal(25 - 9, Draw(toggles: true, square, Square(2.5, 5.5)).Inside.Count);
        SliceContours twice = Draw(toggles: true, square, square);
        Assert.Equal((0, 25, 25), (twice.Inside.Count, twice.Doubt.Count, twice.Cancelled));
        // Two holes that cover all of it, each of them less than it.
        SliceContours halves = Draw(square, Rectangle(1.5, 1.5, 4.5, 6.5), Rectangle(4.5, 1.5, 6.5, 6.5));
        Assert.Equal((0, 25, 25), (halves.Inside.Count, halves.Doubt.Count, halves.Cancelled));
    }

    [Fact]
    public void What_holds_no_pixel_leaves_those_in_doubt_that_it_touches()
    {
        // A point in a pixel, on the corner of four, beside the slice; a line along a row and one aslant.
        Lost(new Polygon([3.2], [4.1]), (4, 3));
        Lost(new Polygon([3.5], [4.5]), (4, 3), (4, 4), (5, 3), (5, 4));
        Lost(new Polygon([3.2, 6.3], [4.1, 4.1]), (4, 3), (4, 4), (4, 5), (4, 6));
        Lost(new Polygon([1.8, 3.2], [2.1, 3.6]), (2, 2), (3, 2), (3, 3), (4, 3));
        // Half a pixel; a sliver between two rows of centres.
        Lost(Square(3.2, 3.7), (3, 3), (3, 4), (4, 3), (4, 4));
        Lost(Rectangle(3.1, 4.1, 5.1, 4.3), (4, 3), (4, 4), (4, 5));
        SliceContours beside = Draw(Square(60, 70));
        Assert.Equal((0, 0, 0, 1), (beside.Inside.Count, beside.Doubt.Count, beside.Lost, beside.Beside));
        // One centre, where the area is that of four pixels: it is inside, the others that are touched are in doubt.
        var bump = new Polygon([0.6, 1.8, 1.8, 2.2, 2.2, 5.4, 5.4, 0.6], [3.1, 3.1, 2.8, 2.8, 3.1, 3.1, 3.9, 3.9]);
        Assert.Equal((1, 2 * 5 - 1, 1), (Draw(bump).Inside.Count, Draw(bump).Doubt.Count, Draw(bump).Lost));
        // Beside what is whole, nothing changes for that.
        SliceContours both = Draw(Square(9.5, 12.5), new Polygon([3.2], [4.1]));
        Assert.Equal((9, 1, 1), (both.Inside.Count, both.Doubt.Count, both.Lost));
        // In it, too: nothing inside is in doubt.
        SliceContours within = Draw(Square(9.5, 12.5), Square(10.6, 10.9));
        Assert.Equal((9, 0, 1), (within.Inside.Count, within.Doubt.Count, within.Lost));
    }

    /// <summary>What lies beside the slice is not lost.</summary>
    [Fact]
    public void A_contour_that_reaches_beyond_the_slice_keeps_what_is_in_it()
    {
        SliceContours drawn = Draw(Rectangle(-500, 2.5, 3.5, 5.5));
        Assert.Equal((12, 0, 0, 0), (drawn.Inside.Count, drawn.Doubt.Count, drawn.Lost, drawn.Beside));
    }

    [Fact]
    public void Masks_traced_along_the_centres_of_their_border_come_back()
    {
        // 5 x 5, a line of 5 in a row and one aslant, two pixels, one, as cv2.findContours writes them.
        Polygon all = Square(1.5, 6.5);
        Same(Traced(Square(2, 6)).Inside, (row, column) => In(all, row, column));
        Same(Traced(Rectangle(2, 9, 6, 9)).Inside, (row, column) => row == 9 && column is >= 2 and <= 6);
        Same(Traced(new Polygon([2, 6, 2], [2, 6, 2])).Inside, (row, column) => row == column && row is >= 2 and <= 6);
        Same(Traced(new Polygon([2, 3], [8, 8])).Inside, (row, column) => row == 8 && (column is 2 or 3));
        Same(Traced(new Polygon([7], [8])).Inside, (row, column) => (row, column) == (8, 7));
        // A ring one pixel wide: the hole's contour runs along the ring's own pixels, its corners cut.
        var hole = new Polygon([3, 5, 6, 6, 5, 3, 2, 2], [2, 2, 3, 5, 6, 6, 5, 3]);
        Same(Traced(Square(2, 6), hole).Inside, (row, column) => In(all, row, column) && !In(Square(2.5, 5.5), row, column));
        // A hole of one pixel, and half a pixel's rounding of a hundredth of a mm.
        var one = new Polygon([3, 4.01, 5, 4], [4, 2.99, 4, 5]);
        Assert.True(one.HasCornersOnCentres);
        Same(Traced(Square(2, 6), one).Inside, (row, column) => In(all, row, column) && (row, column) != (4, 4));
        Assert.False(Square(2, 6.1).HasCornersOnCentres);
    }

    /// <summary>Random boxes of whole pixels that lie apart or in one another: what each pixel is follows from how many hold it.</summary>
    [Fact]
    public void Boxes_that_nest_are_counted()
    {
        var rng = new Rng(11);
        for (int n = 0; n < 300; n++)
        {
            var boxes = new List<(int Low, int High)[]>();
            for (int tries = 0; tries < 40; tries++)
            {
                (int, int)[] box = [Range(rng), Range(rng)];
                if (boxes.All(other => Apart(box, other) || Holds(box, other) || Holds(other, box)))
                    boxes.Add(box);
            }

            Polygon[] contours =
                [.. boxes.Select(box => Rectangle(box[0].Low - 0.5, box[1].Low - 0.5, box[0].High + 0.5, box[1].High + 0.5))];
            SliceContours drawn = Draw(contours);
            Same(drawn.Inside, (row, column) => contours.Count(box => In(box, row, column)) % 2 == 1);
            Assert.Equal(0, drawn.United);
        }
    }

    private static (int, int) Range(Rng rng)
    {
        int low = rng.Next(Size - 1);
        return (low, low + rng.Next(Size - low));
    }

    private static bool Apart((int Low, int High)[] one, (int Low, int High)[] other) =>
        one.Zip(other).Any(axis => axis.First.High + 1 < axis.Second.Low || axis.Second.High + 1 < axis.First.Low);

    /// <summary>With two pixels around it, so that a hole takes no wall away.</summary>
    private static bool Holds((int Low, int High)[] outer, (int Low, int High)[] inner) =>
        outer.Zip(inner).All(axis => axis.First.Low + 2 <= axis.Second.Low && axis.Second.High + 2 <= axis.First.High);

    private static void Lost(Polygon contour, params (int Row, int Column)[] touched)
    {
        SliceContours drawn = Draw(contour);
        Assert.Equal((0, 1), (drawn.Inside.Count, drawn.Lost));
        Same(drawn.Doubt, (row, column) => touched.Contains((row, column)));
    }

    private static SliceContours Draw(params Polygon[] contours) => Draw(false, contours);

    private static SliceContours Draw(bool toggles, params Polygon[] contours) => new(contours, toggles, onCentres: false, (Size, Size));

    private static SliceContours Traced(params Polygon[] contours) => new(contours, toggles: false, onCentres: true, (Size, Size));

    private static Polygon Square(double low, double high) => Rectangle(low, low, high, high);

    private static Polygon Rectangle(double x0, double y0, double x1, double y1) => new([x0, x1, x1, x0], [y0, y0, y1, y1]);

    /// <summary>Of a rectangle between centres.</summary>
    private static bool In(Polygon box, int row, int column) =>
        column > box.Columns.Min() && column < box.Columns.Max() && row > box.Rows.Min() && row < box.Rows.Max();

    private static Polygon Turn(Polygon polygon, int by) =>
        new([.. polygon.Columns[by..], .. polygon.Columns[..by]], [.. polygon.Rows[by..], .. polygon.Rows[..by]]);

    private static void Same(PixelSet found, Func<int, int, bool> expected)
    {
        var set = new HashSet<(int, int)>();
        found.ForEach((row, column) => set.Add((row, column)));
        for (int row = 0; row < Size; row++)
        {
            for (int column = 0; column < Size; column++)
                Assert.True(expected(row, column) == set.Contains((row, column)), $"row {row}, column {column}");
        }
    }
}
