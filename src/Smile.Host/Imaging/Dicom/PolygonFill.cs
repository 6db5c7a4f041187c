namespace Smile.Host.Imaging.Dicom;

/// <summary>The pixels of a polygon.</summary>
internal static class PolygonFill
{
    /// <summary>
    /// The pixels whose centre is inside, by the even-odd rule. A centre on an edge belongs to one side only, so polygons that share
    /// an edge neither overlap nor leave a gap.
    /// </summary>
    /// <param name="polygon">In pixels of the slice.</param>
    /// <param name="slice">Its size in pixels.</param>
    public static PixelSet Inside(Polygon polygon, (int Columns, int Rows) slice)
    {
        (double[] columns, double[] rows) = (polygon.Columns, polygon.Rows);
        int first = Whole(rows.Min(), slice.Rows), end = Whole(rows.Max(), slice.Rows);
        var pixels = new PixelSet(slice.Columns, first, end);
        var crossings = new List<double>();
        for (int j = first; j < end; j++)
        {
            crossings.Clear();
            for (int n = 0, before = rows.Length - 1; n < rows.Length; before = n++)
            {
                if (rows[n] <= j == rows[before] <= j)
                    continue;
                // From the upper end, whichever way the edge runs: two polygons that share it must find the same place.
                (int top, int bottom) = rows[n] < rows[before] ? (n, before) : (before, n);
                crossings.Add(columns[top] + (j - rows[top]) / (rows[bottom] - rows[top]) * (columns[bottom] - columns[top]));
            }

            crossings.Sort();
            for (int n = 0; n + 1 < crossings.Count; n += 2)
                pixels.Add(j, Whole(crossings[n], slice.Columns), Whole(crossings[n + 1], slice.Columns));
        }

        return pixels;
    }

    /// <summary>The pixels that the outline touches: those of whose square it meets a side or the inside.</summary>
    /// <param name="polygon">In pixels of the slice; a point touches too.</param>
    /// <param name="slice">Its size in pixels.</param>
    public static PixelSet Touched(Polygon polygon, (int Columns, int Rows) slice)
    {
        (double[] columns, double[] rows) = (polygon.Columns, polygon.Rows);
        (int first, int end) = Squares(rows.Min(), rows.Max(), slice.Rows);
        var pixels = new PixelSet(slice.Columns, first, end);
        for (int n = 0, before = rows.Length - 1; n < rows.Length; before = n++)
        {
            (int top, int bottom) = rows[n] < rows[before] ? (n, before) : (before, n);
            (double height, double width) = (rows[bottom] - rows[top], columns[bottom] - columns[top]);
            double At(double row) => columns[top] + Math.Clamp((row - rows[top]) / height, 0, 1) * width;
            (int from, int to) = Squares(rows[top], rows[bottom], slice.Rows);
            for (int j = from; j < to; j++)
            {
                (double one, double other) = height == 0 ? (columns[top], columns[bottom]) : (At(j - 0.5), At(j + 0.5));
                (int left, int right) = Squares(Math.Min(one, other), Math.Max(one, other), slice.Columns);
                pixels.Add(j, left, right);
            }
        }

        return pixels;
    }

    /// <summary>The pixels whose centres lie on the outline of a polygon with whole numbers for corners.</summary>
    /// <param name="polygon">In pixels of the slice.</param>
    /// <param name="slice">Its size in pixels.</param>
    public static PixelSet Outline(Polygon polygon, (int Columns, int Rows) slice)
    {
        (double[] columns, double[] rows) = (polygon.Columns, polygon.Rows);
        int first = (int)Math.Clamp(rows.Min(), 0, slice.Rows), end = (int)Math.Clamp(rows.Max() + 1, 0, slice.Rows);
        var pixels = new PixelSet(slice.Columns, first, end);
        for (int n = 0, before = rows.Length - 1; n < rows.Length; before = n++)
        {
            (double dx, double dy) = (columns[n] - columns[before], rows[n] - rows[before]);
            // Whole steps from centre to centre: as many as the greatest common divisor.
            (double steps, double rest) = (Math.Abs(dx), Math.Abs(dy));
            while (rest != 0)
                (steps, rest) = (rest, steps % rest);
            for (double step = 0; step <= steps; step++)
            {
                double along = steps == 0 ? 0 : step / steps;
                (double column, double row) = (Math.Round(columns[before] + along * dx), Math.Round(rows[before] + along * dy));
                if (column >= 0 && column < slice.Columns && row >= 0 && row < slice.Rows)
                    pixels.Add((int)row, (int)column);
            }
        }

        return pixels;
    }

    /// <summary>The first pixel along one axis whose centre is not before a place.</summary>
    private static int Whole(double place, int count) => (int)Math.Clamp(Math.Ceiling(place), 0, count);

    /// <summary>The pixels along one axis whose squares, sides included, meet a stretch of it; up to, not including, the second.</summary>
    private static (int From, int To) Squares(double low, double high, int count) =>
        ((int)Math.Clamp(Math.Ceiling(low - 0.5), 0, count), (int)Math.Clamp(Math.Floor(high + 0.5) + 1, 0, count));
}
