using Smile.Net.Evaluation;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The shapes of a region on two slices, and what lies between. Interpolated is the signed distance to the outline, in mm, linearly along
/// the normal (Raya and Udupa, Shape-based interpolation of multidimensional objects, 1990): what both shapes hold is inside, what neither
/// holds is outside. A part of one that meets nothing of the other ends or moves in between: the rectangle around such parts is in doubt.
/// </summary>
internal sealed class ShapesBetween
{
    /// <summary>What lies this near to the interpolated outline, in mm, lies on it and so is inside: rounding must not decide.</summary>
    private const double OnOutline = 1e-3;

    private readonly RegionMask _mask;
    private readonly CtStack _stack;
    private readonly (int First, int Last) _slices;
    private readonly (int Top, int Left, int Rows, int Columns) _box;
    private readonly byte[] _lone;
    private readonly float[] _from, _to; // mm to the outline, negative inside

    /// <param name="mask">The region; where a slice has no voxel inside, those in doubt are its shape.</param>
    /// <param name="stack">The series.</param>
    /// <param name="first">A slice on which it is drawn.</param>
    /// <param name="last">One farther along.</param>
    public ShapesBetween(RegionMask mask, CtStack stack, int first, int last)
    {
        (_mask, _stack, _slices) = (mask, stack, (first, last));
        (byte[] from, byte[] to) = (Shape(first), Shape(last));
        _box = Box(from, to);
        (from, to) = (Cut(from), Cut(to));
        _lone = [.. Lone(from, to).Zip(Lone(to, from), (one, other) => (byte)(one | other))];
        (byte[] met, byte[] metToo) = (Without(from, _lone), Without(to, _lone));
        Meet = met.AsSpan().Contains((byte)1);
        (_from, _to) = Meet ? (Distance(met), Distance(metToo)) : ([], []);
    }

    /// <summary>True where some part of the one meets some part of the other.</summary>
    public bool Meet { get; }

    /// <summary>Fills a slice between them.</summary>
    public void Interpolate(int slice)
    {
        double share = (_stack.Along(slice) - _stack.Along(_slices.First)) / (_stack.Along(_slices.Last) - _stack.Along(_slices.First));
        for (int at = 0; at < _from.Length; at++)
        {
            if ((1 - share) * _from[at] + share * _to[at] <= OnOutline)
                _mask.Mark(slice, _box.Top + at / _box.Columns, _box.Left + at % _box.Columns, RegionMask.Inside);
        }

        MarkAround(slice, _lone);
    }

    /// <summary>Marks the rectangle around both shapes on a slice between them as in doubt.</summary>
    public void MarkInDoubt(int slice) => MarkRectangle(slice, _box.Top, _box.Left, _box.Rows, _box.Columns);

    private void MarkAround(int slice, byte[] parts)
    {
        int[] set = [.. Enumerable.Range(0, parts.Length).Where(at => parts[at] != 0)];
        if (set.Length == 0)
            return;
        (int top, int bottom) = (set[0] / _box.Columns, set[^1] / _box.Columns);
        (int left, int right) = (set.Min(at => at % _box.Columns), set.Max(at => at % _box.Columns));
        MarkRectangle(slice, _box.Top + top, _box.Left + left, bottom - top + 1, right - left + 1);
    }

    private void MarkRectangle(int slice, int top, int left, int rows, int columns)
    {
        for (int row = top; row < top + rows; row++)
        {
            for (int column = left; column < left + columns; column++)
                _mask.Mark(slice, row, column, RegionMask.Doubt);
        }
    }

    private byte[] Shape(int slice)
    {
        byte wanted = _mask.Drawn[slice] ? RegionMask.Inside : RegionMask.Doubt;
        var pixels = new byte[_stack.Slices[0].Format.Pixels];
        _stack.GatherSlice(slice, _mask.Voxels, pixels);
        for (int at = 0; at < pixels.Length; at++)
            pixels[at] = (byte)(pixels[at] == wanted ? 1 : 0);
        return pixels;
    }

    private (int Top, int Left, int Rows, int Columns) Box(byte[] one, byte[] other)
    {
        int columns = _stack.Slices[0].Format.Columns;
        (int top, int bottom, int left, int right) = (int.MaxValue, -1, int.MaxValue, -1);
        for (int at = 0; at < one.Length; at++)
        {
            if ((one[at] | other[at]) == 0)
                continue;
            (int row, int column) = Math.DivRem(at, columns);
            (top, bottom, left, right) = (Math.Min(top, row), row, Math.Min(left, column), Math.Max(right, column));
        }

        return (top, left, bottom - top + 1, right - left + 1);
    }

    private byte[] Cut(byte[] pixels)
    {
        int columns = _stack.Slices[0].Format.Columns;
        var cut = new byte[_box.Rows * _box.Columns];
        for (int row = 0; row < _box.Rows; row++)
            pixels.AsSpan((_box.Top + row) * columns + _box.Left, _box.Columns).CopyTo(cut.AsSpan(row * _box.Columns));
        return cut;
    }

    /// <summary>The 4-connected parts of a shape that have no pixel in common with another shape.</summary>
    private byte[] Lone(byte[] shape, byte[] other)
    {
        byte[] lone = [.. shape];
        var open = new Stack<int>();
        for (int at = 0; at < shape.Length; at++)
        {
            if (other[at] != 0)
                Clear(at);
            while (open.TryPop(out int next))
            {
                (int row, int column) = Math.DivRem(next, _box.Columns);
                if (row > 0)
                    Clear(next - _box.Columns);
                if (row + 1 < _box.Rows)
                    Clear(next + _box.Columns);
                if (column > 0)
                    Clear(next - 1);
                if (column + 1 < _box.Columns)
                    Clear(next + 1);
            }
        }

        return lone;

        void Clear(int at)
        {
            if (lone[at] == 0)
                return;
            lone[at] = 0;
            open.Push(at);
        }
    }

    private static byte[] Without(byte[] shape, byte[] parts) => [.. shape.Zip(parts, (pixel, part) => (byte)(pixel & ~part))];

    private float[] Distance(byte[] shape)
    {
        // A rim around the box, where nothing is inside.
        (int rows, int columns) = (_box.Rows + 2, _box.Columns + 2);
        (byte[] inside, byte[] outside) = (new byte[rows * columns], new byte[rows * columns]);
        Array.Fill(outside, (byte)1);
        for (int at = 0; at < shape.Length; at++)
        {
            int rimmed = (at / _box.Columns + 1) * columns + at % _box.Columns + 1;
            (inside[rimmed], outside[rimmed]) = (shape[at], (byte)(1 - shape[at]));
        }

        double[] spacing = _stack.Slices[0].Spacing;
        float[] toInside = DistanceTransform.Squared(inside, (1, rows, columns), (1, spacing[0], spacing[1]));
        float[] toOutside = DistanceTransform.Squared(outside, (1, rows, columns), (1, spacing[0], spacing[1]));
        return [.. Enumerable.Range(0, shape.Length).Select(at =>
        {
            int rimmed = (at / _box.Columns + 1) * columns + at % _box.Columns + 1;
            return MathF.Sqrt(toInside[rimmed]) - MathF.Sqrt(toOutside[rimmed]);
        })];
    }
}
