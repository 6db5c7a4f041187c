using Smile.Net.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Smile.Bench.Accuracy;

/// <summary>
/// The network that nnU-Net v2 plans for slices of 128 x 128 (PlainConvUNet in two dimensions): 32, 64, .. 512 channels at six
/// resolutions, two 3x3 with instance normalisation and leaky ReLU each, strided convolutions down, transposed ones up, and a
/// classifier of background and organ at each resolution of the way up.
/// </summary>
internal sealed class NnUNet : Module<Tensor, Tensor>, IOrganNetwork
{
    private const double Slope = 0.01;

    private static readonly int[] _channels = [32, 64, 128, 256, 512, 512];

    private readonly Window _window;
    private readonly Module<Tensor, Tensor>[] _down, _up, _across, _logits;

    /// <param name="window">The intensities that it sees.</param>
    public NnUNet(Window window)
        : base("nnunet")
    {
        _window = window;
        int levels = _channels.Length - 1;
        _down = [.. _channels.Select((channels, i) => Twice($"down{i}", i == 0 ? 1 : _channels[i - 1], channels, i == 0 ? 1 : 2))];
        _up = [.. Enumerable.Range(0, levels).Select(i => Known($"up{i}", ConvTranspose2d(_channels[i + 1], _channels[i], 2, stride: 2)))];
        _across = [.. Enumerable.Range(0, levels).Select(i => Twice($"across{i}", 2 * _channels[i], _channels[i], 1))];
        _logits = [.. Enumerable.Range(0, levels).Select(i => Known($"logits{i}", Conv2d(_channels[i], 2, 1)))];
        using (no_grad())
        {
            foreach (var (name, weight) in named_parameters())
            {
                if (weight.dim() == 4)
                    init.kaiming_normal_(weight, Slope);
                else if (name.EndsWith("bias", StringComparison.Ordinal))
                    init.zeros_(weight);
            }
        }
    }

    /// <summary>Class logits (N, 2, H / 2^i, W / 2^i) at each resolution, the full one first.</summary>
    public Tensor[] AtAll(Tensor images)
    {
        var levels = new Tensor[_down.Length];
        for (int i = 0; i < levels.Length; i++)
            levels[i] = _down[i].call(i == 0 ? images : levels[i - 1]);
        Tensor x = levels[^1];
        var logits = new Tensor[_logits.Length];
        for (int i = logits.Length - 1; i >= 0; i--)
        {
            x = _across[i].call(cat([_up[i].call(x), levels[i]], 1));
            logits[i] = _logits[i].call(x);
        }

        return logits;
    }

    public override Tensor forward(Tensor input) => AtAll(input)[0];

    /// <summary>
    /// Of the organ's probability, the mean over the slice and its mirror images, as nnU-Net predicts where it is not told not to.
    /// </summary>
    public float[] Logits(CaseData data)
    {
        Geometry grid = data.Geometry;
        float[] mapped = data.Image.ToVolume().Voxels.ToArray();
        _window.Map(mapped, mapped);
        var logits = new float[mapped.Length];
        int pixels = grid.Height * grid.Width;
        using (no_grad())
        {
            for (int z = 0; z < grid.Depth; z++)
            {
                using var scope = NewDisposeScope();
                Tensor slice = tensor(mapped[(z * pixels)..((z + 1) * pixels)], [1, 1, grid.Height, grid.Width]);
                long[][] flips = [[], [2], [3], [2, 3]];
                Tensor[] each = call(cat([.. flips.Select(axes => Flipped(slice, axes))], 0)).softmax(1).split(1, 0);
                Tensor p = flips.Zip(each, (axes, turned) => Flipped(turned, axes)).Aggregate((one, other) => one + other);
                (p[0, 1] / p[0, 0]).log().data<float>().CopyTo(logits.AsSpan(z * pixels, pixels));
            }
        }

        return logits;
    }

    private static Tensor Flipped(Tensor images, long[] axes) => axes.Length == 0 ? images : images.flip(axes);

    private Module<Tensor, Tensor> Twice(string name, int from, int to, int stride) => Known(name, Sequential(
        Conv2d(from, to, 3, stride: stride, padding: 1), InstanceNorm2d(to, affine: true), new TorchLeakyRelu(Slope),
        Conv2d(to, to, 3, padding: 1), InstanceNorm2d(to, affine: true), new TorchLeakyRelu(Slope)));

    private Module<Tensor, Tensor> Known(string name, Module<Tensor, Tensor> module)
    {
        register_module(name, module);
        return module;
    }
}
