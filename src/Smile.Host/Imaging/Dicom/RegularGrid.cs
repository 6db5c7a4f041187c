using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The upright, evenly spaced grid of a CT series with gaps or a tilted gantry. Its planes are parallel to the slices; a plane
/// within the tolerance of a slice is that slice, shifted in its plane by a bilinear step where the gantry was tilted; any other
/// is the linear mean of the slices around it.
/// </summary>
internal sealed class RegularGrid
{
    private readonly CtStack _stack;
    private readonly (int Columns, int Rows, int Planes) _size;
    private readonly (int Column, int Row) _first; // the grid's first pixel, in pixels of the first slice
    private readonly (double Column, double Row)[] _shift; // of each slice, in pixels
    private readonly double _step;
    private readonly AxisWalk _walk;

    private RegularGrid(CtStack stack)
    {
        _stack = stack;
        CtSlice first = stack.Slices[0];
        _shift = [.. Enumerable.Range(0, stack.Slices.Count).Select(ShiftOf)];
        _first = ((int)Math.Floor(_shift.Min(shift => shift.Column)), (int)Math.Floor(_shift.Min(shift => shift.Row)));
        (int Column, int Row) last = ((int)Math.Ceiling(_shift.Max(shift => shift.Column)), (int)Math.Ceiling(_shift.Max(shift => shift.Row)));
        double length = stack.Extent.Last;
        int planes = (int)Math.Round(length / stack.Step) + 1;
        _step = length / (planes - 1);
        _size = (first.Format.Columns + last.Column - _first.Column, first.Format.Rows + last.Row - _first.Row, planes);

        double[] normal = stack.Normal.ToArray();
        double[] origin = [.. Enumerable.Range(0, 3).Select(r => first.Position[r]
            + _first.Column * first.Spacing[1] * first.Orientation[r] + _first.Row * first.Spacing[0] * first.Orientation[3 + r])];
        double[] affine = PatientAxes.ToRas(origin, first.Orientation, first.Spacing, [.. normal.Select(part => part * _step)]);
        AxisOrder order = AxisOrder.Closest(affine);
        Geometry = order.Reorient([_size.Columns, _size.Rows, _size.Planes], affine);
        _walk = order.Walk(Geometry);
    }

    /// <summary>In the orientation closest to RAS+.</summary>
    public Geometry Geometry { get; }

    /// <summary>The grid of a stack; null where the stack is regular and upright itself.</summary>
    public static RegularGrid? Of(CtStack stack) => stack.HasGaps || stack.IsTilted ? new RegularGrid(stack) : null;

    /// <summary>The image of the stack on this grid; air where no slice reaches.</summary>
    public Volume Image(Volume image)
    {
        var voxels = new float[Geometry.Voxels];
        Each((weights, column, row, to) =>
        {
            double sum = 0, all = 0;
            foreach ((int slice, double weight) in weights)
            {
                foreach ((int from, double part) in Around(slice, column, row))
                    (sum, all) = (sum + weight * part * image.Voxels[from], all + weight * part);
            }

            // Where some of the neighbours are missing, those that are there count.
            voxels[to] = all > 0.5 ? (float)(sum / all) : CtSlice.Air;
        });
        return new Volume(Geometry, voxels);
    }

    /// <summary>
    /// Labels of the stack on this grid: the label with the largest share of the neighbours; ignore where no slice reaches, and in
    /// planes that were interpolated.
    /// </summary>
    public byte[] Labels(byte[] labels)
    {
        var voxels = new byte[Geometry.Voxels];
        Each((weights, column, row, to) =>
        {
            var vote = new LabelVote();
            double all = 0;
            if (weights.Length == 1)
            {
                foreach ((int from, double part) in Around(weights[0].Slice, column, row))
                {
                    vote.Add(labels[from], part);
                    all += part;
                }
            }

            voxels[to] = all > 0.5 ? vote.Winner : Smile.Net.Data.Labels.Ignore;
        });
        return voxels;
    }

    /// <summary>Labels of this grid on the stack's own slices: the nearest voxel's.</summary>
    public byte[] BackToStack(byte[] labels)
    {
        var voxels = new byte[_stack.Geometry.Voxels];
        PixelFormat format = _stack.Slices[0].Format;
        for (int slice = 0; slice < _stack.Slices.Count; slice++)
        {
            int plane = (int)Math.Round(_stack.Along(slice) / _step);
            (int column, int row) = ((int)Math.Round(_shift[slice].Column) - _first.Column, (int)Math.Round(_shift[slice].Row) - _first.Row);
            for (int j = 0; j < format.Rows; j++)
            {
                int from = _walk.First(plane * _size.Rows + j + row) + column * _walk.Step.I, to = _stack.Walk.First(slice * format.Rows + j);
                for (int i = 0; i < format.Columns; i++)
                    voxels[to + i * _stack.Walk.Step.I] = labels[from + i * _walk.Step.I];
            }
        }

        return voxels;
    }

    private (double Column, double Row) ShiftOf(int slice)
    {
        if (!_stack.IsTilted)
            return (0, 0);
        CtSlice first = _stack.Slices[0];
        double along = _stack.Along(slice);
        double[] position = _stack.Slices[slice].Position;
        ReadOnlySpan<double> aside = [.. Enumerable.Range(0, 3).Select(r => position[r] - first.Position[r] - along * _stack.Normal[r])];
        return (PatientAxes.Dot(aside, first.Orientation) / first.Spacing[1], PatientAxes.Dot(aside, first.Orientation.AsSpan(3)) / first.Spacing[0]);
    }

    /// <summary>Hands every voxel on: its plane's slices with their weights, its column and row in pixels of the first slice, its place.</summary>
    private void Each(Action<(int Slice, double Weight)[], int, int, int> body) => Parallel.For(0, _size.Planes, plane =>
    {
        (int Slice, double Weight)[] weights = Weights(plane * _step);
        for (int j = 0; j < _size.Rows; j++)
        {
            int at = _walk.First(plane * _size.Rows + j);
            for (int i = 0; i < _size.Columns; i++)
                body(weights, i + _first.Column, j + _first.Row, at + i * _walk.Step.I);
        }
    });

    /// <summary>The slice at a place along the normal, or the two around it.</summary>
    private (int Slice, double Weight)[] Weights(double along)
    {
        (int nearest, double distance) = _stack.Nearest(along);
        if (distance <= CtStack.Tolerance(_stack.Step))
            return [(nearest, 1)];
        int below = _stack.Along(nearest) < along ? nearest : nearest - 1;
        double share = (along - _stack.Along(below)) / (_stack.Along(below + 1) - _stack.Along(below));
        return [(below, 1 - share), (below + 1, share)];
    }

    /// <summary>The voxels of a slice around a point of the grid, with their bilinear weights; those outside are left out.</summary>
    private IEnumerable<(int Voxel, double Weight)> Around(int slice, int column, int row)
    {
        PixelFormat format = _stack.Slices[slice].Format;
        (double x, double y) = (column - _shift[slice].Column, row - _shift[slice].Row);
        (int left, int top) = ((int)Math.Floor(x), (int)Math.Floor(y));
        for (int j = top; j <= top + 1; j++)
        {
            for (int i = left; i <= left + 1; i++)
            {
                double weight = (1 - Math.Abs(x - i)) * (1 - Math.Abs(y - j));
                if (weight > 0 && (uint)i < (uint)format.Columns && (uint)j < (uint)format.Rows)
                    yield return (_stack.Walk.First(slice * format.Rows + j) + i * _stack.Walk.Step.I, weight);
            }
        }
    }
}
