namespace Smile.Host.Imaging.Dicom;

/// <summary>Fills polygons by the even-odd rule.</summary>
internal static class PolygonFill
{
    /// <summary>
    /// Turns round every pixel of a slice whose centre is inside the polygon. A centre on an edge belongs to one side only, so
    /// polygons that share an edge neither overlap nor leave a gap.
    /// </summary>
    /// <param name="columns">Of the corners, in pixels; whole numbers are pixel centres.</param>
    /// <param name="rows">As <paramref name="columns"/>.</param>
    /// <param name="mask">The volume, 0 or 1 a voxel.</param>
    /// <param name="walk">How slices lie in the volume.</param>
    /// <param name="slice">The slice to fill.</param>
    public static void Toggle(double[] columns, double[] rows, byte[] mask, AxisWalk walk, int slice)
    {
        int first = (int)Math.Clamp(Math.Ceiling(rows.Min()), 0, walk.Size.J), end = (int)Math.Clamp(Math.Floor(rows.Max()) + 1, 0, walk.Size.J);
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
            {
                int from = (int)Math.Clamp(Math.Ceiling(crossings[n]), 0, walk.Size.I), to = (int)Math.Clamp(Math.Ceiling(crossings[n + 1]), 0, walk.Size.I);
                for (int i = from; i < to; i++)
                    mask[walk.Start + i * walk.Step.I + j * walk.Step.J + slice * walk.Step.K] ^= 1;
            }
        }
    }
}
