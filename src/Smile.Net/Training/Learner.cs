using Smile.Kernels;
using Smile.Net.Data;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Tensors;

namespace Smile.Net.Training;

/// <summary>The training left the finite numbers: exit code 6, a check failed.</summary>
public sealed class DivergedException(string message) : SmileException(message)
{
    /// <inheritdoc/>
    public override int ExitCode => 6;
}

/// <summary>
/// One update after another: a batch is drawn, passes forward, meets the loss of the method, passes backward, and moves the
/// weights. A step allocates nothing on the managed heap.
/// </summary>
internal sealed class Learner : IDisposable
{
    private readonly RunSettings _settings;
    private readonly SliceSampler _sampler;
    private readonly bool _softmax;
    private readonly int _organs;
    private readonly PolySchedule _schedule;
    private readonly float[] _images, _lossSums, _organLoss;
    private readonly uint[] _isOrgan, _isKnown, _classes, _counts;
    private readonly uint[] _badCount = new uint[2];
    private readonly Place[] _gradients;
    private Place _isOrganAt, _isKnownAt, _classesAt, _lossSumsAt, _countsAt, _squares;

    public Learner(RunSettings settings, int organs, SliceSampler sampler, IBackend backend)
    {
        (_settings, _organs, _sampler, _softmax) = (settings, organs, sampler, settings.Train.Method == Methods.Baseline);
        TrainSettings train = settings.Train;
        _schedule = new PolySchedule(train.LearningRate, train.Power, train.Steps);
        int pixels = checked(train.Batch * train.Size * train.Size), sums = _softmax ? 1 : organs;
        _images = new float[pixels];
        int masks = _softmax ? 0 : pixels;
        (_isOrgan, _isKnown, _classes) = (new uint[masks], new uint[masks], new uint[pixels - masks]);
        (_lossSums, _counts, _organLoss) = (new float[sums], new uint[sums], new float[_softmax ? 0 : organs]);
        int outputs = _softmax ? organs + 1 : organs;
        Network = new Network(settings.Model, train.Batch, train.Size, train.Size, 1, outputs, NetworkUse.Training, backend, more: Plan);
        _gradients = [.. Network.Gradients];

        void Plan(ArenaPlan plan)
        {
            _isOrganAt = plan.Take(Arena.Batch, _isOrgan.Length);
            _isKnownAt = plan.Take(Arena.Batch, _isKnown.Length);
            _classesAt = plan.Take(Arena.Batch, _classes.Length);
            _lossSumsAt = plan.Take(Arena.Batch, sums);
            _countsAt = plan.Take(Arena.Batch, sums);
            _squares = plan.Take(Arena.Batch, _badCount.Length);
        }
    }

    public Network Network { get; }

    /// <summary>Mean loss over the known pixels of each organ in the last batch; empty for the baseline.</summary>
    public ReadOnlyMemory<float> OrganLoss => _organLoss;

    /// <summary>The base learning rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public float LearningRate(int step) => _schedule.At(step);

    /// <summary>Makes the update that follows <paramref name="step"/> finished ones and returns the batch's loss.</summary>
    /// <exception cref="DivergedException">Loss or gradients are not finite; the weights are as they were before.</exception>
    public double Step(int step)
    {
        _sampler.Next(_images, _isOrgan, _isKnown, _classes);
        Network.Backend.Write(Network.Images, _images);
        Network.Forward(training: true);
        double loss = Loss();
        if (!double.IsFinite(loss))
            throw Diverged(step, $"the loss is {loss}");
        Network.Backward();
        if (step % _settings.Run.CheckEvery == 0)
            CheckGradients(step);
        TrainSettings train = _settings.Train;
        Network.Update(LearningRate(step), (float)train.HeadFactor, (float)train.Momentum, (float)train.WeightDecay);
        return loss;
    }

    public void Dispose() => Network.Dispose();

    private double Loss()
    {
        IBackend backend = Network.Backend;
        int pixels = _images.Length;
        float scale = 1f / pixels;
        if (_softmax)
        {
            backend.Write(_classesAt, _classes);
            var shape = new SoftmaxShape(pixels, _organs + 1, scale);
            backend.SoftmaxCrossEntropy(shape, Network.Logits, _classesAt, _lossSumsAt, _countsAt, Network.LogitsGradient);
        }
        else
        {
            backend.Write(_isOrganAt, _isOrgan);
            backend.Write(_isKnownAt, _isKnown);
            var shape = new MaskedBceShape(pixels, _organs, scale);
            backend.MaskedBce(shape, Network.Logits, _isOrganAt, _isKnownAt, _lossSumsAt, _countsAt, Network.LogitsGradient);
        }

        backend.Read(_lossSumsAt, _lossSums);
        backend.Read(_countsAt, _counts);
        double sum = 0;
        foreach (float part in _lossSums)
            sum += part;
        for (int k = 0; k < _organLoss.Length; k++)
            _organLoss[k] = _lossSums[k] / Math.Max(1, _counts[k]);
        return sum / pixels;
    }

    private void CheckGradients(int step)
    {
        foreach (Place gradients in _gradients)
            if (BadIn(gradients) > 0)
                throw Diverged(step, "a gradient is not finite");
    }

    private DivergedException Diverged(int step, string what)
    {
        string where = "all weights and gradients are finite";
        foreach (Parameter p in Network.Parameters)
        {
            uint weights = BadIn(p.Value), gradients = p.Trained ? BadIn(p.Gradient) : 0;
            if (weights + gradients == 0)
                continue;
            where = $"first bad parameter {p.Name}: {weights} of {p.Count} values and {gradients} gradients are NaN or infinite";
            break;
        }

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
