using Smile.Kernels.Tests.Golden;
using Smile.Net.Tests.Golden;
using Smile.Net.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smile.Bench.Golden;

/// <summary>
/// A whole network: images, masks, every weight, logits, every gradient, the running statistics after, and the losses of three steps.
/// </summary>
internal sealed class NetGolden
{
    private readonly NetCase _case;
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly List<TensorSource> _file = [];

    private NetGolden(NetCase c) => _case = c;

    public static void Write(NetCase c, string folder, string origin)
    {
        using DisposeScope scope = NewDisposeScope();
        var golden = new NetGolden(c);
        golden.Compute();
        string path = Path.Combine(folder, c.File);
        SafetensorsWriter.Write(path, golden._file, new Dictionary<string, string> { ["origin"] = origin });
        Console.WriteLine($"{path}: {golden._weights.Count} weights, {new FileInfo(path).Length} bytes");
    }

    private void Compute()
    {
        (int n, int h, int w, int organs) = (_case.Batch, _case.Height, _case.Width, _case.Organs);
        var network = new TorchDeepLab(_case.Model, organs, Weight);
        Tensor images = Images.Seeded("images", n, h, w, _case.Channels);
        Add("images", [n, h, w, _case.Channels], Images.ToNhwc(images));
        Tensor isOrgan = Mask("is organ"), isKnown = Mask("is known");
        Tensor logits = network.Forward(images, training: true);
        foreach ((string name, Tensor value) in _weights.Where(v => !v.Value.requires_grad))
            Add(NetCase.After(name), value);
        using (no_grad())
            Add("logits of inference", [n, h, w, organs], Images.ToNhwc(network.Forward(images, training: false)));
        Add("logits", [n, h, w, organs], Images.ToNhwc(logits));

        var losses = new List<double>();
        using SGD optimiser = Optimiser();
        for (int step = 0; ; step++)
        {
            optimiser.zero_grad();
            Tensor loss = nn.functional.binary_cross_entropy_with_logits(logits, isOrgan, isKnown, nn.Reduction.None).sum()
                / (double)(n * h * w);
            losses.Add(loss.ToDouble());
            if (losses.Count == NetCase.Losses)
                break;
            loss.backward();
            if (step == 0)
                foreach ((string name, Tensor value) in _weights.Where(v => v.Value.requires_grad))
                    Add(NetCase.Gradient(name), value.grad!);
            optimiser.step();
            logits = network.Forward(images, training: true);
        }

        Add("losses", [losses.Count], [.. losses]);
    }

    /// <summary>DeepLab's two groups: the classifier learns faster.</summary>
    private SGD Optimiser()
    {
        SGD.ParamGroup Group(bool head, double rate) => new(
            _weights.Where(v => v.Value.requires_grad && TorchDeepLab.IsOfHead(v.Key) == head).Select(v => (Parameter)v.Value),
            rate, NetCase.Momentum, weight_decay: NetCase.WeightDecay);
        return optim.SGD([Group(false, NetCase.LearningRate), Group(true, (double)NetCase.LearningRate * NetCase.HeadFactor)],
            NetCase.LearningRate);
    }

    /// <summary>K bits a pixel as K channels of 0 and 1.</summary>
    private Tensor Mask(string name)
    {
        (int n, int h, int w, int organs) = (_case.Batch, _case.Height, _case.Width, _case.Organs);
        uint[] words = [.. Seeded.Words(name, n * h * w).Select(word => word & ((1u << organs) - 1))];
        _file.Add(TensorSource.Words(name, [n, h, w], () => words));
        return Images.Bits(words, organs).reshape(n, h, w, organs).permute(0, 3, 1, 2);
    }

    /// <summary>
    /// Seeded by its name. Convolutions keep the scale of what flows through them, everything else differs from its usual 0 or 1.
    /// </summary>
    private Tensor Weight(string name, long[] shape)
    {
        if (_weights.TryGetValue(name, out Tensor? known))
            return known;
        float[] values = Seeded.Floats(name, shape.Aggregate(1L, (a, b) => a * b));
        float scale = shape.Length == 4 ? MathF.Sqrt(6f / (shape[1] * shape[2] * shape[3])) : 0.25f;
        float centre = name.EndsWith("running_var", StringComparison.Ordinal)
            || (shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal)) ? 1 : 0;
        Tensor value = Images.Of([.. values.Select(v => centre + scale * v)], shape);
        Add(name, value);
        bool trained = !name.Contains("running_", StringComparison.Ordinal);
        return _weights[name] = trained ? new Parameter(value) : value;
    }

    private void Add(string name, Tensor value) => Add(name, [.. value.shape.Select(e => (int)e)], Images.Numbers(value));

    private void Add(string name, int[] shape, double[] values)
    {
        float[] rounded = [.. values.Select(v => (float)v)];
        _file.Add(TensorSource.Floats(name, shape, () => rounded));
    }
}
