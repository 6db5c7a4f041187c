using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class PolygonTests
{
    private static readonly (int Columns, int Rows) Slice = (12, 8);

    [Theory]
    [InlineData(1.5, 2.5, 4.5, 6.5, 12, 14)]
    [InlineData(-100, 2.5, 4.5, 6.5, 20, 18)] // cut off at -0.5
    [InlineData(8.5, -4, 400, 1e9, 3 * 8, 22)] // at three sides
    [InlineData(-9, -9, 99, 99, 12 * 8, 40)] // all around
    [InlineData(20, 1, 30, 5, 0, 0)] // beside
    [InlineData(3, 2, 3, 6, 0, 8)] // a line, there and back
    public void Area_and_outline_are_of_the_part_in_the_slice(double x0, double y0, double x1, double y1, double area, double outline)
    {
        (double Area, double Outline) found = new Polygon([x0, x1, x1, x0], [y0, y0, y1, y1]).Within(Slice);
        Assert.Equal(area, found.Area, 1e-9);
        Assert.Equal(outline, found.Outline, 1e-9);
    }

    /// <summary>Of random triangles, by counting points of a fine grid.</summary>
    [Fact]
    public void Area_is_what_points_count()
    {
        var rng = new Rng(4);
        for (int n = 0; n < 40; n++)
        {
            double[] columns = [.. Enumerable.Range(0, 3).Select(_ => rng.Uniform(-8, 20))];
            double[] rows = [.. Enumerable.Range(0, 3).Select(_ => rng.Uniform(-8, 16))];
            // The same, forty times as large; the slice from -0.5 on becomes pixels from 0 on.
            var fine = new Polygon([.. columns.Select(x => (x + 0.5) * 40 - 0.5)], [.. rows.Select(y => (y + 0.5) * 40 - 0.5)]);
            int points = PolygonFill.Inside(fine, (Slice.Columns * 40, Slice.Rows * 40)).Count;
            Assert.Equal(points / 1600.0, new Polygon(columns, rows).Within(Slice).Area, 0.15);
        }
    }

    [Fact]
    public void Corners_may_lie_a_little_outside_of_what_holds_them()
    {
        // An L: its notch is beyond (5, 4).
        var shape = new Polygon([0, 10, 10, 5, 5, 0], [0, 0, 4, 4, 8, 8]);
        Assert.True(shape.HoldsCornersOf(new Polygon([1, 9, 4], [1, 3, 7]), 0.25));
        Assert.True(shape.HoldsCornersOf(new Polygon([1, 9, 5.2], [1, 4.2, 7]), 0.25));
        Assert.False(shape.HoldsCornersOf(new Polygon([1, 9, 5.3], [1, 4.2, 7]), 0.25));
        Assert.False(shape.HoldsCornersOf(new Polygon([1, 9, 7], [1, 3, 6]), 0.25));
        Assert.False(shape.HoldsCornersOf(new Polygon([double.NaN], [1]), 0.25));
        Assert.True(shape.HoldsCornersOf(shape, 0));
    }

    [Fact]
    public void A_line_may_be_written_with_three_corners_and_a_point_with_any_number()
    {
        Assert.False(new Polygon([3], [4]).IsMoreThanTwoPoints);
        Assert.False(new Polygon([3, 5], [4, 4]).IsMoreThanTwoPoints);
        Assert.False(new Polygon([3, 3, 3, 3], [4, 4, 4, 4]).IsMoreThanTwoPoints);
        Assert.True(new Polygon([3, 5, 3], [4, 4, 4]).IsMoreThanTwoPoints);
    }
}
