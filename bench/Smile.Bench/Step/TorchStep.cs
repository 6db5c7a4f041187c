using Smile.Bench.Cpu;
using Smile.Bench.Golden;
using Smile.Net.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>The optimiser's settings of both sides.</summary>
internal static class StepRates
{
    public const float Learning = 1e-3f, HeadFactor = 10, Momentum = 0.9f, Decay = 5e-4f;
}

/// <summary>libtorch's training step: the same network, loss and optimiser, in either layout.</summary>
internal sealed class TorchStep : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly TorchDeepLab _network;
    private readonly Tensor _images, _isOrgan, _isKnown;
    private readonly SGD _optimiser;
    private readonly double _pixels;
    private readonly ScalarType _type;
    private readonly bool _channelsLast;
    private readonly IReadOnlyDictionary<string, float[]>? _given;

    /// <summary>Random weights from a fixed seed, or those that are given.</summary>
    public TorchStep(ModelSettings model, StepBatch batch, ScalarType type, IReadOnlyDictionary<string, float[]>? weights = null,
        bool channelsLast = false)
    {
        random.manual_seed(3);
        (_pixels, _type, _given, _channelsLast) = (batch.Pixels, type, weights, channelsLast);
        _network = new TorchDeepLab(model, batch.Organs, Weight);
        _images = Libtorch.Image(batch.Images, channelsLast, batch.Count, batch.Size, batch.Size, 1).to(type);
        (_isOrgan, _isKnown) = (Planes(batch, batch.IsOrgan), Planes(batch, batch.IsKnown));
        using (no_grad())
            _network.Forward(_images, training: false).Dispose(); // meets every weight
        SGD.ParamGroup Group(bool head, double rate) => new(
            _weights.Where(w => w.Value.requires_grad && TorchDeepLab.IsOfHead(w.Key) == head).Select(w => (Parameter)w.Value),
            rate, StepRates.Momentum, weight_decay: StepRates.Decay);
        _optimiser = optim.SGD([Group(false, StepRates.Learning), Group(true, StepRates.Learning * StepRates.HeadFactor)],
            StepRates.Learning);
    }

    /// <summary>Copies of all weights, by torchvision's names.</summary>
    public IReadOnlyDictionary<string, float[]> Weights() =>
        _weights.ToDictionary(w => w.Key, w => w.Value.detach().data<float>().ToArray());

    /// <summary>The gradient of a weight in the last step, torch's order.</summary>
    public float[] Gradient(string name) => _weights[name].grad!.to(float32).contiguous().data<float>().ToArray();

    /// <summary>One update; the loss before it.</summary>
    public double Step()
    {
        using var scope = NewDisposeScope();
        foreach (Tensor weight in _weights.Values)
            weight.grad = null; // PyTorch's default; TorchSharp's zero_grad would write zeros and then add to them
        Tensor logits = _network.Forward(_images, training: true);
        Tensor loss = nn.functional.binary_cross_entropy_with_logits(logits, _isOrgan, _isKnown, nn.Reduction.None).sum() / _pixels;
        loss.backward();
        _optimiser.step();
        return loss.ToDouble();
    }

    /// <summary>Logits at the images' size with running statistics.</summary>
    public void Predict()
    {
        using var scope = NewDisposeScope();
        using (no_grad())
            _network.Forward(_images, training: false);
    }

    public void Dispose()
    {
        _optimiser.Dispose();
        foreach (Tensor t in _weights.Values.Append(_images).Append(_isOrgan).Append(_isKnown))
            t.Dispose();
    }

    private Tensor Weight(string name, long[] shape)
    {
        if (_weights.TryGetValue(name, out Tensor? known))
            return known;
        Tensor value = _given is not null ? tensor(_given[name], shape)
            : name.EndsWith("running_var", StringComparison.Ordinal) ? ones(shape)
            : name.EndsWith("running_mean", StringComparison.Ordinal) ? zeros(shape)
            : shape.Length == 4 ? randn(shape) * Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3]))
            : name.EndsWith("weight", StringComparison.Ordinal) ? ones(shape) : zeros(shape);
        if (shape.Length == 4)
            value = Libtorch.InLayout(value, _channelsLast);
        value = name.Contains("running", StringComparison.Ordinal) ? value.to(_type) : new Parameter(value.to(_type));
        return _weights[name] = value.DetachFromDisposeScope();
    }

    /// <summary>Bit k of each pixel's word as channel k.</summary>
    private Tensor Planes(StepBatch batch, uint[] words)
    {
        int plane = batch.Size * batch.Size;
        var values = new float[words.Length * batch.Organs];
        for (int i = 0; i < words.Length; i++)
            for (int k = 0; k < batch.Organs; k++)
                values[(i / plane * batch.Organs + k) * plane + i % plane] = words[i] >> k & 1;
        return Libtorch.InLayout(tensor(values, [batch.Count, batch.Organs, batch.Size, batch.Size]).to(_type), _channelsLast);
    }
}
