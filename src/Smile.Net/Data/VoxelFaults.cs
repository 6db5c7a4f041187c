using System.Globalization;
using System.Numerics.Tensors;

namespace Smile.Net.Data;

/// <summary>What can be wrong with images and label maps once they were read; every fault is one message that names the file.</summary>
internal static class VoxelFaults
{
    // A tenth of a voxel: far above what float32 headers and quaternions lose, far below a shift that would matter.
    private const double CornerTolerance = 0.1;

    /// <summary>An image's faults.</summary>
    public static IEnumerable<string> Of(string path, Volume volume)
    {
        if (TensorPrimitives.IsFiniteAll<float>(volume.Voxels))
            yield break;
        int bad = volume.Voxels.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        yield return $"{path}: voxel {At(volume.Geometry, bad)} is {Text(volume.Voxels[bad])}, not a number of Hounsfield units. "
            + "Repair or convert the image.";
    }

    /// <summary>A label map's integers that are not declared, each once.</summary>
    public static IEnumerable<string> Of(string path, LabelMap labels, LabelMapping mapping)
    {
        var counts = new long[256];
        foreach (byte value in labels.Voxels)
            counts[value]++;
        for (int value = 0; value < 256; value++)
            if (counts[value] > 0 && !mapping.Knows((byte)value))
            {
                int first = labels.Voxels.AsSpan().IndexOf((byte)value);
                yield return $"{path}: value {value} at voxel {At(labels.Geometry, first)} (and {counts[value] - 1} more) "
                    + "is not among the declared labels. Declare it in dataset.json or correct the label map.";
            }
    }

    /// <summary>How a label map's grid differs from that of its image, or of another label map; null where they are one.</summary>
    public static string? OfGrid(string path, Geometry grid, string otherPath, Geometry other)
    {
        if ((grid.Depth, grid.Height, grid.Width) != (other.Depth, other.Height, other.Width))
            return $"{path}: {grid.Depth} x {grid.Height} x {grid.Width} voxels (z, y, x), "
                + $"but {otherPath} has {other.Depth} x {other.Height} x {other.Width}. Resample the label map to that grid.";
        double apart = CornerDistance(grid, other);
        (double z, double y, double x) = other.Spacing;
        return apart <= CornerTolerance * Math.Min(z, Math.Min(y, x))
            ? null
            : $"{path}: its grid lies up to {Text(Math.Round(apart, 3))} mm from that of {otherPath} "
                + "(origin, spacing or direction differ). Resample the label map to that grid.";
    }

    /// <summary>How far apart the two grids place a corner of the volume, at most, in mm.</summary>
    private static double CornerDistance(Geometry a, Geometry b)
    {
        double most = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            double x = (corner & 1) * (a.Width - 1), y = (corner >> 1 & 1) * (a.Height - 1), z = (corner >> 2) * (a.Depth - 1), sum = 0;
            for (int row = 0; row < 12; row += 4)
            {
                double d = (a.Affine[row] - b.Affine[row]) * x + (a.Affine[row + 1] - b.Affine[row + 1]) * y
                    + (a.Affine[row + 2] - b.Affine[row + 2]) * z + a.Affine[row + 3] - b.Affine[row + 3];
                sum += d * d;
            }

            most = Math.Max(most, Math.Sqrt(sum));
        }

        return most;
    }

    /// <summary>A voxel's place, for people.</summary>
    public static string At(Geometry grid, int voxel) =>
        $"(z {voxel / (grid.Width * grid.Height)}, y {voxel / grid.Width % grid.Height}, x {voxel % grid.Width})";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
