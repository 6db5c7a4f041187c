namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// What the contours of one region enclose on one slice. One inside another is a hole in it, one inside that is an island, and so
/// on; all others are united, also one that is drawn twice. CLOSEDPLANAR_XOR toggles. What is lost between the pixels, or cancels
/// itself out, is in doubt.
/// </summary>
internal sealed class SliceContours
{
    /// <summary>What differs by less than this on the average, in pixels, is the same: a wall that thin has no pixels of its own.</summary>
    private const double Unresolved = 0.25;

    private readonly (int Columns, int Rows) _slice;
    private readonly double _outline;

    /// <param name="contours">Their corners; at least one.</param>
    /// <param name="toggles">True where they are CLOSEDPLANAR_XOR.</param>
    /// <param name="onCentres">
    /// True where they were traced along the centres of border pixels, which then are the region's; not with <paramref name="toggles"/>.
    /// </param>
    /// <param name="slice">Its size in pixels.</param>
    public SliceContours(IReadOnlyList<Polygon> contours, bool toggles, bool onCentres, (int Columns, int Rows) slice)
    {
        _slice = slice;
        (Inside, Doubt) = (new PixelSet(slice.Columns, 0, slice.Rows), new PixelSet(slice.Columns, 0, slice.Rows));
        var drawn = new PixelSet(Inside);
        var shapes = new List<Shape>();
        foreach (Polygon contour in contours)
        {
            Shape shape = Draw(contour, onCentres);
            (double area, double outline) = shape.Contour.Within(slice);
            int pixels = shape.Pixels.Count;
            if (pixels == 0 || pixels < area / 2)
                Lose(shape.Contour);
            if (pixels == 0)
                continue;
            drawn.UnionWith(shape.Pixels);
            _outline += outline;
            shapes.Add(shape with { Outline = outline });
        }

        if (toggles)
            shapes.ForEach(shape => Inside.SymmetricExceptWith(shape.Pixels));
        else
            Nest(Merge(shapes));
        // Two halves that are holes of the same whole, or a contour that toggles itself away.
        if (Inside.Count != drawn.Count && Inside.Count < Unresolved * _outline)
        {
            Cancelled = drawn.Count - Inside.Count;
            Doubt.UnionWith(drawn);
        }

        Doubt.ExceptWith(Inside);
    }

    /// <summary>Pixels of the region.</summary>
    public PixelSet Inside { get; }

    /// <summary>Pixels of which nobody can say whether they are the region's.</summary>
    public PixelSet Doubt { get; }

    /// <summary>Contours that touch the slice and hold no pixel's centre, or fewer than half of what their area holds.</summary>
    public int Lost { get; private set; }

    /// <summary>Contours that touch no pixel of the slice.</summary>
    public int Beside { get; private set; }

    /// <summary>Pixels in contours that cancelled one another out.</summary>
    public int Cancelled { get; }

    /// <summary>Contours that another one repeats, or overlaps in part.</summary>
    public int United { get; private set; }

    private void Lose(Polygon contour)
    {
        PixelSet touched = PolygonFill.Touched(contour, _slice);
        (Lost, Beside) = touched.Count > 0 ? (Lost + 1, Beside) : (Lost, Beside + 1);
        Doubt.UnionWith(touched);
    }

    private Shape Draw(Polygon contour, bool onCentres)
    {
        if (!onCentres)
        {
            PixelSet inside = PolygonFill.Inside(contour, _slice);
            return new Shape(contour, inside, inside, 0);
        }

        Polygon centres = contour.OnWholeNumbers();
        PixelSet line = PolygonFill.Outline(centres, _slice), filled = PolygonFill.Inside(centres, _slice);
        (PixelSet with, PixelSet without) = (new PixelSet(line), new PixelSet(line));
        with.UnionWith(filled);
        without.UnionWith(filled);
        without.ExceptWith(line);
        return new Shape(centres, with, without, 0);
    }

    /// <summary>Puts together what is the same contour again.</summary>
    private List<Shape> Merge(List<Shape> shapes)
    {
        var different = new List<Shape>();
        foreach (Shape shape in shapes)
        {
            int same = different.FindIndex(other => IsSame(shape, other));
            if (same < 0)
            {
                different.Add(shape);
                continue;
            }

            United++;
            different[same] = different[same].UnitedWith(shape, _slice);
        }

        return different;
    }

    /// <summary>True of two that differ nowhere by much. Those along centres are as exact as their pixels.</summary>
    private static bool IsSame(Shape one, Shape other)
    {
        double most = ReferenceEquals(one.Pixels, one.Core) ? Unresolved * Math.Min(one.Outline, other.Outline) : 0;
        return one.Pixels.Overlaps(other.Pixels) && one.Pixels.Difference(other.Pixels) <= most;
    }

    /// <summary>Every shape that lies in an even number of others, less those that lie in it and in an odd number.</summary>
    private void Nest(List<Shape> shapes)
    {
        // From the largest down, so that what holds a shape comes before it. The longest chain counts, not all that hold it: two that
        // overlap may hold the same hole.
        Shape[] sorted = [.. shapes.OrderByDescending(shape => shape.Pixels.Count)];
        var depth = new int[sorted.Length];
        var holders = new List<int>[sorted.Length];
        for (int n = 0; n < sorted.Length; n++)
        {
            int[] meeting = [.. Enumerable.Range(0, n).Where(other => sorted[other].Pixels.Overlaps(sorted[n].Pixels))];
            holders[n] = [.. meeting.Where(other => sorted[other].Holds(sorted[n]))];
            depth[n] = holders[n].Count == 0 ? 0 : 1 + holders[n].Max(other => depth[other]);
            United += meeting.Length > holders[n].Count ? 1 : 0;
        }

        for (int n = 0; n < sorted.Length; n++)
        {
            if (depth[n] % 2 == 1)
                continue;
            var solid = new PixelSet(sorted[n].Pixels);
            for (int hole = n + 1; hole < sorted.Length; hole++)
            {
                if (depth[hole] % 2 == 1 && holders[hole].Contains(n))
                    solid.ExceptWith(sorted[hole].Core);
            }

            Inside.UnionWith(solid);
        }
    }

    /// <param name="Contour">Its corners.</param>
    /// <param name="Pixels">Its pixels where it encloses the region.</param>
    /// <param name="Core">Its pixels where it is a hole: traced along centres, those are the region's that surround the hole.</param>
    /// <param name="Outline">Its length in pixels.</param>
    private sealed record Shape(Polygon Contour, PixelSet Pixels, PixelSet Core, double Outline)
    {
        public bool Holds(Shape other) => other.Pixels.IsSubsetOf(Pixels) && Contour.HoldsCornersOf(other.Contour, Unresolved);

        public Shape UnitedWith(Shape other, (int Columns, int Rows) slice)
        {
            if (Pixels.Difference(other.Pixels) == 0)
                return this;
            var both = new PixelSet(slice.Columns, 0, slice.Rows);
            both.UnionWith(Pixels);
            both.UnionWith(other.Pixels);
            return this with { Pixels = both, Core = both };
        }
    }
}
