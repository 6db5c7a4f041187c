using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

public sealed class PolygonFillTests
{
    private const int Size = 12;

    [Fact]
    public void A_pixel_is_inside_where_its_centre_is()
    {
        byte[] mask = Fill(([1.5, 4.5, 4.5, 1.5], [2.5, 2.5, 5.4, 5.4]));
        for (int at = 0; at < mask.Length; at++)
            Assert.Equal(at % Size is >= 2 and <= 4 && at / Size is >= 3 and <= 5 ? 1 : 0, mask[at]);
    }

    [Fact]
    public void A_contour_in_another_is_a_hole_as_is_a_keyhole()
    {
        (double[], double[]) outer = ([0.5, 9.5, 9.5, 0.5], [0.5, 0.5, 9.5, 9.5]), inner = ([3.5, 6.5, 6.5, 3.5], [3.5, 3.5, 6.5, 6.5]);
        byte[] hole = Fill(outer, inner);
        Assert.Equal(81 - 9, hole.Count(v => v == 1));
        Assert.Equal(0, hole[5 * Size + 5]);
        // The same as one contour: in along a channel of no width, round the hole, out again.
        byte[] keyhole =
            Fill(([0.5, 9.5, 9.5, 0.5, 0.5, 3.5, 3.5, 6.5, 6.5, 3.5, 0.5], [0.5, 0.5, 9.5, 9.5, 3.5, 3.5, 6.5, 6.5, 3.5, 3.5, 3.5]));
        Assert.Equal(hole, keyhole);
    }

    /// <summary>Whole-number corners put centres on edges: each belongs to one triangle and to one only.</summary>
    [Fact]
    public void Triangles_of_a_square_neither_overlap_nor_leave_a_gap()
    {
        var rng = new Rng(3);
        for (int n = 0; n < 200; n++)
        {
            (double x, double y) = (rng.Next(Size), rng.Next(Size));
            double[] xs = [0, Size, Size, 0], ys = [0, 0, Size, Size];
            var sum = new int[Size * Size];
            for (int side = 0; side < 4; side++)
            {
                byte[] triangle = Fill(([x, xs[side], xs[(side + 1) % 4]], [y, ys[side], ys[(side + 1) % 4]]));
                for (int at = 0; at < sum.Length; at++)
                    sum[at] += triangle[at];
            }

            Assert.All(sum, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void What_lies_outside_the_slice_is_cut_off()
    {
        Assert.All(Fill(([-1e300, 1e300, 1e300, -1e300], [-50, -50, 1e9, 1e9])), v => Assert.Equal(1, v));
        Assert.DoesNotContain((byte)1, Fill(([-9, -2, -2], [3, 3, 8])));
        Assert.DoesNotContain((byte)1, Fill(([3], [3]), ([4, 6], [4, 6])));
    }

    /// <summary>Random lines against points on them: a pixel is touched where one falls into its square.</summary>
    [Fact]
    public void A_line_touches_the_pixels_that_it_runs_through()
    {
        var rng = new Rng(6);
        for (int n = 0; n < 200; n++)
        {
            double[] columns = [rng.Uniform(-3, Size + 3), rng.Uniform(-3, Size + 3)];
            double[] rows = [rng.Uniform(-3, Size + 3), rng.Uniform(-3, Size + 3)];
            var expected = new HashSet<(int, int)>();
            for (double share = 0; share <= 1; share += 1e-4)
            {
                double row = Math.Round(rows[0] + share * (rows[1] - rows[0]));
                double column = Math.Round(columns[0] + share * (columns[1] - columns[0]));
                if (row >= 0 && row < Size && column >= 0 && column < Size)
                    expected.Add(((int)row, (int)column));
            }

            var found = new HashSet<(int, int)>();
            PolygonFill.Touched(new Polygon(columns, rows), (Size, Size)).ForEach((row, column) => found.Add((row, column)));
            Assert.True(expected.IsSubsetOf(found));
            // A corner may be cut between two of the points.
            Assert.True(found.Count <= expected.Count + 1, $"{found.Count} found, {expected.Count} stepped on");
        }
    }

    [Fact]
    public void Centres_on_the_outline_are_found_at_every_slope()
    {
        var found = new List<(int, int)>();
        PolygonFill.Outline(new Polygon([1, 7, 7, -3], [1, 4, 10, 5]), (Size, Size)).ForEach((row, column) => found.Add((row, column)));
        // (1, 1) to (7, 4) by (2, 1); down; (7, 10) to (-3, 5) by (2, 1); (-3, 5) to (1, 1) by (1, 1); beyond the slice nothing.
        (int, int)[] expected =
            [(1, 1), (2, 3), (3, 5), (4, 7), (5, 7), (6, 7), (7, 7), (8, 7), (9, 7), (10, 7), (9, 5), (8, 3), (7, 1), (2, 0)];
        Assert.Equal(expected.Order(), found);
    }

    /// <summary>By exclusive or.</summary>
    private static byte[] Fill(params (double[] Columns, double[] Rows)[] polygons)
    {
        var mask = new byte[Size * Size];
        foreach ((double[] columns, double[] rows) in polygons)
            PolygonFill.Inside(new Polygon(columns, rows), (Size, Size)).ForEach((row, column) => mask[row * Size + column] ^= 1);
        return mask;
    }
}
