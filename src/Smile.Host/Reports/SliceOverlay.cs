using Smile.Host.Imaging;
using Smile.Net.Data;

namespace Smile.Host.Reports;

/// <summary>Draws axial slices as radiologists look at them: the patient's right on the left, anterior on top.</summary>
internal static class SliceOverlay
{
    /// <summary>How strongly an organ's colour covers the image.</summary>
    public const double Opacity = 0.6;

    private static readonly Colour _added = new(255, 255, 255), _hatch = new(240, 200, 40);

    /// <summary>
    /// The image in grey, windowed to [low, high] HU, with each labelled voxel in its organ's colour. Voxels where
    /// <paramref name="added"/> has an organ (pseudo labels of a SMILEr round) are the organ's colour with a white checker on it.
    /// </summary>
    /// <param name="volume">HU, RAS+.</param>
    /// <param name="z">The slice.</param>
    /// <param name="labels">Canonical labels of the whole volume (0 background, k + 1 organ k), or empty for the image alone.</param>
    /// <param name="colours">Of the organs.</param>
    /// <param name="window">In HU.</param>
    /// <param name="added">Pseudo labels of the whole volume, or null.</param>
    /// <param name="hatched">Of the whole volume, where thin yellow lines say that it is not annotated; or empty.</param>
    public static Picture Draw(
        Volume volume, int z, ReadOnlySpan<byte> labels, Colour[] colours, (double Low, double High) window,
        VoxelBits? added = null, ReadOnlySpan<bool> hatched = default)
    {
        var geometry = volume.Geometry;
        var slice = volume.Slice(z);
        var picture = new Picture(geometry.Width, geometry.Height, default);
        int start = z * geometry.Height * geometry.Width;
        for (int y = 0; y < geometry.Height; y++)
            for (int x = 0; x < geometry.Width; x++)
            {
                int at = y * geometry.Width + x;
                var colour = Grey(slice[at], window);
                int label = labels.IsEmpty ? 0 : labels[start + at];
                if (label > 0 && label <= colours.Length)
                    colour = colours[label - 1].Over(colour, Opacity);
                if (added?[start + at] is { IsEmpty: false } organs)
                    colour = (x + y) % 2 == 0 ? _added : colours[organs.Lowest];
                if (!hatched.IsEmpty && hatched[start + at] && (x + y) % 6 == 0)
                    colour = _hatch.Over(colour, 0.5);
                Put(picture, x, y, colour);
            }

        return picture;
    }

    /// <summary>
    /// What one organ's classifier is taught in a slice (the paper's figure 1): the organ in its colour, voxels that are certainly
    /// something else darkened, voxels that are ignored (weight 0) hatched in yellow.
    /// </summary>
    /// <param name="volume">HU, RAS+.</param>
    /// <param name="z">The slice.</param>
    /// <param name="organ">Whose classifier.</param>
    /// <param name="isOrgan">Of the whole volume, what each voxel is.</param>
    /// <param name="isKnown">Likewise, the organs of which it is certain.</param>
    /// <param name="colour">Of the organ.</param>
    /// <param name="window">In HU.</param>
    public static Picture DrawAmbiguity(
        Volume volume, int z, int organ, VoxelBits isOrgan, VoxelBits isKnown, Colour colour,
        (double Low, double High) window)
    {
        var geometry = volume.Geometry;
        var slice = volume.Slice(z);
        var picture = new Picture(geometry.Width, geometry.Height, default);
        int start = z * geometry.Height * geometry.Width;
        for (int y = 0; y < geometry.Height; y++)
            for (int x = 0; x < geometry.Width; x++)
            {
                int at = y * geometry.Width + x;
                var grey = Grey(slice[at], window);
                bool positive = isOrgan.Has(start + at, organ), known = isKnown.Has(start + at, organ);
                Put(picture, x, y, (known, positive) switch
                {
                    (true, true) => colour.Over(grey, Opacity),
                    (true, false) => grey,
                    _ => _hatch.Over(grey, (x + y) % 4 == 0 ? 0.7 : 0.25),
                });
            }

        return picture;
    }

    /// <summary>
    /// The slice that shows the most, and how much: each organ counts by its area as a share of its largest area in the volume, so
    /// that a small organ counts as much as a large one. The lowest of equals.
    /// </summary>
    public static (int Z, double Shown) FullestSlice(Geometry geometry, ReadOnlySpan<byte> labels, int organs)
    {
        int area = geometry.Height * geometry.Width;
        var areas = new int[geometry.Depth, organs];
        var largest = new int[organs];
        for (int v = 0; v < labels.Length; v++)
            if (labels[v] > 0 && labels[v] <= organs)
            {
                int k = labels[v] - 1;
                largest[k] = Math.Max(largest[k], ++areas[v / area, k]);
            }

        return Enumerable.Range(0, geometry.Depth)
            .Select(z => (z, Enumerable.Range(0, organs).Sum(k => (double)areas[z, k] / Math.Max(1, largest[k]))))
            .MaxBy(slice => slice.Item2);
    }

    // RAS+ voxels grow to the patient's right and to anterior; rows of a picture grow downwards.
    private static void Put(Picture picture, int x, int y, Colour colour) =>
        picture[picture.Width - 1 - x, picture.Height - 1 - y] = colour;

    /// <summary>A voxel's grey.</summary>
    internal static Colour Grey(float hu, (double Low, double High) window)
    {
        byte level = (byte)(255 * Math.Clamp((hu - window.Low) / (window.High - window.Low), 0, 1));
        return new Colour(level, level, level);
    }
}
