using Smile.Net.Data;

namespace Smile.Net.Prediction;

/// <summary>
/// A label map as its runs: stretches of one label along x, in the order of the voxels. Runs that touch are joined to components; a
/// component is named by its first run.
/// </summary>
internal sealed class LabelRuns
{
    private readonly Geometry _geometry;
    private readonly int[] _rows; // the first run of each row (z, y), and the end
    private readonly List<Run> _runs = [];

    /// <param name="labels">(z, y, x).</param>
    /// <param name="geometry">Its grid.</param>
    public LabelRuns(ReadOnlySpan<byte> labels, Geometry geometry)
    {
        _geometry = geometry;
        _rows = new int[geometry.Depth * geometry.Height + 1];
        for (int row = 0, start = 0; row + 1 < _rows.Length; row++, start += geometry.Width)
        {
            ReadOnlySpan<byte> line = labels.Slice(start, geometry.Width);
            for (int x = 0, end; x < line.Length; x = end)
            {
                int other = line[x..].IndexOfAnyExcept(line[x]);
                end = other < 0 ? line.Length : x + other;
                _runs.Add(new Run(row, x, end, line[x]));
            }

            _rows[row + 1] = _runs.Count;
        }

        Parents = [.. Enumerable.Range(0, _runs.Count)];
    }

    public int Count => _runs.Count;

    /// <summary>Of each run one before it, or itself, that is in the same component.</summary>
    private int[] Parents { get; }

    /// <summary>A run's row, z * height + y, its columns from and to, and their label.</summary>
    public Run this[int run] => _runs[run];

    /// <summary>The first voxel of a run.</summary>
    public int Voxel(int run) => _runs[run].Row * _geometry.Width + _runs[run].Start;

    /// <summary>The first run of a run's component.</summary>
    public int Component(int run)
    {
        while (Parents[run] != run)
            run = Parents[run] = Parents[Parents[run]];
        return run;
    }

    /// <summary>Makes one component of the components of two runs.</summary>
    public void Join(int a, int b)
    {
        (a, b) = (Component(a), Component(b));
        Parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    /// <summary>Shows each pair of runs of different rows that touch, once, the earlier one first.</summary>
    /// <param name="diagonal">Corners and edges of voxels touch too (26 neighbours); else faces alone (6).</param>
    /// <param name="visit">Sees the pair.</param>
    public void EachPair(bool diagonal, Action<int, int> visit)
    {
        (int, int)[] before = diagonal ? [(0, -1), (-1, -1), (-1, 0), (-1, 1)] : [(0, -1), (-1, 0)];
        for (int z = 0; z < _geometry.Depth; z++)
            for (int y = 0; y < _geometry.Height; y++)
                foreach (var (dz, dy) in before)
                    if (z + dz >= 0 && (uint)(y + dy) < (uint)_geometry.Height)
                        Pairs((z + dz) * _geometry.Height + y + dy, z * _geometry.Height + y, diagonal ? 1 : 0, visit);
    }

    private void Pairs(int earlier, int later, int reach, Action<int, int> visit)
    {
        int first = _rows[later], end = _rows[later + 1];
        for (int a = _rows[earlier]; a < _rows[earlier + 1]; a++)
        {
            Run run = _runs[a];
            while (first < end && _runs[first].End + reach <= run.Start)
                first++;
            for (int b = first; b < end && _runs[b].Start < run.End + reach; b++)
                visit(a, b);
        }
    }

    /// <summary>A stretch of one label along x.</summary>
    internal readonly record struct Run(int Row, int Start, int End, byte Label)
    {
        public int Length => End - Start;
    }
}
