using System.Diagnostics;
using Smile.Bench.Golden;
using Smile.Net;
using Smile.Net.Augment;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Prediction;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smile.Bench.Accuracy;

/// <summary>
/// A network of libtorch, taught for so many minutes by the clock: the same slices by the same sampler with light augmentation, a BCE over
/// what is known and Dice over the batch where the organ is annotated, AdamW with warm-up and a cosine, gradients clipped at 5.
/// </summary>
internal sealed class TorchContender(string name)
    : Contender(name, name == "unet" ? "U-Net of 16 to 128 channels, libtorch" : "DeepLab v3, ResNet-18, stride 8, libtorch")
{
    /// <summary>The first logit of each organ, of a probability of 0.02: Smile's <c>model.prior</c>.</summary>
    internal const double FirstLogit = -3.8918;

    private const double LearningRate = 2e-3;

    protected override (byte[][] Labels, Effort Effort) Train(AccuracyData data, Budget budget, int seed)
    {
        using var network = new TorchNetwork(Name, data.Organs.Count, seed);
        Effort effort = Teach(network, data.Training, data.Organs.Count, budget, seed);
        return ([.. data.HeldOut.Select(each => network.Predict(each, data.Organs.Count))], effort);
    }

    /// <summary>Updates until the time, or their number, is over.</summary>
    internal static Effort Teach(TorchNetwork network, CaseData[] cases, int organs, Budget budget, int seed)
    {
        int batch = network.Batch, size = 128;
        var sampler = new SliceSampler(cases, organs, new SamplerSettings
        {
            Batch = batch,
            Height = size,
            Width = size,
            Window = AccuracyCommand.Window,
            OrganShare = 0.75,
            AbsentShare = 0.25,
            KnownOnly = true,
            Augment = AugmentPresets.Of(AugmentPresets.Light),
        }, new Rng((ulong)seed, 2));
        float[] images = new float[batch * size * size];
        uint[] isOrgan = new uint[images.Length], isKnown = new uint[images.Length], annotated = new uint[batch];
        float[] y = new float[images.Length * organs], w = new float[y.Length], a = new float[batch * organs];
        using AdamW optimizer = optim.AdamW(network.Parameters, LearningRate, 0.9, 0.99, weight_decay: 0.01);
        long start = Stopwatch.GetTimestamp();
        int updates = 0;
        for (double done; (done = budget.Done(start, updates)) < 1; updates++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = LearningRate * Rate(done);
            sampler.Next(images, isOrgan, isKnown, [], annotated);
            for (int n = 0; n < batch; n++)
            {
                for (int k = 0; k < organs; k++)
                {
                    int from = n * size * size, to = (n * organs + k) * size * size;
                    for (int p = 0; p < size * size; p++)
                        (y[to + p], w[to + p]) = (isOrgan[from + p] >> k & 1, isKnown[from + p] >> k & 1);
                    a[n * organs + k] = annotated[n] >> k & 1;
                }
            }

            long[] shape = [batch, organs, size, size];
            Tensor truth = tensor(y, shape), known = tensor(w, shape), has = tensor(a, [batch, organs, 1, 1]);
            Tensor logits = network.Forward(tensor(images, [batch, 1, size, size]), training: true);
            Tensor bce = nn.functional.binary_cross_entropy_with_logits(logits, truth, known, nn.Reduction.Sum) / known.sum();
            Tensor p1 = logits.sigmoid() * has;
            Tensor both = (p1 * truth).sum([0, 2, 3]), sum = p1.sum([0, 2, 3]) + (truth * has).sum([0, 2, 3]);
            Tensor present = has.amax([0, 2, 3]);
            Tensor dice = ((1 - (2 * both + 1) / (sum + 1)) * present).sum() / present.sum();
            optimizer.zero_grad();
            (bce + dice).backward();
            nn.utils.clip_grad_norm_(network.Parameters, 5);
            optimizer.step();
        }

        return new Effort(updates, (long)updates * batch, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Share of the learning rate when that share of the time is over: warm-up, then a cosine.</summary>
    private static double Rate(double done) =>
        done < 0.05 ? Math.Max(done / 0.05, 0.01) : (1 + Math.Cos(Math.PI * (done - 0.05) / 0.95)) / 2;
}

/// <summary>A network of libtorch by its name: weights, forward pass, prediction.</summary>
internal sealed class TorchNetwork : IOrganNetwork
{
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly TorchUNet? _unet;
    private readonly TorchDeepLab? _deepLab;

    public TorchNetwork(string name, int outputs, int seed)
    {
        random.manual_seed(seed);
        if (name == "deeplab")
        {
            _deepLab = new TorchDeepLab(new ModelSettings { Backbone = "resnet18", OutputStride = 8, Head = Heads.Aspp3 }, outputs, Weight);
            using (no_grad())
                _deepLab.Forward(zeros(2, 1, 64, 64), training: false).Dispose(); // meets every weight
        }
        else
        {
            _unet = new TorchUNet(outputs, TorchContender.FirstLogit);
        }
    }

    /// <summary>Slices an update: what did best of 4, 8 and 12 within the time.</summary>
    public int Batch => _deepLab is null ? 4 : 8;

    public IEnumerable<Parameter> Parameters => _unet?.parameters() ?? _weights.Values.OfType<Parameter>();

    /// <summary>(N, 1, H, W) to (N, outputs, H, W).</summary>
    public Tensor Forward(Tensor images, bool training)
    {
        if (_deepLab is not null)
            return _deepLab.Forward(images, training);
        _unet!.train(training);
        return _unet.call(images);
    }

    /// <summary>Logits of a case, (z, y, x, outputs).</summary>
    public float[] Logits(CaseData data)
    {
        Geometry grid = data.Geometry;
        float[] windowed = data.Image.ToVolume().Voxels.ToArray();
        AccuracyCommand.Window.Map(windowed, windowed);
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            Tensor logits = Forward(tensor(windowed, [grid.Depth, 1, grid.Height, grid.Width]), training: false);
            return logits.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        }
    }

    /// <summary>The label map, by the rule of Smile's own predictions.</summary>
    public byte[] Predict(CaseData data, int organs)
    {
        float[] logits = Logits(data);
        return [.. Enumerable.Range(0, logits.Length / organs).Select(v => Decision.OfSigmoids(logits.AsSpan(v * organs, organs)))];
    }

    public void Dispose()
    {
        _unet?.Dispose();
        foreach (Tensor weight in _weights.Values)
            weight.Dispose();
    }

    private Tensor Weight(string name, long[] shape)
    {
        if (_weights.TryGetValue(name, out Tensor? known))
            return known;
        bool classifier = name.StartsWith("classifier.4.", StringComparison.Ordinal);
        Tensor value = name.EndsWith("running_var", StringComparison.Ordinal) ? ones(shape)
            : name.EndsWith("running_mean", StringComparison.Ordinal) ? zeros(shape)
            : shape.Length == 4 ? randn(shape) * (classifier ? 0.01 : Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3])))
            : name.EndsWith("weight", StringComparison.Ordinal) ? ones(shape) : zeros(shape);
        if (classifier && shape.Length == 1)
            value = full(shape, TorchContender.FirstLogit);
        value = name.Contains("running", StringComparison.Ordinal) ? value : new Parameter(value);
        return _weights[name] = value.DetachFromDisposeScope();
    }
}
