using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>
/// The grid of a volume with another spacing: the same axes, the same middle, as many whole voxels as come nearest to the same
/// extent. Images are interpolated linearly, without smoothing; of labels the one with the largest linear share wins, as where
/// each organ is interpolated by itself and the highest taken.
/// </summary>
internal sealed class SpacingGrid
{
    private readonly Geometry _source;
    private readonly AxisGrid _x, _y, _z;

    /// <param name="name">How a message calls the image.</param>
    /// <param name="source">The grid to leave.</param>
    /// <param name="spacing">mm along (z, y, x).</param>
    /// <exception cref="DataException">Too many voxels.</exception>
    public SpacingGrid(string name, Geometry source, (double Z, double Y, double X) spacing)
    {
        _source = source;
        (double z, double y, double x) = source.Spacing;
        (_z, _y, _x) = (AxisGrid.Of(source.Depth, z, spacing.Z), AxisGrid.Of(source.Height, y, spacing.Y),
            AxisGrid.Of(source.Width, x, spacing.X));
        double[] affine = [.. source.Affine];
        for (int r = 0; r < 12; r += 4)
        {
            affine[r + 3] += affine[r] * _x.Start + affine[r + 1] * _y.Start + affine[r + 2] * _z.Start;
            (affine[r], affine[r + 1], affine[r + 2]) = (affine[r] * _x.Step, affine[r + 1] * _y.Step, affine[r + 2] * _z.Step);
        }

        Geometry = new Geometry(_z.Count, _y.Count, _x.Count, affine);
        if (Geometry.Voxels > Array.MaxLength)
            throw new DataException($"{name}: {_z.Count} x {_y.Count} x {_x.Count} voxels (z, y, x) at the new spacing; "
                + $"at most {Array.MaxLength} are possible. Name a coarser one.");
    }

    public Geometry Geometry { get; }

    /// <summary>An image on this grid.</summary>
    public Volume Image(Volume image)
    {
        var voxels = new float[Geometry.Voxels];
        Parallel.For(0, _z.Count, k =>
        {
            Span<(int Voxel, double Weight)> around = stackalloc (int, double)[8];
            for (int j = 0, at = k * _y.Count * _x.Count; j < _y.Count; j++)
            {
                for (int i = 0; i < _x.Count; i++, at++)
                {
                    Around(k, j, i, around);
                    double sum = 0;
                    foreach ((int voxel, double weight) in around)
                        sum += weight * image.Voxels[voxel];
                    voxels[at] = (float)sum;
                }
            }
        });
        return new Volume(Geometry, voxels);
    }

    /// <summary>Labels on this grid.</summary>
    public byte[] Labels(byte[] labels)
    {
        var voxels = new byte[Geometry.Voxels];
        Parallel.For(0, _z.Count, k =>
        {
            Span<(int Voxel, double Weight)> around = stackalloc (int, double)[8];
            for (int j = 0, at = k * _y.Count * _x.Count; j < _y.Count; j++)
            {
                for (int i = 0; i < _x.Count; i++, at++)
                {
                    Around(k, j, i, around);
                    var vote = new LabelVote();
                    foreach ((int voxel, double weight) in around)
                        vote.Add(labels[voxel], weight);
                    voxels[at] = vote.Winner;
                }
            }
        });
        return voxels;
    }

    private void Around(int k, int j, int i, Span<(int Voxel, double Weight)> around)
    {
        (int z, double wz) = Before(_z, k);
        (int y, double wy) = Before(_y, j);
        (int x, double wx) = Before(_x, i);
        int dz = z + 1 < _source.Depth ? _source.Height * _source.Width : 0, dy = y + 1 < _source.Height ? _source.Width : 0;
        int dx = x + 1 < _source.Width ? 1 : 0, first = (z * _source.Height + y) * _source.Width + x;
        for (int corner = 0; corner < 8; corner++)
        {
            (int a, int b, int c) = (corner >> 2, corner >> 1 & 1, corner & 1);
            around[corner] = (first + a * dz + b * dy + c * dx, (a == 0 ? 1 - wz : wz) * (b == 0 ? 1 - wy : wy) * (c == 0 ? 1 - wx : wx));
        }
    }

    /// <summary>The source's voxel before voxel <paramref name="n"/> of an axis, and the weight of the next one.</summary>
    private static (int Voxel, double Weight) Before(AxisGrid axis, int n)
    {
        double at = Math.Clamp(axis.Start + n * axis.Step, 0, axis.Source - 1);
        int voxel = (int)at;
        return (voxel, at - voxel);
    }
}
