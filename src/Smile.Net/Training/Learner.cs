using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Tensors;

namespace Smile.Net.Training;

/// <summary>
/// One update after another: a batch is drawn, passes forward, meets the loss of the method, passes backward, and moves the
/// weights. Forward, loss and backward are recorded work, which a CUDA device replays as one graph; then the host reads the loss, so that
/// one that is not finite leaves the weights alone, and the update is one more launch. A step allocates nothing on the managed heap.
/// </summary>
internal sealed class Learner : IDisposable
{
    private readonly RunSettings _settings;
    private readonly bool _softmax;
    private readonly int _organs;
    private readonly PolySchedule _schedule;
    private readonly int _pixels;
    private readonly float[] _lossSums, _organLoss;
    private readonly uint[] _counts;
    private readonly uint[] _badCount = new uint[2];
    private readonly Action _pass;
    private Place _isOrganAt, _isKnownAt, _classesAt, _lossSumsAt, _countsAt, _squares;

    public Learner(RunSettings settings, int organs, SliceSampler sampler, IBackend backend)
    {
        (_settings, _organs, _softmax) = (settings, organs, settings.Train.Method == Methods.Baseline);
        TrainSettings train = settings.Train;
        _schedule = new PolySchedule(train.LearningRate, train.Power, train.Steps);
        _pixels = new Shape(train.Batch, train.Size, train.Size, 1).Rows;
        int sums = _softmax ? 1 : organs, masks = _softmax ? 0 : _pixels, classes = _pixels - masks;
        (_lossSums, _counts, _organLoss) = (new float[sums], new uint[sums], new float[_softmax ? 0 : organs]);
        int outputs = _softmax ? organs + 1 : organs;
        Network = new Network(settings.Model, train.Batch, train.Size, train.Size, 1, outputs, NetworkUse.Training, backend, more: Plan,
            _softmax ? LogitsSize.Image : LogitsSize.Features);
        Batches = new BatchQueue(sampler, () => new Batch(new float[_pixels], new uint[masks], new uint[masks], new uint[classes]));
        _pass = backend.Record(Pass);

        void Plan(ArenaPlan plan)
        {
            _isOrganAt = plan.Take(Arena.Batch, masks);
            _isKnownAt = plan.Take(Arena.Batch, masks);
            _classesAt = plan.Take(Arena.Batch, classes);
            _lossSumsAt = plan.Take(Arena.Batch, sums);
            _countsAt = plan.Take(Arena.Batch, sums);
            _squares = plan.Take(Arena.Batch, _badCount.Length);
        }
    }

    public Network Network { get; }

    /// <summary>The batches to come; whoever changes position or pseudo labels does it here.</summary>
    public BatchQueue Batches { get; }

    /// <summary>Mean loss over the known pixels of each organ in the last batch; empty for the baseline.</summary>
    public ReadOnlyMemory<float> OrganLoss => _organLoss;

    /// <summary>The base learning rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float LearningRate(int step) => _schedule.At(step);

    /// <summary>Makes the update that follows <paramref name="step"/> finished ones and returns the batch's loss.</summary>
    /// <exception cref="DivergedException">Loss or gradients are not finite; the weights are as they were before.</exception>
    public double Step(int step)
    {
        Batch batch = Batches.Next();
        Write(batch);
        if (Network.Graph.Observer is null)
            _pass();
        else
            Pass(); // an observer sees each layer each time; a replay runs no host code
        double loss = Loss();
        if (!double.IsFinite(loss))
            throw Diverged(step, $"the loss is {loss}");
        if (step % _settings.Run.CheckEvery == 0 && BadIn(Network.Gradients) > 0)
            throw Diverged(step, "a gradient is not finite");
        TrainSettings train = _settings.Train;
        Network.Update(LearningRate(step), (float)train.HeadFactor, (float)train.Momentum, (float)train.WeightDecay);
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
        Network.Dispose();
    }

    private void Write(Batch batch)
    {
        IBackend backend = Network.Backend;
        backend.Write(Network.Images, batch.Images);
        backend.Write(_isOrganAt, batch.IsOrgan);
        backend.Write(_isKnownAt, batch.IsKnown);
        backend.Write(_classesAt, batch.Classes);
    }

    /// <summary>Forward, loss and backward: the same on every batch, which lies on the device.</summary>
    private void Pass()
    {
        IBackend backend = Network.Backend;
        float scale = 1f / _pixels;
        Network.Forward(training: true);
        if (_softmax)
        {
            var shape = new SoftmaxShape(_pixels, _organs + 1, scale);
            backend.SoftmaxCrossEntropy(shape, Network.Logits, _classesAt, _lossSumsAt, _countsAt, Network.LogitsGradient);
        }
        else
        {
            Shape logits = Network.LogitsShape;
            int size = _settings.Train.Size;
            var shape = new ResizedBceShape(logits.Batch, logits.Height, logits.Width, size, size, _organs, scale);
            backend.ResizedBce(shape, Network.Logits, _isOrganAt, _isKnownAt, _lossSumsAt, _countsAt, Network.LogitsGradient);
        }

        Network.Backward();
    }

    private double Loss()
    {
        Network.Backend.Read(_lossSumsAt, _lossSums);
        Network.Backend.Read(_countsAt, _counts);
        double sum = 0;
        foreach (float part in _lossSums)
            sum += part;
        for (int k = 0; k < _organLoss.Length; k++)
            _organLoss[k] = _lossSums[k] / Math.Max(1, _counts[k]);
        return sum / _pixels;
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
        Network.Backend.SumSquares(place, _squares);
        Network.Backend.Read(_squares, _badCount);
        return _badCount[1];
    }
}
