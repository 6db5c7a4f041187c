using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Ranks;
using Smile.Net.Settings;
using Smile.Net.Tensors;
using Smile.Net.Tracing;

namespace Smile.Net.Training;

/// <summary>
/// One update after another: a batch is drawn; each of its leaves passes forward, meets the loss of the method, and passes backward; what
/// the leaves give is added (<see cref="LeafTree"/>) and moves the weights. Forward, loss and backward of a leaf are recorded work, which a
/// CUDA device replays as one graph; then the host reads the loss, so that one that is not finite leaves the weights alone, and the update
/// is one more launch. A step allocates nothing on the managed heap.
/// </summary>
internal sealed class Learner : IDisposable
{
    private readonly RunSettings _settings;
    private readonly BatchLoss _loss;
    private readonly Optimizer _optimizer;
    private readonly LeafTree _tree;
    private readonly float[] _squares = new float[2];
    private readonly Action _pass;
    private readonly RangeName _stepRange = Ranges.Name("step"), _forwardRange = Ranges.Name("forward"), _lossRange = Ranges.Name("loss"),
        _backwardRange = Ranges.Name("backward"), _optimiserRange = Ranges.Name("optimiser");
    private Place _squaresAt;

    /// <param name="settings">Of the run.</param>
    /// <param name="organs">K.</param>
    /// <param name="sampler">Draws the batches; it fills the slices of this rank's leaves.</param>
    /// <param name="backend">A fresh one, which is the network's from now on.</param>
    /// <param name="ranks">Share the leaves of each batch; null: one process has them all.</param>
    public Learner(RunSettings settings, int organs, SliceSampler sampler, IBackend backend, ICommunicator? ranks = null)
    {
        (_settings, _loss, _optimizer) = (settings, BatchLoss.Of(settings, organs), new Optimizer(settings));
        _tree = new LeafTree(settings, _loss.Sums, ranks ?? NoRanks.Instance);
        Network = NetworkFor(
            settings, organs, backend, _loss, _optimizer, _tree, plan => _squaresAt = plan.Take(Arena.Batch, _squares.Length));
        Exchange = _tree.Join(backend, settings.Run.Exchange);
        Batches = new BatchQueue(sampler, () => _loss.NewBatch(settings.Data.Slices, _tree.Own));
        _pass = backend.Record(Pass);
    }

    /// <summary>
    /// The network that such a run trains, with all its memory: to see whether the device takes it, before any case is loaded.
    /// </summary>
    /// <exception cref="ConfigException">The settings make no network.</exception>
    /// <exception cref="BackendException">The device has not the memory.</exception>
    public static Network NetworkFor(RunSettings settings, int organs, IBackend backend, ICommunicator? ranks = null) =>
        NetworkFor(settings, organs, backend, BatchLoss.Of(settings, organs), new Optimizer(settings),
            new LeafTree(settings, 0, ranks ?? NoRanks.Instance), _ => { });

    private static Network NetworkFor(RunSettings settings, int organs, IBackend backend, BatchLoss loss, Optimizer optimizer,
        LeafTree tree, Action<ArenaPlan> more)
    {
        TrainSettings train = settings.Train;
        int outputs = train.Method == Methods.Baseline ? organs + 1 : organs;
        return new Network(settings.Model, train.LeafSlices, train.Size, train.Size, settings.Data.Slices, outputs, NetworkUse.Training,
            backend, Plan, loss.Logits, optimizer.Memory);

        void Plan(ArenaPlan plan)
        {
            loss.Plan(plan);
            tree.Plan(plan);
            more(plan);
        }
    }

    public Network Network { get; }

    /// <summary>The batches to come; whoever changes position or pseudo labels does it here.</summary>
    public BatchQueue Batches { get; }

    /// <inheritdoc cref="BatchLoss.OrganLoss"/>
    public ReadOnlyMemory<float> OrganLoss => _loss.OrganLoss;

    /// <inheritdoc cref="BatchLoss.RegionLoss"/>
    public double RegionLoss => _loss.RegionLoss;

    /// <summary>Length of the gradient of all weights in the last step, before it was clipped; NaN where it was not asked for.</summary>
    public double GradientNorm { get; private set; } = double.NaN;

    /// <summary>How gradients pass between ranks, for people; empty where there is nothing to choose.</summary>
    public string Exchange { get; }

    /// <inheritdoc cref="LeafTree.Stop"/>
    public bool Stop
    {
        set => _tree.Stop = value;
    }

    /// <inheritdoc cref="LeafTree.Stopped"/>
    public bool Stopped => _tree.Stopped;

    /// <inheritdoc cref="Optimizer.Updates"/>
    public int Updates
    {
        get => _optimizer.Updates;
        set => _optimizer.Updates = value;
    }

    /// <summary>The base learning rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float LearningRate(int step) => _optimizer.LearningRate(step);

    /// <summary>After the weights were given: moments of zero, and averages that are the weights.</summary>
    public void Reset() => _optimizer.Reset(Network);

    /// <summary>Makes the update that follows <paramref name="step"/> finished ones and returns the batch's loss.</summary>
    /// <exception cref="DivergedException">Loss or gradients are not finite; the weights are as they were before.</exception>
    public double Step(int step)
    {
        using Ranges.Range range = Ranges.Enter(_stepRange);
        Batch batch = Batches.Next();
        int images = Network.Images.Length;
        for (int leaf = 0; leaf < _tree.Own; leaf++)
        {
            _tree.Before(leaf, Network);
            Network.Backend.Write(Network.Images, batch.Images.AsSpan(leaf * images, images));
            _loss.Write(Network.Backend, batch, leaf);
            if (Network.Graph.Observer is null)
                _pass();
            else
                Pass(); // an observer sees each layer each time; a replay runs no host code
            _loss.Read(Network.Backend, _tree.Sums);
            _tree.After(leaf, Network);
        }

        double loss = _loss.Of(_tree.Sums, _tree.Leaves);
        if (!double.IsFinite(loss))
            throw Diverged(step, $"the loss is {loss}");
        using Ranges.Range update = Ranges.Enter(_optimiserRange);
        GradientNorm = Norm(step);
        _optimizer.Update(Network, step, GradientNorm, _tree.Share);
        return loss;
    }

    /// <summary>
    /// Refuses weights that are not finite, before they are kept: between two checks of the gradients a bad one reaches the weights, and
    /// shows in the loss of the next step only.
    /// </summary>
    /// <param name="step">Updates done.</param>
    /// <exception cref="DivergedException">A weight is NaN or infinite.</exception>
    public void DemandFiniteWeights(int step)
    {
        if (Network.Parameters.Any(p => BadIn(p.Value) > 0))
            throw Diverged(step - 1, "its update left weights that are not finite");
    }

    public void Dispose()
    {
        Batches.Dispose();
        _tree.Dispose();
        Network.Dispose();
    }

    /// <summary>
    /// Forward, loss and backward, and the gradient's squares where each step needs them and the leaf is all of it: the same on every
    /// leaf, which lies on the device.
    /// </summary>
    private void Pass()
    {
        using (Ranges.Enter(_forwardRange))
            Network.Forward(training: true);
        using (Ranges.Enter(_lossRange))
            _loss.Queue(Network);
        using (Ranges.Enter(_backwardRange))
            Network.Backward();
        if (_optimizer.Clips && _tree.Leaves == 1)
            Network.Backend.SumSquares(Network.Gradients, _squaresAt);
    }

    /// <summary>The gradient's length, where it is clipped or checked in this step.</summary>
    private double Norm(int step)
    {
        if (!_optimizer.Clips && step % _settings.Run.CheckEvery != 0)
            return double.NaN;
        if (!_optimizer.Clips || _tree.Leaves > 1)
            Network.Backend.SumSquares(Network.Gradients, _squaresAt);
        double norm = _tree.Share * Math.Sqrt(ReadSquares(out uint bad));
        if (bad > 0)
            throw Diverged(step, "a gradient is not finite");
        return !_optimizer.Clips || double.IsFinite(norm) ? norm : throw Diverged(step, $"the gradient's norm is {norm}");
    }

    private DivergedException Diverged(int step, string what)
    {
        string where = "all weights and gradients are finite";
        // A bad weight makes the gradients of all layers bad: weights are looked at first.
        Parameter? bad = Network.Parameters.FirstOrDefault(p => BadIn(p.Value) > 0)
            ?? Network.Parameters.FirstOrDefault(p => p.Trained && BadIn(p.Gradient) > 0);
        if (bad is not null)
            where = $"first bad parameter {bad.Name}: {BadIn(bad.Value)} of {bad.Count} values and "
                + $"{(bad.Trained ? BadIn(bad.Gradient) : 0)} gradients are NaN or infinite";
        return new DivergedException($"step {step + 1}: {what}; {where}. "
            + $"Lower train.lr (now {_settings.Train.LearningRate}); the last checkpoint is kept.");
    }

    private uint BadIn(Place place)
    {
        Network.Backend.SumSquares(place, _squaresAt);
        ReadSquares(out uint bad);
        return bad;
    }

    private float ReadSquares(out uint bad)
    {
        Network.Backend.Read(_squaresAt, _squares);
        bad = BitConverter.SingleToUInt32Bits(_squares[1]);
        return _squares[0];
    }
}
