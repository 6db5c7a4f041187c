using Smile.Net.Data;

namespace Smile.Host.Imaging;

/// <summary>
/// How a file's axes (i fastest, j, k) lie against the RAS+ axes (x, y, z): one of the 48 permutations with flips. Voxels
/// are moved, never resampled.
/// </summary>
internal sealed class AxisOrder
{
    /// <summary>A file that is RAS+ already.</summary>
    public static readonly AxisOrder Ras = new([0, 1, 2], [false, false, false]);

    private static readonly int[][] Permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    // For each of x, y, z: which file axis it is, and whether that axis runs the other way.
    private readonly int[] _axis;
    private readonly bool[] _flip;

    private AxisOrder(int[] axis, bool[] flip) => (_axis, _flip) = (axis, flip);

    /// <summary>The order whose axes are closest to RAS+ for a file's affine.</summary>
    public static AxisOrder Closest(double[] affine)
    {
        double[] directions = Affine.Directions(affine);
        int[] best = Permutations[0];
        double bestScore = double.NegativeInfinity;
        foreach (int[] axis in Permutations)
        {
            double score = 0;
            for (int r = 0; r < 3; r++)
                score += Math.Abs(directions[3 * r + axis[r]]);
            // The margin keeps an image and its label map alike where rounding alone would break a tie (45 degrees).
            if (score > bestScore + 1e-5)
                (best, bestScore) = (axis, score);
        }

        return new AxisOrder(best, [.. best.Select((file, r) => directions[3 * r + file] < 0)]);
    }

    /// <summary>True where the file's planes (k) follow one another along <paramref name="axis"/>: 0 x, 1 y, 2 z.</summary>
    public bool PlanesRunAlong(int axis) => _axis[axis] == 2;

    /// <summary>The geometry in RAS+ order of a file with these sizes (i, j, k) and this affine.</summary>
    public Geometry Reorient(int[] sizes, double[] affine)
    {
        var turned = new double[12];
        for (int r = 0; r < 3; r++)
        {
            double origin = affine[4 * r + 3];
            for (int c = 0; c < 3; c++)
            {
                double step = affine[4 * r + _axis[c]];
                turned[4 * r + c] = _flip[c] ? -step : step;
                if (_flip[c])
                    origin += step * (sizes[_axis[c]] - 1);
            }

            turned[4 * r + 3] = origin;
        }

        return new Geometry(sizes[_axis[2]], sizes[_axis[1]], sizes[_axis[0]], turned);
    }

    /// <summary>The walk over a RAS+ volume that meets its voxels in the file's order.</summary>
    public AxisWalk Walk(Geometry geometry)
    {
        int[] sizes = [geometry.Width, geometry.Height, geometry.Depth];
        int[] strides = [1, geometry.Width, geometry.Width * geometry.Height];
        int start = 0;
        int[] size = new int[3], step = new int[3];
        for (int c = 0; c < 3; c++)
        {
            size[_axis[c]] = sizes[c];
            step[_axis[c]] = _flip[c] ? -strides[c] : strides[c];
            start += _flip[c] ? strides[c] * (sizes[c] - 1) : 0;
        }

        return new AxisWalk(start, (size[0], size[1], size[2]), (step[0], step[1], step[2]));
    }
}

/// <summary>File voxel (i, j, k) is element <c>Start + i Step.I + j Step.J + k Step.K</c> of the RAS+ array.</summary>
internal readonly record struct AxisWalk(int Start, (int I, int J, int K) Size, (int I, int J, int K) Step)
{
    /// <summary>Rows along i in the file.</summary>
    public int Rows => Size.J * Size.K;

    /// <summary>True where the file's planes (k) are the slices of the volume, in order or reversed.</summary>
    public bool IsAxial(Geometry geometry) => Size.K == geometry.Depth && Math.Abs(Step.K) == geometry.Height * geometry.Width;

    /// <summary>The volume's slice that is the file's plane <paramref name="k"/>, where the file is axial.</summary>
    public int SliceOf(int k) => Step.K > 0 ? k : Size.K - 1 - k;

    /// <summary>
    /// Puts a file row, counted in the file's order, where it belongs in a part of the volume that starts at voxel
    /// <paramref name="start"/>.
    /// </summary>
    public void Scatter<T>(int row, ReadOnlySpan<T> line, Span<T> voxels, int start = 0)
    {
        int at = First(row) - start;
        foreach (T voxel in line)
        {
            voxels[at] = voxel;
            at += Step.I;
        }
    }

    /// <summary>Takes a file row out of a part of the volume that starts at voxel <paramref name="start"/>.</summary>
    public void Gather<T>(int row, ReadOnlySpan<T> voxels, Span<T> line, int start = 0)
    {
        int at = First(row) - start;
        for (int i = 0; i < line.Length; i++, at += Step.I)
            line[i] = voxels[at];
    }

    /// <summary>The element that holds the first voxel of a file row.</summary>
    public int First(int row) => Start + row % Size.J * Step.J + row / Size.J * Step.K;
}
