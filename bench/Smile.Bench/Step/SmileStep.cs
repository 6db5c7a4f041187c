using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Net;
using Smile.Net.Graph;
using Smile.Net.Models;

namespace Smile.Bench.Step;

/// <summary>Smile's training step.</summary>
internal sealed class SmileStep : IDisposable
{
    private readonly StepBatch _batch;
    private readonly Network _network;
    private readonly float[] _losses;
    private readonly ResizedBceShape _loss;
    private Place _isOrgan, _isKnown, _lossSums, _counts;

    /// <summary>The given weights, or random ones from a fixed seed.</summary>
    public SmileStep(ModelSettings model, StepBatch batch, IReadOnlyDictionary<string, float[]>? weights, IBackend backend)
    {
        (_batch, _losses) = (batch, new float[batch.Organs]);
        _network = new Network(model, batch.Count, batch.Size, batch.Size, inChannels: 1, batch.Organs, NetworkUse.Training, backend,
            plan =>
        {
            (_isOrgan, _isKnown) = (plan.Take(Arena.Batch, batch.Pixels), plan.Take(Arena.Batch, batch.Pixels));
            (_lossSums, _counts) = (plan.Take(Arena.Batch, batch.Organs), plan.Take(Arena.Batch, batch.Organs));
        }, LogitsSize.Features);
        var logits = _network.LogitsShape;
        _loss = new ResizedBceShape(batch.Count, logits.Height, logits.Width, batch.Size, batch.Size, batch.Organs, 1f / batch.Pixels);
        _network.Initialise(new Rng(5));
        foreach (var parameter in _network.Parameters.Where(_ => weights is not null))
            parameter.Write(backend, parameter.Value, weights![parameter.Name]);
    }

    public long ForwardFlops => _network.Graph.Layers.Sum(layer => layer.Cost.Flops);

    /// <summary>The names of all weights that a gradient changes.</summary>
    public IEnumerable<string> Trained => _network.Parameters.Where(p => p.Trained).Select(p => p.Name);

    /// <summary>The gradient of a weight in the last step, torch's order.</summary>
    public float[] Gradient(string name)
    {
        var parameter = _network.Parameters.Single(p => p.Name == name);
        return parameter.Read(_network.Backend, parameter.Gradient);
    }

    /// <summary>Every weight and running statistic, one after another.</summary>
    public float[] Weights() => [.. _network.Parameters.SelectMany(p => p.Read(_network.Backend, p.Value))];

    /// <summary>One update; the loss before it.</summary>
    public double Step()
    {
        IBackend backend = _network.Backend;
        backend.Write(_network.Images, _batch.Images);
        backend.Write(_isOrgan, _batch.IsOrgan);
        backend.Write(_isKnown, _batch.IsKnown);
        _network.Forward(training: true);
        backend.ResizedBce(_loss, _network.Logits, _isOrgan, _isKnown, _lossSums, _counts, _network.LogitsGradient);
        _network.Backward();
        _network.Update(StepRates.Learning, StepRates.HeadFactor, StepRates.Momentum, StepRates.Decay);
        backend.Read(_lossSums, _losses);
        return _losses.Sum(loss => (double)loss) / _batch.Pixels;
    }

    public void Dispose() => _network.Dispose();
}
