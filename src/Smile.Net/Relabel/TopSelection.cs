using System.Runtime.InteropServices;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.TopFraction;

namespace Smile.Net.Relabel;

/// <summary>The voxels of one volume that concern one organ, in voxel order.</summary>
internal sealed class CandidatePool
{
    private readonly List<int> _voxels = [];
    private readonly List<float> _ranks = [];
    private readonly List<uint> _isCandidate = [];

    public int Count => _voxels.Count;

    public ReadOnlySpan<int> Voxels => CollectionsMarshal.AsSpan(_voxels);

    public ReadOnlySpan<float> Ranks => CollectionsMarshal.AsSpan(_ranks);

    public ReadOnlySpan<uint> IsCandidate => CollectionsMarshal.AsSpan(_isCandidate);

    /// <summary>How many there are; a voxel whose rank is NaN is none.</summary>
    public long Candidates { get; private set; }

    /// <summary>1 where <see cref="TopSelection.Select"/> took the voxel.</summary>
    public uint[] Selected { get; set; } = [];

    public void Add(int voxel, float rank, bool candidate)
    {
        _voxels.Add(voxel);
        _ranks.Add(rank);
        _isCandidate.Add(candidate ? 1u : 0u);
        Candidates += candidate && !float.IsNaN(rank) ? 1 : 0;
    }
}

/// <summary>
/// Runs <see cref="ITopFraction.TopFraction"/> on pools of any length, on a backend of its own that is made anew where a pool does not fit.
/// </summary>
internal sealed class TopSelection(Func<IBackend> open) : IDisposable
{
    private const int LeastCapacity = 1 << 16;

    private readonly uint[] _counts = new uint[TopFractionShape.SummaryWords];
    private IBackend? _backend;
    private Place _scores, _candidates, _selected, _summary;

    /// <summary>The share that gives a number, rounded down, and at most all.</summary>
    /// <param name="number">Voxels to take.</param>
    /// <param name="candidates">Among these; at least one.</param>
    public static double ShareOf(double number, long candidates)
    {
        double count = Math.Floor(number);
        // The half keeps the product with the number of candidates, which is rounded down, on the right side of the count.
        return count >= candidates ? 1 : (count + 0.5) / candidates;
    }

    /// <summary>Fills the pool's selection and returns the number of candidates.</summary>
    /// <param name="pool">In voxel order.</param>
    /// <param name="fraction">The share of the candidates to take.</param>
    /// <param name="slice">Voxels of a slice, where each is ranked apart; null ranks the volume.</param>
    public long Select(CandidatePool pool, double fraction, int? slice)
    {
        pool.Selected = new uint[pool.Count];
        long candidates = 0;
        for (int start = 0; start < pool.Count;)
        {
            int end = pool.Count;
            if (slice is { } voxels)
                for (end = start + 1; end < pool.Count && pool.Voxels[end] / voxels == pool.Voxels[start] / voxels;)
                    end++;
            candidates += Run(pool.Ranks[start..end], pool.IsCandidate[start..end], fraction, pool.Selected.AsSpan(start, end - start));
            start = end;
        }

        return candidates;
    }

    public void Dispose() => _backend?.Dispose();

    private uint Run(ReadOnlySpan<float> scores, ReadOnlySpan<uint> candidates, double fraction, Span<uint> selected)
    {
        int length = scores.Length;
        IBackend backend = BackendFor(length);
        Place scoresAt = _scores.Part(0, length), candidatesAt = _candidates.Part(0, length), selectedAt = _selected.Part(0, length);
        backend.Write(scoresAt, scores);
        backend.Write(candidatesAt, candidates);
        backend.TopFraction(new TopFractionShape(length, fraction), scoresAt, candidatesAt, selectedAt, _summary);
        backend.Read(selectedAt, selected);
        backend.Read(_summary, _counts);
        return _counts[0];
    }

    private IBackend BackendFor(int length)
    {
        if (_backend is not null && _scores.Length >= length)
            return _backend;
        _backend?.Dispose();
        int capacity = Math.Max(LeastCapacity, length);
        var plan = new ArenaPlan();
        _scores = plan.Take(Arena.Batch, capacity);
        _candidates = plan.Take(Arena.Batch, capacity);
        _selected = plan.Take(Arena.Batch, capacity);
        _summary = plan.Take(Arena.Batch, TopFractionShape.SummaryWords);
        _backend = open();
        _backend.Reserve(plan);
        return _backend;
    }
}
