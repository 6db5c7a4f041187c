using System.Buffers;
using System.Numerics.Tensors;

namespace Smile.Net.Data;

/// <summary>
/// Axial slices in another spacing: the same middle, as many pixels as come nearest to the same extent. A pixel becomes the mean of the
/// source over a box that is as wide as the larger of the two pixels, along each axis. So where pixels become larger, all that a new one
/// covers counts by its area; where they become smaller, it is the linear interpolation between the nearest. What lies beyond the edge
/// counts nothing. Of labels the one with the largest share of the box wins (<see cref="LabelVote"/>).
/// </summary>
public sealed class PlaneGrid
{
    /// <summary>Pixels of a slice, at the most: a header whose spacing is no mm asks for more.</summary>
    private const long MostPixels = 4096 * 4096;

    private readonly AxisGrid _y, _x;
    private readonly Boxes _rows, _columns;

    private PlaneGrid(AxisGrid y, AxisGrid x) => (_y, _x, _rows, _columns) = (y, x, new Boxes(y), new Boxes(x));

    /// <summary>Rows of the result.</summary>
    public int Height => _y.Count;

    /// <summary>Columns of the result.</summary>
    public int Width => _x.Count;

    /// <summary>From this grid's slices to those that it was made from.</summary>
    public PlaneGrid Back => new(_y.Back, _x.Back);

    /// <summary>From a volume's slices to those of a spacing; null where they have it.</summary>
    /// <param name="name">How a message calls the volume.</param>
    /// <param name="source">Its grid.</param>
    /// <param name="spacing">The wanted one, mm; null: whatever the volume has.</param>
    /// <exception cref="DataException">A slice would have too many pixels.</exception>
    public static PlaneGrid? To(string name, Geometry source, PlaneSpacing? spacing)
    {
        if (spacing is not { } wanted || wanted.IsOf(source))
            return null;
        (_, double dy, double dx) = source.Spacing;
        AxisGrid y = Axis(source.Height, dy, wanted.Y), x = Axis(source.Width, dx, wanted.X);
        return (long)y.Count * x.Count <= MostPixels
            ? new PlaneGrid(y, x)
            : throw new DataException($"{name}: its slices of {source.Height} x {source.Width} pixels (y, x) at {dy:G4} x {dx:G4} mm would "
                + $"have {y.Count} x {x.Count} at the model's spacing of {wanted.Y:G4} x {wanted.X:G4} mm. Is the header's spacing in mm?");
    }

    /// <summary>From the slices of one grid to those of another with the same middle; null where they are alike.</summary>
    public static PlaneGrid? Between(Geometry from, Geometry to)
    {
        bool alike = (from.Height, from.Width) == (to.Height, to.Width) && PlaneSpacing.Of(to).IsOf(from);
        return alike ? null : new PlaneGrid(new AxisGrid(from.Height, to.Height, to.Spacing.Y / from.Spacing.Y),
            new AxisGrid(from.Width, to.Width, to.Spacing.X / from.Spacing.X));
    }

    /// <summary>The grid of a volume with these slices.</summary>
    public Geometry Of(Geometry source)
    {
        double[] affine = [.. source.Affine];
        for (int r = 0; r < 12; r += 4)
        {
            affine[r + 3] += affine[r] * _x.Start + affine[r + 1] * _y.Start;
            (affine[r], affine[r + 1]) = (affine[r] * _x.Step, affine[r + 1] * _y.Step);
        }

        return new Geometry(source.Depth, Height, Width, affine);
    }

    /// <summary>Resamples a slice of numbers.</summary>
    /// <param name="source">(rows, columns, channels).</param>
    /// <param name="result">(<see cref="Height"/>, <see cref="Width"/>, channels), overwritten.</param>
    /// <param name="channels">Numbers a pixel.</param>
    public void Numbers(ReadOnlySpan<float> source, Span<float> result, int channels = 1)
    {
        int length = _x.Source * channels;
        float[] rented = ArrayPool<float>.Shared.Rent(length);
        Span<float> line = rented.AsSpan(0, length);
        for (int j = 0; j < Height; j++)
        {
            ReadOnlySpan<float> down = _rows.Of(j, out int top);
            TensorPrimitives.Multiply(source.Slice(top * length, length), down[0], line);
            for (int n = 1; n < down.Length; n++)
                TensorPrimitives.MultiplyAdd(source.Slice((top + n) * length, length), down[n], line, line);
            Span<float> row = result.Slice(j * Width * channels, Width * channels);
            for (int i = 0; i < Width; i++)
            {
                ReadOnlySpan<float> right = _columns.Of(i, out int left);
                for (int c = 0; c < channels; c++)
                {
                    float sum = line[left * channels + c] * right[0];
                    for (int n = 1; n < right.Length; n++)
                        sum += line[(left + n) * channels + c] * right[n];
                    row[i * channels + c] = sum;
                }
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>Resamples a slice of labels.</summary>
    /// <param name="source">(rows, columns), labels in memory (<see cref="Labels"/>).</param>
    /// <param name="result">(<see cref="Height"/>, <see cref="Width"/>), overwritten.</param>
    public void Labels(ReadOnlySpan<byte> source, Span<byte> result)
    {
        for (int j = 0; j < Height; j++)
        {
            ReadOnlySpan<float> down = _rows.Of(j, out int top);
            for (int i = 0; i < Width; i++)
            {
                ReadOnlySpan<float> right = _columns.Of(i, out int left);
                byte first = source[top * _x.Source + left];
                bool uniform = true;
                for (int n = 0; n < down.Length; n++)
                    uniform &= !source.Slice((top + n) * _x.Source + left, right.Length).ContainsAnyExcept(first);
                result[j * Width + i] = uniform ? first : Vote(source, top, down, left, right);
            }
        }
    }

    /// <summary>An image at this grid's slices.</summary>
    /// <exception cref="DataException">Too many voxels.</exception>
    public Volume Image(string name, Volume source)
    {
        var result = new Volume(Of(source.Geometry), new float[Voxels(name, source.Geometry)]);
        Parallel.For(0, source.Geometry.Depth, z => Numbers(source.Slice(z), result.Slice(z)));
        return result;
    }

    /// <summary>A label map at this grid's slices.</summary>
    /// <exception cref="DataException">Too many voxels.</exception>
    public LabelMap Map(string name, LabelMap source)
    {
        var result = new LabelMap(Of(source.Geometry), new byte[Voxels(name, source.Geometry)]);
        Parallel.For(0, source.Geometry.Depth, z => Labels(source.Slice(z), result.Slice(z)));
        return result;
    }

    private static AxisGrid Axis(int source, double spacing, double wanted) =>
        PlaneSpacing.Same(spacing, wanted) ? new AxisGrid(source, source, 1) : AxisGrid.Of(source, spacing, wanted);

    private long Voxels(string name, Geometry source)
    {
        long voxels = (long)source.Depth * Height * Width;
        return voxels <= Array.MaxLength
            ? voxels
            : throw new DataException($"{name}: {source.Depth} x {Height} x {Width} voxels (z, y, x) at the model's spacing; at most "
                + $"{Array.MaxLength} are possible. Give data.spacing a coarser one.");
    }

    private byte Vote(ReadOnlySpan<byte> source, int top, ReadOnlySpan<float> down, int left, ReadOnlySpan<float> right)
    {
        var vote = new LabelVote();
        for (int n = 0; n < down.Length; n++)
        {
            ReadOnlySpan<byte> row = source.Slice((top + n) * _x.Source + left, right.Length);
            for (int m = 0; m < row.Length; m++)
                vote.Add(row[m], (double)down[n] * right[m]);
        }

        return vote.Winner;
    }

    /// <summary>Which pixels of the source each pixel of an axis is the mean of, and their shares, which sum to 1.</summary>
    private sealed class Boxes
    {
        // Of a pixel: less than that is rounding.
        private const double Sliver = 1e-9;

        private readonly (int First, int From, int Count)[] _parts;
        private readonly float[] _shares;

        public Boxes(AxisGrid axis)
        {
            var shares = new List<float>();
            _parts = new (int, int, int)[axis.Count];
            double half = Math.Max(1, axis.Step) / 2;
            for (int n = 0; n < axis.Count; n++)
            {
                // Pixel k of the source reaches from k - 0.5 to k + 0.5.
                double at = Math.Clamp(axis.Start + n * axis.Step, 0, axis.Source - 1);
                double low = Math.Max(at - half, -0.5), high = Math.Min(at + half, axis.Source - 0.5);
                int first = Math.Clamp((int)Math.Floor(low + 0.5 + Sliver), 0, axis.Source - 1);
                int last = Math.Clamp((int)Math.Ceiling(high - 0.5 - Sliver), first, axis.Source - 1);
                _parts[n] = (first, shares.Count, last - first + 1);
                for (int k = first; k <= last; k++)
                    shares.Add((float)((Math.Min(high, k + 0.5) - Math.Max(low, k - 0.5)) / (high - low)));
            }

            _shares = [.. shares];
        }

        /// <summary>The shares of the pixels from <paramref name="first"/> on.</summary>
        public ReadOnlySpan<float> Of(int n, out int first)
        {
            (first, int from, int count) = _parts[n];
            return _shares.AsSpan(from, count);
        }
    }
}
