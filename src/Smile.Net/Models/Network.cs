using System.Globalization;
using System.Text;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Net.Graph;
using Smile.Net.Layers;
using Smile.Net.Tensors;

namespace Smile.Net.Models;

/// <summary>The size of a network's logits.</summary>
public enum LogitsSize
{
    /// <summary>The image's: the network resizes them.</summary>
    Image,

    /// <summary>The last feature map's, for a loss that resizes them itself (<see cref="IResizedBce.ResizedBce"/>).</summary>
    Features,
}

/// <summary>
/// A DeepLab bound to one backend, its memory planned and reserved: images in, logits out. The
/// caller writes <see cref="Images"/>, calls <see cref="Forward"/>, lets the loss read <see cref="Logits"/> and write
/// <see cref="LogitsGradient"/>, then calls <see cref="Backward"/> and <see cref="Update(float, float, float, float)"/>.
/// </summary>
public sealed class Network : IDisposable
{
    private readonly LayerGraph _graph;
    private readonly bool _frozen;
    private readonly Place _trained, _all;
    private readonly int _headStart;
    private readonly OptimizerMemory _kept;

    /// <summary>Builds the model, plans its memory and reserves it on the backend, which the network then owns.</summary>
    /// <param name="model">What it is made of.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="inChannels">Channels of an image: 1 for CT.</param>
    /// <param name="outputs">K for sigmoid heads, K + 1 for the softmax baseline.</param>
    /// <param name="use">Training keeps what the backward pass reads.</param>
    /// <param name="backend">A fresh backend, not reserved yet.</param>
    /// <param name="more">Takes further places (labels, sums) before the memory is reserved.</param>
    /// <param name="size">Where the logits end; a loss that resizes them itself takes them as small as they are.</param>
    /// <param name="optimizer">What else the optimiser keeps; of use in training.</param>
    /// <exception cref="ConfigException">The settings make no network.</exception>
    /// <exception cref="BackendException">The device has not the memory.</exception>
    public Network(ModelSettings model, int batch, int height, int width, int inChannels, int outputs, NetworkUse use, IBackend backend,
        Action<ArenaPlan>? more = null, LogitsSize size = LogitsSize.Image, OptimizerMemory optimizer = OptimizerMemory.Moments)
    {
        model.Validate();
        (Backend, _frozen) = (backend, model.FrozenNorm);
        var builder = new GraphBuilder(new Shape(batch, height, width, inChannels));
        Features features = ResNet.Build(builder, model);
        builder.Group = ParameterGroup.Head;
        Tensor logits = Head.Build(builder, model, features, outputs);
        if (size == LogitsSize.Image)
            builder.Resize("logits", logits, like: builder.Input);
        _graph = builder.Build();
        Parameters = builder.Parameters;

        var plan = new ArenaPlan();
        _graph.Input.Value = plan.Take(Arena.Batch, _graph.Input.Shape.Count);
        PlaceParameters(plan, ParameterGroup.Backbone);
        long backbone = plan.Words(Arena.Weights);
        PlaceParameters(plan, ParameterGroup.Head);
        (_trained, _headStart) = (new Place(Arena.Weights, 0, checked((int)plan.Words(Arena.Weights))), (int)backbone);
        if (use == NetworkUse.Training)
        {
            plan.AtLeast(Arena.Gradients, plan.Words(Arena.Weights));
            plan.AtLeast(Arena.Moments, plan.Words(Arena.Weights));
            _kept = optimizer;
        }

        if (_kept.HasFlag(OptimizerMemory.SecondMoments))
            plan.AtLeast(Arena.SecondMoments, plan.Words(Arena.Weights));
        PlaceParameters(plan, ParameterGroup.Statistics);
        _all = new Place(Arena.Weights, 0, checked((int)plan.Words(Arena.Weights)));
        if (_kept.HasFlag(OptimizerMemory.Averages))
            plan.AtLeast(Arena.Averages, plan.Words(Arena.Weights));
        foreach (Parameter p in Parameters)
            p.Kept = _kept;
        Memory = MemoryPlan.For(_graph, use, shape => backend.ConvPackedWords(shape.Count, shape.Channels));
        plan.AtLeast(Arena.Activations, Memory.Words);
        more?.Invoke(plan);
        Bytes = plan.TotalWords * sizeof(float);
        backend.Reserve(plan);
        foreach (Parameter variance in Parameters.Where(p => p.Name.EndsWith(".running_var", StringComparison.Ordinal)))
            backend.Fill(variance.Value, 1);
    }

    /// <summary>The device.</summary>
    public IBackend Backend { get; }

    /// <summary>The passes of its convolutions in a training step, each once; not those inside an atrous head.</summary>
    internal IReadOnlyList<(ConvShape Shape, ConvPass Pass)> Convolutions =>
        [.. _graph.Layers.OfType<ConvLayer>().SelectMany(layer => layer.Passes.Select(pass => (layer.Shape, pass))).Distinct()];

    /// <summary>(N, H, W, C), written by the caller.</summary>
    public Place Images => _graph.Input.Value;

    /// <summary>(N, H, W, outputs) after <see cref="Forward"/>; <see cref="LogitsShape"/> has the extents.</summary>
    public Place Logits => _graph.Output.Value;

    /// <summary>The extents of <see cref="Logits"/>.</summary>
    public Shape LogitsShape => _graph.Output.Shape;

    /// <summary>As <see cref="Logits"/>; written by the loss before <see cref="Backward"/>.</summary>
    public Place LogitsGradient => _graph.Output.Gradient;

    /// <summary>All weights and running statistics, in the order of the model.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Gradients of all trained parameters: the backbone's, then the head's.</summary>
    public Place Gradients => _trained with { Arena = Arena.Gradients };

    /// <summary>The running statistics of all normalisations, which lie behind the weights.</summary>
    internal Place Statistics => _all.Part(_trained.Length, _all.Length - _trained.Length);

    /// <summary>Memory that it takes on the device, with what the caller placed beside it.</summary>
    public long Bytes { get; }

    internal LayerGraph Graph => _graph;

    internal MemoryPlan Memory { get; }

    /// <summary>
    /// Random weights: convolutions He normal over their outputs (torchvision's fan_out), the last classifier N(0, 0.01), biases 0,
    /// normalisations 1 and 0, statistics 0 and 1.
    /// </summary>
    /// <param name="rng">What the weights are drawn from.</param>
    /// <param name="logits">What the untrained network gives about: the classifier's biases, an output each; left out: 0.</param>
    public void Initialise(Rng rng, IReadOnlyList<float>? logits = null)
    {
        var biases = Parameters.Where(p => p.Group == ParameterGroup.Head && p.Name.EndsWith(".bias", StringComparison.Ordinal))
            .Select(p => p.Name).ToHashSet();
        var classifiers = _graph.Layers.OfType<ConvLayer>()
            .Where(c => c.Shape.OutChannels == _graph.Output.Shape.Channels && biases.Contains(c.Name + ".bias")).Select(c => c.Name)
            .Concat(_graph.Layers.OfType<AtrousSumLayer>().SelectMany(sum => sum.Branches).Select(branch => branch.Name)).ToHashSet();
        foreach (Parameter p in Parameters)
        {
            var values = new float[p.Count];
            if (p.Shape.Count == 4)
            {
                double deviation = classifiers.Contains(p.Name[..p.Name.LastIndexOf('.')])
                    ? 0.01
                    : Math.Sqrt(2.0 / (p.Shape[0] * p.Shape[2] * p.Shape[3]));
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)(deviation * rng.Normal());
            }
            else if (p.Name.EndsWith(".running_var", StringComparison.Ordinal)
                || (p.Name.EndsWith(".weight", StringComparison.Ordinal) && p.Shape.Count == 1))
            {
                Array.Fill(values, 1f);
            }
            else if (logits is not null && classifiers.Contains(p.Name[..p.Name.LastIndexOf('.')]))
            {
                for (int i = 0; i < values.Length; i++)
                    values[i] = logits[i] / classifiers.Count; // those of several rates are summed
            }

            p.Write(Backend, p.Value, values);
        }
    }

    /// <summary>Images to logits; training normalises with the batch's statistics unless the model's are frozen.</summary>
    public void Forward(bool training) => _graph.Forward(Backend, training && !_frozen ? NormMode.Batch : NormMode.Running);

    /// <summary>The gradient of the logits to those of all parameters.</summary>
    public void Backward() => _graph.Backward(Backend);

    /// <summary>One step of SGD; the head learns at <paramref name="headFactor"/> times the rate (DeepLab).</summary>
    public void Update(float learningRate, float headFactor, float momentum, float weightDecay) =>
        Update(new SgdRate(learningRate, momentum, weightDecay, HeadLearningRate: learningRate * headFactor));

    /// <summary>One step of SGD; where the head begins is the network's to say.</summary>
    internal void Update(in SgdRate rate) =>
        Backend.Sgd(rate with { Head = _headStart }, Gradients, _trained, _trained with { Arena = Arena.Moments });

    /// <summary>One step of AdamW, likewise.</summary>
    internal void Update(in AdamWRate rate) => Backend.AdamW(rate with { Head = _headStart }, Gradients, _trained,
        _trained with { Arena = Arena.Moments }, _trained with { Arena = Arena.SecondMoments });

    /// <summary>Moves the averages of weights and running statistics towards them by a share.</summary>
    internal void Average(float share) => Backend.MovingAverage(share, _all, _all with { Arena = Arena.Averages });

    /// <summary>Moments of zero, and averages that are the weights and statistics of now.</summary>
    internal void ResetOptimizer()
    {
        Backend.Fill(_trained with { Arena = Arena.Moments }, 0);
        if (_kept.HasFlag(OptimizerMemory.SecondMoments))
            Backend.Fill(_trained with { Arena = Arena.SecondMoments }, 0);
        if (!_kept.HasFlag(OptimizerMemory.Averages))
            return;
        Backend.Fill(_all with { Arena = Arena.Averages }, 0);
        Average(1);
    }

    /// <summary>A table for people: layer, output shape, parameters, million FLOP; totals and memory at the end.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.AppendLine("layer                              output             parameters      MFLOP");
        foreach (ILayer layer in _graph.Layers)
        {
            int count = layer.Weights.Sum(p => p.Count);
            text.AppendLine(CultureInfo.InvariantCulture, $"{layer.Name,-34} {layer.Output.Shape,-16} {count,12} "
                + $"{layer.Cost.Flops / 1e6,10:F1}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{Parameters.Where(p => p.Trained).Sum(p => p.Count)} parameters, "
            + $"{_graph.Layers.Sum(l => l.Cost.Flops) / 1e9:F2} GFLOP forward, "
            + $"activations {Memory.Words * 4 / 1048576.0:F1} MiB ({Memory.WordsWithoutReuse * 4 / 1048576.0:F1} without reuse)");
        return text.ToString();
    }

    /// <summary>Frees the backend.</summary>
    public void Dispose() => Backend.Dispose();

    /// <summary>Places a group's parameters one after another.</summary>
    private void PlaceParameters(ArenaPlan plan, ParameterGroup group)
    {
        foreach (Parameter p in Parameters.Where(p => p.Group == group))
            p.Value = plan.Take(Arena.Weights, p.Count);
    }
}
