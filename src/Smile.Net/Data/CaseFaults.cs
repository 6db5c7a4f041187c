using System.Globalization;

namespace Smile.Net.Data;

/// <summary>What can be wrong between an image and its label map once both were read.</summary>
internal static class CaseFaults
{
    // A tenth of a voxel: far above what float32 headers and quaternions lose, far below a shift that would matter.
    private const double CornerTolerance = 0.1;

    /// <summary>Every fault of a case, one message each; lazily, so that the first can be had without the rest.</summary>
    public static IEnumerable<string> Of(Case source, Volume volume, LabelMap labels) =>
        Of(source, volume).Concat(Of(source, labels, volume.Geometry));

    /// <summary>Every fault of the image.</summary>
    public static IEnumerable<string> Of(Case source, Volume volume)
    {
        int bad = volume.Voxels.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad >= 0)
            yield return $"{source.ImagePath}: voxel {At(volume.Geometry, bad)} is {Text(volume.Voxels[bad])}, not a number of Hounsfield units. Repair or convert the image.";
    }

    /// <summary>Every fault of the label map; the image's grid may be unknown, because it could not be read.</summary>
    public static IEnumerable<string> Of(Case source, LabelMap labels, Geometry? image)
    {
        if (image is not null && GridFault(source, image, labels.Geometry) is { } grid)
            yield return grid;

        var counts = new long[256];
        foreach (byte value in labels.Voxels)
            counts[value]++;
        for (int value = 0; value < 256; value++)
            if (counts[value] > 0 && !source.Mapping.Knows((byte)value))
            {
                int first = labels.Voxels.AsSpan().IndexOf((byte)value);
                yield return $"{source.LabelPath}: value {value} at voxel {At(labels.Geometry, first)} (and {counts[value] - 1} more) is not among the labels of dataset.json. Declare it there or correct the label map.";
            }
    }

    private static string? GridFault(Case source, Geometry image, Geometry label)
    {
        if ((image.Depth, image.Height, image.Width) != (label.Depth, label.Height, label.Width))
            return $"{source.LabelPath}: {label.Depth} x {label.Height} x {label.Width} voxels (z, y, x), but its image {source.ImagePath} has {image.Depth} x {image.Height} x {image.Width}. Resample the label map to the image's grid.";
        double apart = CornerDistance(image, label);
        (double z, double y, double x) = image.Spacing;
        return apart <= CornerTolerance * Math.Min(z, Math.Min(y, x))
            ? null
            : $"{source.LabelPath}: its grid lies up to {apart.ToString("0.###", CultureInfo.InvariantCulture)} mm from that of its image {source.ImagePath} (origin, spacing or direction differ). Resample the label map to the image's grid.";
    }

    /// <summary>How far apart the two grids place a corner of the volume, at most, in mm.</summary>
    private static double CornerDistance(Geometry a, Geometry b)
    {
        double most = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            double x = (corner & 1) * (a.Width - 1), y = (corner >> 1 & 1) * (a.Height - 1), z = (corner >> 2) * (a.Depth - 1), sum = 0;
            for (int row = 0; row < 3; row++)
            {
                double d = (a.Affine[4 * row] - b.Affine[4 * row]) * x + (a.Affine[4 * row + 1] - b.Affine[4 * row + 1]) * y
                    + (a.Affine[4 * row + 2] - b.Affine[4 * row + 2]) * z + a.Affine[4 * row + 3] - b.Affine[4 * row + 3];
                sum += d * d;
            }

            most = Math.Max(most, Math.Sqrt(sum));
        }

        return most;
    }

    private static string At(Geometry grid, int voxel) =>
        $"(z {voxel / (grid.Width * grid.Height)}, y {voxel / grid.Width % grid.Height}, x {voxel % grid.Width})";

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);
}
