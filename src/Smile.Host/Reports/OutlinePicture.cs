using Smile.Host.Imaging;
using Smile.Net.Data;

namespace Smile.Host.Reports;

/// <summary>Part of a slice, in voxels: columns X .. X + Width - 1, rows Y .. Y + Height - 1.</summary>
internal readonly record struct SliceBox(int X, int Y, int Width, int Height)
{
    /// <summary>The box of all voxels inside, with a margin, within the slice; the whole slice where none is inside.</summary>
    /// <param name="geometry">Of the volume.</param>
    /// <param name="inside">Whether a voxel of the volume counts.</param>
    /// <param name="margin">Voxels.</param>
    public static SliceBox Around(Geometry geometry, Func<int, bool> inside, int margin)
    {
        int area = geometry.Height * geometry.Width, left = geometry.Width, right = -1, low = geometry.Height, high = -1;
        for (int v = 0; v < area * geometry.Depth; v++)
            if (inside(v))
            {
                int x = v % geometry.Width, y = v % area / geometry.Width;
                (left, right, low, high) = (Math.Min(left, x), Math.Max(right, x), Math.Min(low, y), Math.Max(high, y));
            }

        if (right < 0)
            return new SliceBox(0, 0, geometry.Width, geometry.Height);
        (left, low) = (Math.Max(0, left - margin), Math.Max(0, low - margin));
        return new SliceBox(left, low, Math.Min(geometry.Width - 1, right + margin) - left + 1,
            Math.Min(geometry.Height - 1, high + margin) - low + 1);
    }
}

/// <summary>A mask to draw: outlined, and filled where <paramref name="Fill"/> is above 0.</summary>
/// <param name="Inside">Whether a voxel of the volume belongs to it.</param>
/// <param name="Colour">Of outline and filling.</param>
/// <param name="Fill">Opacity of the filling.</param>
internal sealed record Outlined(Func<int, bool> Inside, Colour Colour, double Fill = 0);

/// <summary>A part of an axial slice with outlines on it, each voxel several pixels wide; the patient's right is on the left.</summary>
internal static class OutlinePicture
{
    /// <summary>Draws the image in grey and the masks over it, the last on top.</summary>
    /// <param name="volume">HU, RAS+.</param>
    /// <param name="z">The slice.</param>
    /// <param name="box">The part that is shown.</param>
    /// <param name="times">Pixels a voxel.</param>
    /// <param name="window">HU shown as black and as white.</param>
    /// <param name="masks">Drawn over the image.</param>
    public static Picture Draw(Volume volume, int z, SliceBox box, int times, (double Low, double High) window,
        IReadOnlyList<Outlined> masks)
    {
        Geometry geometry = volume.Geometry;
        var picture = new Picture(box.Width * times, box.Height * times, default);
        int line = Math.Max(1, times / 3), start = z * geometry.Height * geometry.Width;
        for (int y = box.Y; y < box.Y + box.Height; y++)
            for (int x = box.X; x < box.X + box.Width; x++)
            {
                int v = start + y * geometry.Width + x;
                Colour colour = SliceOverlay.Grey(volume.Voxels[v], window);
                foreach (Outlined mask in masks.Where(mask => mask.Fill > 0 && mask.Inside(v)))
                    colour = mask.Colour.Over(colour, mask.Fill);
                // RAS+ grows to the patient's right and to anterior: both turn round in a picture.
                int left = (box.X + box.Width - 1 - x) * times, top = (box.Y + box.Height - 1 - y) * times;
                picture.Fill(left, top, times, times, colour);
                foreach (Outlined mask in masks.Where(mask => mask.Inside(v)))
                {
                    if (x + 1 >= geometry.Width || !mask.Inside(v + 1))
                        picture.Fill(left, top, line, times, mask.Colour);
                    if (x == 0 || !mask.Inside(v - 1))
                        picture.Fill(left + times - line, top, line, times, mask.Colour);
                    if (y + 1 >= geometry.Height || !mask.Inside(v + geometry.Width))
                        picture.Fill(left, top, times, line, mask.Colour);
                    if (y == 0 || !mask.Inside(v - geometry.Width))
                        picture.Fill(left, top + times - line, times, line, mask.Colour);
                }
            }

        return picture;
    }

    /// <summary>Pictures of one height side by side.</summary>
    public static Picture Beside(IReadOnlyList<Picture> pictures, int gap)
    {
        var all = new Picture(pictures.Sum(p => p.Width) + gap * (pictures.Count - 1), pictures.Max(p => p.Height),
            new Colour(255, 255, 255));
        int at = 0;
        foreach (Picture picture in pictures)
        {
            for (int y = 0; y < picture.Height; y++)
                for (int x = 0; x < picture.Width; x++)
                    all[at + x, y] = picture[x, y];
            at += picture.Width + gap;
        }

        return all;
    }
}
