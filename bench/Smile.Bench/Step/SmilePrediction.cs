using Smile.Kernels.Backend;
using Smile.Net;
using Smile.Net.Graph;
using Smile.Net.Models;

namespace Smile.Bench.Step;

/// <summary>Smile's forward pass with running statistics, images in and logits at their size out.</summary>
internal sealed class SmilePrediction : IDisposable
{
    private readonly StepBatch _batch;
    private readonly Network _network;
    private readonly float[] _logits;

    /// <summary>The given weights, or random ones from a fixed seed.</summary>
    public SmilePrediction(ModelSettings model, StepBatch batch, IReadOnlyDictionary<string, float[]>? weights, IBackend backend)
    {
        _batch = batch;
        _network = new Network(model, batch.Count, batch.Size, batch.Size, inChannels: 1, batch.Organs, NetworkUse.Inference, backend);
        _logits = new float[_network.Logits.Length];
        _network.Initialise(new Rng(5));
        foreach (var parameter in _network.Parameters.Where(_ => weights is not null))
            parameter.Write(backend, parameter.Value, weights![parameter.Name]);
    }

    public long Flops => _network.Graph.Layers.Sum(layer => layer.Cost.Flops);

    /// <summary>The logits, valid until the next run.</summary>
    public ReadOnlySpan<float> Run()
    {
        _network.Backend.Write(_network.Images, _batch.Images);
        _network.Forward(training: false);
        _network.Backend.Read(_network.Logits, _logits);
        return _logits;
    }

    public void Dispose() => _network.Dispose();
}
