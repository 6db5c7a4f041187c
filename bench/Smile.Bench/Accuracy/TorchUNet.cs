using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Smile.Bench.Accuracy;

/// <summary>
/// A U-Net of two dimensions as people take it from a shelf: two 3x3 with instance normalisation and leaky ReLU a level, max pooling down,
/// transposed convolutions up (MONAI's BasicUNet: 16 to 128 channels, logits at full size).
/// </summary>
internal sealed class TorchUNet : Module<Tensor, Tensor>
{
    private static readonly int[] _channels = [16, 16, 32, 64, 128];

    private readonly Module<Tensor, Tensor>[] _down, _up, _across;
    private readonly Module<Tensor, Tensor> _logits;

    /// <param name="outputs">Organs.</param>
    /// <param name="bias">First logits of each.</param>
    public TorchUNet(int outputs, double bias)
        : base("unet")
    {
        _down = [.. _channels.Select((channels, i) => Twice($"down{i}", i == 0 ? 1 : _channels[i - 1], channels))];
        _up = [.. Enumerable.Range(0, 4).Select(i => Up($"up{i}", _channels[i + 1], i == 0 ? _channels[1] : _channels[i + 1] / 2))];
        _across =
        [
            .. Enumerable.Range(0, 4).Select(i =>
                Twice($"across{i}", _channels[i] + (i == 0 ? _channels[1] : _channels[i + 1] / 2), _channels[i])),
        ];
        var logits = Conv2d(_channels[0], outputs, 1);
        using (no_grad())
            init.constant_(logits.bias!, bias);
        _logits = logits;
        register_module("logits", _logits);
    }

    public override Tensor forward(Tensor input)
    {
        var levels = new Tensor[_down.Length];
        for (int i = 0; i < levels.Length; i++)
            levels[i] = _down[i].call(i == 0 ? input : functional.max_pool2d(levels[i - 1], [2, 2]));
        Tensor x = levels[^1];
        for (int i = 3; i >= 0; i--)
            x = _across[i].call(cat([levels[i], _up[i].call(x)], 1));
        return _logits.call(x);
    }

    private Module<Tensor, Tensor> Twice(string name, int from, int to)
    {
        var module = Sequential(
            Conv2d(from, to, 3, padding: 1), InstanceNorm2d(to, affine: true), new TorchLeakyRelu(0.1),
            Conv2d(to, to, 3, padding: 1), InstanceNorm2d(to, affine: true), new TorchLeakyRelu(0.1));
        register_module(name, module);
        return module;
    }

    private Module<Tensor, Tensor> Up(string name, int from, int to)
    {
        var module = ConvTranspose2d(from, to, 2, stride: 2);
        register_module(name, module);
        return module;
    }
}
