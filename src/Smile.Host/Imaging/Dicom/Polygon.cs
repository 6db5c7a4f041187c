namespace Smile.Host.Imaging.Dicom;

/// <summary>The corners of a contour in pixels of its slice: whole numbers are pixel centres. It closes by itself.</summary>
/// <param name="Columns">Of the corners; at least one.</param>
/// <param name="Rows">As <paramref name="Columns"/>.</param>
internal sealed record Polygon(double[] Columns, double[] Rows)
{
    /// <summary>Corners this near to a pixel's centre lie on it, in pixels: coordinates are written to a hundredth of a mm.</summary>
    private const double OnCentre = 0.02;

    /// <summary>No slice has so many pixels along a side: farther away nothing is worth following from pixel to pixel.</summary>
    private const double Farthest = ushort.MaxValue;

    /// <summary>True where every corner lies on a pixel's centre.</summary>
    public bool HasCornersOnCentres =>
        Columns.Concat(Rows).All(place => Math.Abs(place - Math.Round(place)) <= OnCentre && Math.Abs(place) <= Farthest);

    /// <summary>True where three corners or more are written, not all of them in one place: a line may be written so.</summary>
    public bool IsMoreThanTwoPoints => Columns.Length > 2 && Columns.Zip(Rows).Distinct().Skip(1).Any();

    /// <summary>With the corners on whole numbers.</summary>
    public Polygon OnWholeNumbers() => new([.. Columns.Select(place => Math.Round(place))], [.. Rows.Select(place => Math.Round(place))]);

    /// <summary>The part inside a slice.</summary>
    /// <param name="slice">Its size in pixels.</param>
    /// <returns>Area in pixels, 0 of a line, and the length of the outline.</returns>
    public (double Area, double Outline) Within((int Columns, int Rows) slice)
    {
        List<(double X, double Y)> corners = [.. Columns.Zip(Rows)];
        // Sutherland and Hodgman: cut off what lies beyond each side in turn; turned by a right angle after each, one cut serves for all.
        foreach (double side in new[] { slice.Columns - 0.5, slice.Rows - 0.5, 0.5, 0.5 })
            corners = [.. BelowX(corners, side).Select(corner => (corner.Y, -corner.X))];
        (double area, double outline) = (0, 0);
        for (int n = 0, before = corners.Count - 1; n < corners.Count; before = n++)
        {
            ((double x, double y), (double fromX, double fromY)) = (corners[n], corners[before]);
            area += (fromX * y - x * fromY) / 2;
            outline += Math.Sqrt((x - fromX) * (x - fromX) + (y - fromY) * (y - fromY));
        }

        return (Math.Abs(area), outline);
    }

    /// <summary>True where every corner of the other one is inside, or no more than <paramref name="tolerance"/> pixels outside.</summary>
    public bool HoldsCornersOf(Polygon other, double tolerance)
    {
        for (int n = 0; n < other.Columns.Length; n++)
        {
            if (!Holds(other.Columns[n], other.Rows[n]) && !(Distance(other.Columns[n], other.Rows[n]) <= tolerance))
                return false;
        }

        return true;
    }

    private static IEnumerable<(double X, double Y)> BelowX(List<(double X, double Y)> corners, double side)
    {
        for (int n = 0, before = corners.Count - 1; n < corners.Count; before = n++)
        {
            ((double x, double y), (double fromX, double fromY)) = (corners[n], corners[before]);
            if (x <= side != fromX <= side)
                yield return (side, fromY + (side - fromX) / (x - fromX) * (y - fromY));
            if (x <= side)
                yield return (x, y);
        }
    }

    private bool Holds(double column, double row)
    {
        bool inside = false;
        for (int n = 0, before = Rows.Length - 1; n < Rows.Length; before = n++)
        {
            if (Rows[n] <= row != Rows[before] <= row
                && column < Columns[n] + (row - Rows[n]) / (Rows[before] - Rows[n]) * (Columns[before] - Columns[n]))
                inside = !inside;
        }

        return inside;
    }

    /// <summary>From a point to the outline.</summary>
    private double Distance(double column, double row)
    {
        double nearest = double.PositiveInfinity;
        for (int n = 0, before = Rows.Length - 1; n < Rows.Length; before = n++)
        {
            (double dx, double dy) = (Columns[n] - Columns[before], Rows[n] - Rows[before]);
            double square = dx * dx + dy * dy;
            double along = square == 0 ? 0 : Math.Clamp(((column - Columns[before]) * dx + (row - Rows[before]) * dy) / square, 0, 1);
            (double x, double y) = (column - Columns[before] - along * dx, row - Rows[before] - along * dy);
            nearest = Math.Min(nearest, x * x + y * y);
        }

        return Math.Sqrt(nearest);
    }
}
