using System.Runtime.InteropServices;

namespace Smile.Net.Relabel;

/// <summary>
/// The candidates of all cases of a round, ranked together: of each organ the floor(gamma * count) that rank highest are taken, of equal
/// ones those of the first case, then of the first voxel. It holds 4 bytes a candidate until it is closed; then only where the cut lies.
/// </summary>
/// <param name="organs">K.</param>
internal sealed class PooledRanks(int organs)
{
    private readonly List<float>[] _ranks = [.. Enumerable.Range(0, organs).Select(_ => new List<float>())];
    private readonly (float Cut, long Equal)[] _taken = new (float, long)[organs];

    /// <summary>Adds a case's candidates.</summary>
    /// <param name="pools">One an organ.</param>
    public void Add(IReadOnlyList<CandidatePool> pools)
    {
        for (int k = 0; k < organs; k++)
        {
            ReadOnlySpan<float> ranks = pools[k].Ranks;
            for (int i = 0; i < ranks.Length; i++)
                if (pools[k].IsCandidate[i] != 0 && !float.IsNaN(ranks[i]))
                    _ranks[k].Add(ranks[i]);
        }
    }

    /// <summary>No further case comes: finds where each organ's ranks are cut.</summary>
    public void Close(double gamma)
    {
        for (int k = 0; k < organs; k++)
        {
            Span<float> ranks = CollectionsMarshal.AsSpan(_ranks[k]);
            int take = (int)Math.Floor(gamma * ranks.Length), above = 0;
            _taken[k] = (float.PositiveInfinity, 0);
            if (take > 0)
            {
                ranks.Sort();
                float cut = ranks[^take];
                while (ranks[ranks.Length - 1 - above] > cut)
                    above++;
                _taken[k] = (cut, take - above);
            }

            _ranks[k] = [];
        }
    }

    /// <summary>Fills the selection of a case's pool; the cases come in the order in which they were added.</summary>
    /// <returns>The number of candidates.</returns>
    public long Select(CandidatePool pool, int organ)
    {
        pool.Selected = new uint[pool.Count];
        ref var taken = ref _taken[organ];
        for (int i = 0; i < pool.Count; i++)
        {
            if (pool.IsCandidate[i] == 0 || !(pool.Ranks[i] >= taken.Cut))
                continue;
            pool.Selected[i] = pool.Ranks[i] > taken.Cut || taken.Equal-- > 0 ? 1u : 0u;
        }

        return pool.Candidates;
    }
}
