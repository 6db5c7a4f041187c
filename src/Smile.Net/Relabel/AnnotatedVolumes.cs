using Smile.Net.Data;

namespace Smile.Net.Relabel;

/// <summary>A round that gave an organ more than people's drawings let expect.</summary>
/// <param name="Organ">The organ's index.</param>
/// <param name="Cases">In how many cases.</param>
/// <param name="Case">The case that was given the most.</param>
/// <param name="AddedMl">What it was given, ml.</param>
/// <param name="LargestMl">The largest annotated volume, ml.</param>
public sealed record ExcessVolume(int Organ, int Cases, string Case, double AddedMl, double LargestMl);

/// <summary>
/// The largest volume of each organ that people drew: what a round adds to a case is held against it. An organ does not grow to several
/// times the largest one of its kind; a classifier that leaks does. An organ that nobody drew has no bound. The mean volume is what
/// <see cref="VolumeRule"/> takes.
/// </summary>
/// <param name="organs">K.</param>
public sealed class AnnotatedVolumes(int organs)
{
    private const double CubicMmPerMl = 1000;

    private readonly double[] _largest = new double[organs], _sum = new double[organs], _height = new double[organs];
    private readonly int[] _cases = new int[organs];

    /// <summary>Learns from a case.</summary>
    /// <param name="volumes">Of the organs in its label map, mm^3 (<see cref="DropNumbers"/>).</param>
    /// <param name="annotated">The organs that are annotated in it.</param>
    /// <param name="grid">The case's; where the mean cross-section is not asked for it may be left out.</param>
    public void Add(IReadOnlyList<double> volumes, OrganBits annotated, Geometry? grid = null)
    {
        for (int k = 0; k < organs; k++)
        {
            if (!annotated.Has(k))
                continue;
            _largest[k] = Math.Max(_largest[k], volumes[k]);
            _sum[k] += volumes[k];
            _cases[k]++;
            _height[k] += grid is null ? 0 : Height(grid);
        }
    }

    /// <summary>An organ's mean volume over the cases that annotate it, mm^3, 0 where it is absent; null where none does.</summary>
    public double? Mean(int organ) => _cases[organ] > 0 ? _sum[organ] / _cases[organ] : null;

    /// <summary>
    /// What a case of a height is expected to hold of an organ, mm^3: of the cases that annotate it the mean cross-section (all their
    /// volume over all their height), times the height; null where none does.
    /// </summary>
    /// <param name="organ">From 0.</param>
    /// <param name="grid">The case's.</param>
    public double? MeanOfHeight(int organ, Geometry grid) => _height[organ] > 0 ? _sum[organ] / _height[organ] * Height(grid) : null;

    /// <summary>Slices times their distance, mm.</summary>
    private static double Height(Geometry grid) => grid.Depth * grid.Spacing.Z;

    /// <summary>The organs of which a round added too much.</summary>
    /// <param name="round">The relabelled cases: id, grid, and what was done, an organ each.</param>
    /// <param name="bound">How many times the largest annotated volume is too much; 0: nothing is.</param>
    public IReadOnlyList<ExcessVolume> Exceeded(
        IEnumerable<(string Id, Geometry Geometry, IReadOnlyList<OrganRound> Organs)> round, double bound)
    {
        var cases = round.ToList();
        var exceeded = new List<ExcessVolume>();
        for (int k = 0; bound > 0 && k < organs; k++)
        {
            var over = cases.Select(each => (each.Id, Volume: Added(each.Geometry, each.Organs[k])))
                .Where(each => _largest[k] > 0 && each.Volume > bound * _largest[k]).ToList();
            if (over.Count == 0)
                continue;
            var (id, volume) = over.MaxBy(each => each.Volume);
            exceeded.Add(new ExcessVolume(k, over.Count, id, volume / CubicMmPerMl, _largest[k] / CubicMmPerMl));
        }

        return exceeded;
    }

    private static double Added(Geometry geometry, OrganRound organ)
    {
        var (dz, dy, dx) = geometry.Spacing;
        return organ.Selected * (dz * dy * dx);
    }
}
