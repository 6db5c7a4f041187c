using System.Buffers;
using Smile.Net.Data;

namespace Smile.Host.Imaging.Dicom;

/// <summary>
/// The image of a series on its <see cref="RegularGrid"/>, plane by plane in order: of the series' slices those around the planes at hand
/// are in memory. A plane takes the slice that is its own, or the linear mean of the two around it; each slice is shifted in its plane by a
/// bilinear step.
/// </summary>
internal sealed class RegularPlanes(CtStack stack, RegularGrid grid)
{
    private readonly Dictionary<int, float[]> _slices = [];
    private readonly Stack<float[]> _spare = [];

    /// <summary>Reads planes in HU; air where no slice reaches.</summary>
    /// <param name="first">The first of them, along the normal.</param>
    /// <param name="count">How many.</param>
    /// <param name="voxels">A part of a volume on the grid that holds them.</param>
    /// <param name="start">The voxel with which the part starts.</param>
    /// <exception cref="Smile.Net.DataException">Pixels are damaged or their codec is missing.</exception>
    public void Read(int first, int count, float[] voxels, int start)
    {
        (int Slice, double Weight)[][] weights = [.. Enumerable.Range(first, count).Select(grid.Weights)];
        var wanted = weights.SelectMany(plane => plane.Select(part => part.Slice)).ToHashSet();
        foreach (int slice in _slices.Keys.Where(slice => !wanted.Contains(slice)).ToArray())
        {
            _slices.Remove(slice, out float[]? spare);
            _spare.Push(spare!);
        }

        int[] missing = [.. wanted.Where(slice => !_slices.ContainsKey(slice)).Order()];
        foreach (int slice in missing)
            _slices.Add(slice, _spare.Count > 0 ? _spare.Pop() : new float[stack.Slices[0].Format.Pixels]);
        DicomSeries.Each(missing.Length, i => stack.Slices[missing[i]].File.Path,
            i => DicomSeries.ReadSlice(stack.Slices[missing[i]], _slices[missing[i]]));
        DicomSeries.Each(count, n => stack.Slices[weights[n][0].Slice].File.Path, n => Fill(first + n, weights[n], voxels, start));
    }

    private void Fill(int plane, (int Slice, double Weight)[] weights, float[] voxels, int start)
    {
        PixelFormat format = stack.Slices[0].Format;
        AxisWalk walk = grid.Walk;
        double[] sums = ArrayPool<double>.Shared.Rent(2 * walk.Size.I);
        Span<double> sum = sums.AsSpan(0, walk.Size.I), all = sums.AsSpan(walk.Size.I, walk.Size.I);
        for (int j = 0; j < walk.Size.J; j++)
        {
            sum.Clear();
            all.Clear();
            foreach ((int slice, double weight) in weights)
            {
                (double column, double row) = grid.ShiftOf(slice);
                // Pixel (i, j) of the grid lies at (i - column, j - row) of the slice: between the same neighbours, by the same shares,
                // throughout.
                (int left, int top) = ((int)Math.Floor(-column), (int)Math.Floor(-row));
                (double right, double below) = (-column - left, -row - top);
                foreach ((int y, double down) in ((int, double)[])[(j + top, 1 - below), (j + top + 1, below)])
                {
                    if (down > 0 && (uint)y < (uint)format.Rows)
                    {
                        ReadOnlySpan<float> line = _slices[slice].AsSpan(y * format.Columns, format.Columns);
                        Add(line, left, weight * down * (1 - right), sum, all);
                        Add(line, left + 1, weight * down * right, sum, all);
                    }
                }
            }

            int at = walk.First(plane * walk.Size.J + j) - start;
            // Where some of the neighbours are missing, those that are there count.
            for (int i = 0; i < sum.Length; i++)
                voxels[at + i * walk.Step.I] = all[i] > 0.5 ? (float)(sum[i] / all[i]) : CtSlice.Air;
        }

        ArrayPool<double>.Shared.Return(sums);
    }

    /// <summary>Adds pixel i + <paramref name="offset"/> of a row to element i, wherever there is one.</summary>
    private static void Add(ReadOnlySpan<float> line, int offset, double weight, Span<double> sum, Span<double> all)
    {
        int from = Math.Max(0, -offset), to = Math.Min(sum.Length, line.Length - offset);
        for (int i = from; weight > 0 && i < to; i++)
        {
            sum[i] += weight * line[i + offset];
            all[i] += weight;
        }
    }

    /// <summary>From the feet up, where the planes are axial.</summary>
    public sealed class Slabs(CtStack stack, RegularGrid grid) : ISlabReader
    {
        private readonly RegularPlanes _planes = new(stack, grid);

        public Geometry Geometry => grid.Geometry;

        public int SliceAt(int n) => n;

        public void Read(int n, int count, float[] slab) =>
            _planes.Read(Math.Min(grid.Walk.SliceOf(n), grid.Walk.SliceOf(n + count - 1)), count, slab,
                n * Geometry.Height * Geometry.Width);

        public void Dispose()
        {
        }
    }
}
