using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The upright, evenly spaced grid of a CT series with gaps or a tilted gantry. Its planes are parallel to the slices; a plane
/// within the tolerance of a slice is that slice, shifted in its plane by a bilinear step where the gantry was tilted; any other
/// is the linear mean of the slices around it.
/// </summary>
internal sealed class RegularGrid
{
    /// <summary>
    /// The grid has at most as many voxels for each of the series: accepted gaps make four at the most, and slices that hardly overlap any
    /// more were not tilted by a gantry, but by a damaged header.
    /// </summary>
    private const int MostGrowth = 8;

    private const int PlanesAtOnce = 16;

    private readonly CtStack _stack;
    private readonly (int Columns, int Rows, int Planes) _size;
    private readonly (int Column, int Row) _first; // the grid's first pixel, in pixels of the first slice
    private readonly (double Column, double Row)[] _shift; // of each slice, in pixels
    private readonly double _step;

    private RegularGrid(CtStack stack)
    {
        _stack = stack;
        CtSlice first = stack.Slices[0];
        _shift = [.. Enumerable.Range(0, stack.Slices.Count).Select(Aside)];
        _first = ((int)Math.Floor(_shift.Min(shift => shift.Column)), (int)Math.Floor(_shift.Min(shift => shift.Row)));
        (int Column, int Row) last = ((int)Math.Ceiling(_shift.Max(shift => shift.Column)),
            (int)Math.Ceiling(_shift.Max(shift => shift.Row)));
        double length = stack.Extent.Last;
        int planes = (int)Math.Round(length / stack.Step) + 1;
        _step = length / (planes - 1);
        (double columns, double rows) = (first.Format.Columns + (double)last.Column - _first.Column,
            first.Format.Rows + (double)last.Row - _first.Row);
        if (!(columns * rows * planes <= Math.Min(Array.MaxLength, MostGrowth * (double)stack.Geometry.Voxels)))
        {
            throw new DataException($"{first.File.Path}: the upright grid of its series would have {columns} x {rows} x {planes} voxels, "
                + "where the slices have "
                + $"{stack.Geometry.Voxels} in all: no gantry tilts so far. "
                + "Correct the headers, or give the series as the scanner exports it.");
        }

        _size = ((int)columns, (int)rows, planes);

        double[] normal = stack.Normal.ToArray();
        double[] origin = [.. Enumerable.Range(0, 3).Select(r => first.Position[r]
            + _first.Column * first.Spacing[1] * first.Orientation[r] + _first.Row * first.Spacing[0] * first.Orientation[3 + r])];
        double[] affine = PatientAxes.ToRas(origin, first.Orientation, first.Spacing, [.. normal.Select(part => part * _step)]);
        AxisOrder order = AxisOrder.Closest(affine);
        Geometry = order.Reorient([_size.Columns, _size.Rows, _size.Planes], affine);
        Walk = order.Walk(Geometry);
    }

    /// <summary>In the orientation closest to RAS+.</summary>
    public Geometry Geometry { get; }

    /// <summary>The grid of a stack; null where the stack is regular and upright itself.</summary>
    /// <exception cref="DataException">It would be out of all proportion.</exception>
    public static RegularGrid? Of(CtStack stack) => stack.HasGaps || stack.IsTilted ? new RegularGrid(stack) : null;

    /// <summary>How the planes lie in a volume on <see cref="Geometry"/>.</summary>
    public AxisWalk Walk { get; }

    /// <summary>The image of the stack on this grid; air where no slice reaches.</summary>
    /// <exception cref="DataException">Pixels are damaged or their codec is missing.</exception>
    public Volume Image()
    {
        float[] voxels = VoxelMemory.Uninitialized<float>(Geometry.Voxels);
        var planes = new RegularPlanes(_stack, this);
        for (int first = 0; first < _size.Planes; first += PlanesAtOnce)
            planes.Read(first, Math.Min(PlanesAtOnce, _size.Planes - first), voxels, 0);
        return new Volume(Geometry, voxels);
    }

    /// <summary>Opens the image to be read slice by slice; null where the planes are not axial.</summary>
    public ISlabReader? OpenSlabs() => Walk.IsAxial(Geometry) ? new RegularPlanes.Slabs(_stack, this) : null;

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
            (int column, int row) = ((int)Math.Round(_shift[slice].Column) - _first.Column,
                (int)Math.Round(_shift[slice].Row) - _first.Row);
            for (int j = 0; j < format.Rows; j++)
            {
                int from = Walk.First(plane * _size.Rows + j + row) + column * Walk.Step.I, to = _stack.Walk.First(slice * format.Rows + j);
                for (int i = 0; i < format.Columns; i++)
                    voxels[to + i * _stack.Walk.Step.I] = labels[from + i * Walk.Step.I];
            }
        }

        return voxels;
    }

    /// <summary>How far a slice lies beside the grid's first pixel, in pixels.</summary>
    public (double Column, double Row) ShiftOf(int slice) => (_shift[slice].Column - _first.Column, _shift[slice].Row - _first.Row);

    private (double Column, double Row) Aside(int slice)
    {
        if (!_stack.IsTilted)
            return (0, 0);
        CtSlice first = _stack.Slices[0];
        double along = _stack.Along(slice);
        double[] position = _stack.Slices[slice].Position;
        ReadOnlySpan<double> aside = [.. Enumerable.Range(0, 3).Select(r => position[r] - first.Position[r] - along * _stack.Normal[r])];
        return (PatientAxes.Dot(aside, first.Orientation) / first.Spacing[1],
            PatientAxes.Dot(aside, first.Orientation.AsSpan(3)) / first.Spacing[0]);
    }

    /// <summary>
    /// Hands every voxel on: its plane's slices with their weights, its column and row in pixels of the first slice, its place.
    /// </summary>
    private void Each(Action<(int Slice, double Weight)[], int, int, int> body) => Parallel.For(0, _size.Planes, plane =>
    {
        (int Slice, double Weight)[] weights = Weights(plane);
        for (int j = 0; j < _size.Rows; j++)
        {
            int at = Walk.First(plane * _size.Rows + j);
            for (int i = 0; i < _size.Columns; i++)
                body(weights, i + _first.Column, j + _first.Row, at + i * Walk.Step.I);
        }
    });

    /// <summary>The slice of a plane, or the two around it.</summary>
    public (int Slice, double Weight)[] Weights(int plane)
    {
        double along = plane * _step;
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
