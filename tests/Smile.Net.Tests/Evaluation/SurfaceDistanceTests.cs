using Smile.Net.Data;
using Smile.Net.Evaluation;

namespace Smile.Net.Tests.Evaluation;

public sealed class SurfaceDistanceTests
{
    [Theory]
    [InlineData(0, 0, 3, 3)] // three voxels along x of 1 mm
    [InlineData(0, 2, 0, 4)] // two along y of 2 mm
    [InlineData(1, 0, 0, 5)] // one along z of 5 mm
    [InlineData(1, 6, 0, 13)] // 5 mm along z, 12 mm along y
    public void Single_voxels_are_as_far_apart_as_their_centres(int z, int y, int x, double expected)
    {
        Geometry grid = Geometry.Regular(3, 9, 9, 5, 2, 1);
        byte[] a = new byte[grid.Voxels], b = new byte[grid.Voxels];
        a[9 * 9 + 9 + 2] = 1;
        b[(1 + z) * 81 + (1 + y) * 9 + 2 + x] = 1;
        SurfaceScore score = SurfaceDistance.Between(a, b, 1, grid, expected);
        Assert.All([score.Hd, score.Hd95, score.Assd], distance => Assert.Equal(expected, distance, 1e-6));
        Assert.Equal(1, score.SurfaceDice);
        Assert.Equal(0, SurfaceDistance.Between(a, b, 1, grid, expected - 0.01).SurfaceDice);
    }

    [Theory]
    [InlineData(1, 72 / 112.0)]
    [InlineData(2, 1)]
    public void A_cube_of_four_voxels_shifted_by_one(double tolerance, double surfaceDice)
    {
        // 56 surface voxels each. Of the first cube, the 16 of the face left behind and the 4 inner ones of the face that the
        // other cube covers are one voxel, 2 mm, from the other's surface; 36 lie on it.
        Geometry grid = Geometry.Regular(6, 6, 7, 2, 2, 2);
        SurfaceScore score = SurfaceDistance.Between(Cube(grid, 1), Cube(grid, 2), 1, grid, tolerance);
        Assert.Equal(2, score.Hd95, 1e-6);
        Assert.Equal(2, score.Hd, 1e-6);
        Assert.Equal(2 * 20 / 56.0, score.Assd, 1e-6);
        Assert.Equal(surfaceDice, score.SurfaceDice, 1e-12);
    }

    [Fact]
    public void The_percentile_interpolates_and_the_larger_direction_counts()
    {
        // From b: ten distances 0 and one of 4 mm; rank 0.95 * 10 = 9.5 lies halfway between 0 and 4. From a: all 0.
        Geometry grid = Geometry.Regular(1, 1, 14, 1, 1, 1);
        byte[] a = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], b = [.. a];
        b[13] = 1;
        Assert.Equal(2, SurfaceDistance.Between(a, b, 1, grid, 1).Hd95, 1e-6);
        Assert.Equal(2, SurfaceDistance.Between(b, a, 1, grid, 1).Hd95, 1e-6);
        Assert.Equal(20 / 21.0, SurfaceDistance.Between(b, a, 1, grid, 1).SurfaceDice, 1e-12);
    }

    [Fact]
    public void A_hollow_is_a_surface_and_the_volumes_edge_too()
    {
        // a fills the volume; b lacks the centre. a's surface is the shell of 26, b's too; the centre touches none of b by faces
        // alone: its six face neighbours were shell voxels already.
        Geometry grid = Geometry.Regular(3, 3, 3, 1, 1, 1);
        byte[] a = [.. Enumerable.Repeat((byte)1, 27)], b = [.. a];
        b[13] = 0;
        Assert.Equal(new SurfaceScore(0, 0, 0, 1), SurfaceDistance.Between(a, b, 1, grid, 0));
    }

    [Fact]
    public void Random_masks_agree_with_every_pair_of_surface_voxels()
    {
        var rng = new Rng(21);
        for (int trial = 0; trial < 60; trial++)
        {
            Geometry grid = Geometry.Regular(1 + rng.Next(6), 1 + rng.Next(9), 1 + rng.Next(12), rng.Uniform(0.5, 6), rng.Uniform(0.4, 2),
                rng.Uniform(0.4, 2));
            byte[] a = Blob(grid, rng), b = Blob(grid, rng);
            double tolerance = rng.Uniform(0, 5);
            SurfaceScore score = SurfaceDistance.Between(a, b, 2, grid, tolerance), expected = BruteForce(a, b, 2, grid, tolerance);
            // Squared distances are float32.
            Assert.Equal(expected.Hd, score.Hd, 1e-6 * (1 + expected.Hd));
            Assert.Equal(expected.Hd95, score.Hd95, 1e-6 * (1 + expected.Hd95));
            Assert.Equal(expected.Assd, score.Assd, 1e-6 * (1 + expected.Assd));
            Assert.Equal(expected.SurfaceDice, score.SurfaceDice, 1e-12);
        }
    }

    [Fact]
    public void The_distance_transform_is_exact_and_infinite_where_nothing_is_set()
    {
        var rng = new Rng(5);
        (int z, int y, int x) = (5, 7, 11);
        byte[] set = new byte[z * y * x];
        Assert.All(DistanceTransform.Squared(set, (z, y, x), (1, 1, 1)), d => Assert.Equal(float.PositiveInfinity, d));
        for (int i = 0; i < 6; i++)
            set[rng.Next(set.Length)] = 1;
        (double dz, double dy, double dx) = (3.3, 0.7, 0.9);
        float[] squared = DistanceTransform.Squared(set, (z, y, x), (dz, dy, dx));
        for (int i = 0; i < set.Length; i++)
        {
            double expected = double.PositiveInfinity;
            for (int j = 0; j < set.Length; j++)
                if (set[j] != 0)
                    expected = Math.Min(expected,
                        Square(dz * (i / (y * x) - j / (y * x))) + Square(dy * (i / x % y - j / x % y)) + Square(dx * (i % x - j % x)));
            Assert.Equal(expected, squared[i], 1e-6 * (1 + expected));
        }
    }

    private static byte[] Cube(Geometry grid, int left)
    {
        byte[] map = new byte[grid.Voxels];
        for (int z = 1; z < 5; z++)
            for (int y = 1; y < 5; y++)
                map.AsSpan((z * grid.Height + y) * grid.Width + left, 4).Fill(1);
        return map;
    }

    /// <summary>A box of label 2 with holes and crumbs, label 1 around.</summary>
    private static byte[] Blob(Geometry grid, Rng rng)
    {
        byte[] map = new byte[grid.Voxels];
        int z0 = rng.Next(grid.Depth), y0 = rng.Next(grid.Height), x0 = rng.Next(grid.Width);
        for (int i = 0; i < map.Length; i++)
        {
            bool inBox = i / (grid.Height * grid.Width) >= z0 && i / grid.Width % grid.Height >= y0 && i % grid.Width >= x0;
            map[i] = (byte)(rng.NextDouble() < (inBox ? 0.9 : 0.03) ? 2 : rng.Next(2));
        }

        map[rng.Next(map.Length)] = 2;
        return map;
    }

    private static SurfaceScore BruteForce(byte[] a, byte[] b, byte label, Geometry grid, double tolerance)
    {
        List<(int Z, int Y, int X)> surfaceA = Surface(a, label, grid), surfaceB = Surface(b, label, grid);
        double[] fromA = Nearest(surfaceA, surfaceB, grid), fromB = Nearest(surfaceB, surfaceA, grid);
        double[] all = [.. fromA, .. fromB];
        return new SurfaceScore(
            all.Max(), Math.Max(Percentile(fromA), Percentile(fromB)), all.Average(), (double)all.Count(d => d <= tolerance) / all.Length);
    }

    private static List<(int Z, int Y, int X)> Surface(byte[] map, byte label, Geometry grid)
    {
        bool Has(int z, int y, int x) => z >= 0 && y >= 0 && x >= 0 && z < grid.Depth && y < grid.Height && x < grid.Width
            && map[(z * grid.Height + y) * grid.Width + x] == label;
        var surface = new List<(int, int, int)>();
        for (int z = 0; z < grid.Depth; z++)
            for (int y = 0; y < grid.Height; y++)
                for (int x = 0; x < grid.Width; x++)
                    if (Has(z, y, x)
                        && !(Has(z - 1, y, x) && Has(z + 1, y, x) && Has(z, y - 1, x) && Has(z, y + 1, x)
                            && Has(z, y, x - 1) && Has(z, y, x + 1)))
                        surface.Add((z, y, x));
        return surface;
    }

    private static double[] Nearest(List<(int Z, int Y, int X)> from, List<(int Z, int Y, int X)> to, Geometry grid) =>
        [.. from.Select(p => to.Min(q => Math.Sqrt(
            Square((p.Z - q.Z) * grid.Spacing.Z) + Square((p.Y - q.Y) * grid.Spacing.Y) + Square((p.X - q.X) * grid.Spacing.X))))];

    /// <summary>numpy.percentile(values, 95).</summary>
    private static double Percentile(double[] values)
    {
        double[] sorted = [.. values.Order()];
        double rank = 0.95 * (sorted.Length - 1);
        int below = (int)Math.Floor(rank), above = (int)Math.Ceiling(rank);
        return sorted[below] * (1 - (rank - below)) + sorted[above] * (rank - below);
    }

    private static double Square(double value) => value * value;
}
