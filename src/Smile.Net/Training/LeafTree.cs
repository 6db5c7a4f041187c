using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Net.Models;
using Smile.Net.Ranks;
using Smile.Net.Settings;

namespace Smile.Net.Training;

/// <summary>
/// Adds what the leaves of a batch give: the gradient, the running statistics that each leaf would leave behind, and the sums of its loss.
/// The order is one binary tree over all leaves of the batch: the first 2^n of them, as many as there are less than all, and the rest,
/// and each of both likewise. So the bits depend on the leaves alone, wherever each was computed: each rank has as many neighbouring
/// ones, a subtree, and what it adds of them meets that of the others (<see cref="RankTree"/>). A batch of one leaf is left alone.
/// </summary>
internal sealed class LeafTree : IDisposable
{
    private readonly ICommunicator _ranks;
    private readonly bool _statistics;
    private readonly double[] _theirSums;
    private readonly double[][] _waitingSums; // of 2^level leaves that wait for as many others
    private Place[] _waiting = [];
    private IExchange? _exchange;
    private Place _node, _tail, _before, _theirs;

    /// <param name="settings">Leaves of the batch; whether running statistics move.</param>
    /// <param name="sums">Numbers of a leaf's loss.</param>
    /// <param name="ranks">Share the leaves; <see cref="RankRules"/> holds of them.</param>
    public LeafTree(RunSettings settings, int sums, ICommunicator ranks)
    {
        (_ranks, _statistics, Leaves) = (ranks, !settings.Model.FrozenNorm, settings.Train.Leaves);
        (Own, Sums, _theirSums) = (Leaves / ranks.Size, new double[sums + 1], new double[sums + 1]);
        _waitingSums = [.. Levels.Select(_ => new double[sums + 1])];
    }

    /// <summary>Leaves of a batch, over all ranks.</summary>
    public int Leaves { get; }

    /// <summary>This rank's leaves of them.</summary>
    public int Own { get; }

    /// <summary>This rank asks all to stop after this batch.</summary>
    public bool Stop { get; set; }

    /// <summary>A rank has asked so before the last batch was added: all ranks know it of the same batch.</summary>
    public bool Stopped { get; private set; }

    /// <summary>What of a leaf's gradient counts in that of the batch: the loss of a batch is the mean over its leaves.</summary>
    public float Share => 1f / Leaves;

    /// <summary>Before <see cref="After"/> those of a leaf, after the last one those of the batch, over all ranks.</summary>
    public double[] Sums { get; }

    /// <summary>Subtrees of the tree that may wait for their neighbour at the same time: one a level.</summary>
    private IEnumerable<int> Levels => Enumerable.Range(0, 32 - int.LeadingZeroCount(Own - 1));

    /// <summary>Takes the memory that it needs beside a network's, whose own gradients were placed before.</summary>
    public void Plan(ArenaPlan plan)
    {
        if (Leaves == 1)
            return;
        int trained = (int)plan.Words(Arena.Gradients), all = _statistics ? (int)plan.Words(Arena.Weights) : trained;
        if (_statistics)
            _tail = plan.Take(Arena.Gradients, all - trained);
        _node = new Place(Arena.Gradients, 0, all);
        _waiting = [.. Levels.Select(_ => plan.Take(Arena.Gradients, all))];
        if (_statistics)
            _before = plan.Take(Arena.Gradients, all - trained);
        if (_ranks.Size == 1)
            return;
        _theirs = plan.Take(Arena.Gradients, RankTree.HalfOf(all));
    }

    /// <summary>Of several ranks: agrees with them how gradients pass between their devices. After the memory is there.</summary>
    /// <param name="backend">This rank's device.</param>
    /// <param name="exchange">run.exchange.</param>
    /// <returns>What was agreed, for people; empty where there is nothing to choose.</returns>
    /// <exception cref="ConfigException">It cannot be as it is asked for.</exception>
    public string Join(IBackend backend, string exchange)
    {
        if (_ranks.Size == 1)
            return "";
        _exchange = ExchangeChoice.Open(_ranks, backend, exchange, _theirs.Length, out string agreed);
        return agreed;
    }

    /// <summary>Before the passes of one of this rank's leaves: the running statistics are those that the batch began with.</summary>
    public void Before(int leaf, Network network)
    {
        if (Leaves == 1 || !_statistics)
            return;
        IBackend backend = network.Backend;
        if (leaf == 0)
            backend.AddBackward(network.Statistics, _before, Into.Set);
        else
            backend.AddBackward(_before, network.Statistics, Into.Set);
    }

    /// <summary>After the passes: adds it to its neighbours as far as they are there.</summary>
    public void After(int leaf, Network network)
    {
        if (Leaves == 1)
            return;
        IBackend backend = network.Backend;
        if (_statistics)
            backend.AddBackward(network.Statistics, _tail, Into.Set);
        bool last = leaf == Own - 1;
        int level = 0;
        for (; last ? leaf >> level != 0 : (leaf >> level & 1) != 0; level++)
        {
            if ((leaf >> level & 1) == 0)
                continue;
            backend.AddForward(_waiting[level], _node, _node);
            for (int i = 0; i < Sums.Length; i++)
                Sums[i] += _waitingSums[level][i];
        }

        if (!last)
        {
            backend.AddBackward(_node, _waiting[level], Into.Set);
            Sums.CopyTo(_waitingSums[level], 0);
            return;
        }

        AddRanks(backend);
        if (!_statistics)
            return;
        backend.Fill(network.Statistics, 0);
        backend.MovingAverage(Share, _tail, network.Statistics);
    }

    public void Dispose() => _exchange?.Dispose();

    private void AddRanks(IBackend backend)
    {
        if (_exchange is null)
            return;
        Sums[^1] = Stop ? 1 : 0;
        RankTree.Add(_ranks, Sums, _theirSums);
        Stopped = Sums[^1] > 0;
        RankTree.Add(_ranks, backend, _node, _theirs, _exchange);
    }
}
