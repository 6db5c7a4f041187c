using Smile.Net.Data;

namespace Smile.Net.Evaluation;

/// <summary>
/// Distances between the surfaces of two masks. A surface voxel is one of the mask with a neighbour, of six, outside it; what lies
/// beyond the volume's edge is outside.
/// </summary>
internal static class SurfaceDistance
{
    // The distances are float32: a surface exactly at the tolerance must not fall out by rounding.
    private const double Slack = 1 + 1e-6;

    /// <summary>
    /// Of all distances from a surface voxel of one mask to the nearest of the other, mm: the largest; the larger of the two directed 95th
    /// percentiles (linear interpolation between order statistics); the mean; and the share within the tolerance (Nikolov et al., 2018,
    /// with every surface voxel of equal weight).
    /// </summary>
    /// <param name="a">One label map, (z, y, x).</param>
    /// <param name="b">The other.</param>
    /// <param name="label">Which voxels make the masks; both maps must have some.</param>
    /// <param name="grid">Of both.</param>
    /// <param name="toleranceMm">Of surface Dice.</param>
    public static SurfaceScore Between(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, byte label, Geometry grid, double toleranceMm)
    {
        Box box = Box.Around(a, b, label, grid);
        byte[] surfaceA = Surface(a, label, grid, box), surfaceB = Surface(b, label, grid, box);
        float[] fromA = Distances(surfaceA, surfaceB, box, grid), fromB = Distances(surfaceB, surfaceA, box, grid);
        Array.Sort(fromA);
        Array.Sort(fromB);
        double limit = toleranceMm * toleranceMm * Slack, all = fromA.Length + fromB.Length;
        return new SurfaceScore(
            Hd: Math.Sqrt(Math.Max(fromA[^1], fromB[^1])),
            Hd95: Math.Max(Percentile95(fromA), Percentile95(fromB)),
            Assd: (fromA.Sum(d => Math.Sqrt(d)) + fromB.Sum(d => Math.Sqrt(d))) / all,
            SurfaceDice: (fromA.Count(d => d <= limit) + fromB.Count(d => d <= limit)) / all);
    }

    /// <summary>Squared distances from each surface voxel of <paramref name="from"/> to the nearest of <paramref name="to"/>.</summary>
    private static float[] Distances(byte[] from, byte[] to, Box box, Geometry grid)
    {
        float[] squared = DistanceTransform.Squared(to, box.Size, grid.Spacing);
        var distances = new float[from.AsSpan().Count((byte)1)];
        for (int i = 0, n = 0; i < from.Length; i++)
            if (from[i] != 0)
                distances[n++] = squared[i];
        return distances;
    }

    /// <summary>Of squared distances, ascending.</summary>
    private static double Percentile95(float[] squared)
    {
        double rank = 0.95 * (squared.Length - 1);
        int below = (int)rank;
        double low = Math.Sqrt(squared[below]), high = Math.Sqrt(squared[Math.Min(below + 1, squared.Length - 1)]);
        return low + (rank - below) * (high - low);
    }

    private static byte[] Surface(ReadOnlySpan<byte> map, byte label, Geometry grid, Box box)
    {
        (int depth, int height, int width) = box.Size;
        var surface = new byte[depth * height * width];
        int row = grid.Width, plane = grid.Height * grid.Width;
        for (int z = 0, i = 0; z < depth; z++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++, i++)
                {
                    int v = (box.Z + z) * plane + (box.Y + y) * row + box.X + x;
                    // Outside the box there is no voxel of the mask, so the box's edge is as good as the volume's.
                    bool inside = map[v] == label
                        && x > 0 && x < width - 1 && map[v - 1] == label && map[v + 1] == label
                        && y > 0 && y < height - 1 && map[v - row] == label && map[v + row] == label
                        && z > 0 && z < depth - 1 && map[v - plane] == label && map[v + plane] == label;
                    surface[i] = (byte)(map[v] == label && !inside ? 1 : 0);
                }

        return surface;
    }

    /// <summary>The smallest box that holds both masks: nearest surface voxels lie in it, so distances inside it are exact.</summary>
    private readonly record struct Box(int Z, int Y, int X, (int Z, int Y, int X) Size)
    {
        public static Box Around(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, byte label, Geometry grid)
        {
            int z0 = int.MaxValue, y0 = int.MaxValue, x0 = int.MaxValue, z1 = -1, y1 = -1, x1 = -1;
            for (int z = 0; z < grid.Depth; z++)
                for (int y = 0; y < grid.Height; y++)
                {
                    int start = (z * grid.Height + y) * grid.Width;
                    ReadOnlySpan<byte> rowA = a.Slice(start, grid.Width), rowB = b.Slice(start, grid.Width);
                    // "Not found" is -1, the largest uint.
                    uint first = Math.Min((uint)rowA.IndexOf(label), (uint)rowB.IndexOf(label));
                    if (first == uint.MaxValue)
                        continue;
                    (z0, y0, x0) = (Math.Min(z0, z), Math.Min(y0, y), Math.Min(x0, (int)first));
                    (z1, y1, x1) = (z, Math.Max(y1, y), Math.Max(x1, Math.Max(rowA.LastIndexOf(label), rowB.LastIndexOf(label))));
                }

            return new Box(z0, y0, x0, (z1 - z0 + 1, y1 - y0 + 1, x1 - x0 + 1));
        }
    }
}
