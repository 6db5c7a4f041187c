using System.Globalization;

namespace Smile.Net.Data;

/// <summary>Millimetres between the rows (y) and between the columns (x) of an axial slice.</summary>
public readonly record struct PlaneSpacing(double Y, double X)
{
    /// <summary>
    /// Spacings that differ by less than this share are the same: headers round them, and over 512 pixels it moves the outermost by a
    /// quarter of a pixel.
    /// </summary>
    private const double Rounding = 1e-3;

    /// <summary>That of a volume.</summary>
    public static PlaneSpacing Of(Geometry geometry) => new(geometry.Spacing.Y, geometry.Spacing.X);

    /// <summary>The median of each axis; of an even number the mean of the two in the middle.</summary>
    /// <param name="grids">At least one.</param>
    public static PlaneSpacing Median(IEnumerable<Geometry> grids)
    {
        PlaneSpacing[] all = [.. grids.Select(Of)];
        return new PlaneSpacing(Median([.. all.Select(each => each.Y)]), Median([.. all.Select(each => each.X)]));
    }

    /// <summary>The median of the distances of slices, mm, likewise.</summary>
    /// <param name="grids">At least one.</param>
    public static double MedianOfSlices(IEnumerable<Geometry> grids) => Median([.. grids.Select(grid => grid.Spacing.Z)]);

    /// <summary>Reads "y,x".</summary>
    public static bool TryParse(string text, out PlaneSpacing spacing)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        double y = 0, x = 0;
        bool read = parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out y)
            && double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out x);
        spacing = new PlaneSpacing(y, x);
        return read;
    }

    /// <summary>Whether two lengths, mm, are one but for rounding.</summary>
    public static bool Same(double one, double other) => Math.Abs(one - other) <= Rounding * other;

    /// <summary>Whether the slices of a volume have this spacing, but for rounding.</summary>
    public bool IsOf(Geometry geometry) => Same(geometry.Spacing.Y, Y) && Same(geometry.Spacing.X, X);

    /// <summary>"y,x", as <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Y},{X}");

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
