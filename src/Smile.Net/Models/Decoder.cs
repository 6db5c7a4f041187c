using Smile.Net.Graph;
using Smile.Net.Tensors;

namespace Smile.Net.Models;

/// <summary>The names of the decoders.</summary>
public static class Decoders
{
    /// <summary>Logits at the stride of the last feature map: the paper's network.</summary>
    public const string None = "none";

    /// <summary>DeepLab v3+ (Chen et al. 2018, ECCV, figure 2).</summary>
    public const string V3Plus = "v3plus";

    /// <summary>The expanding path of a U-Net (Ronneberger et al. 2015) on the backbone's stages.</summary>
    public const string UNet = "unet";

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } = [None, V3Plus, UNet];
}

/// <summary>Brings coarse features back to a fine grid, by what the backbone saw on its way down.</summary>
internal static class Decoder
{
    /// <summary>Features at <see cref="ModelSettings.LogitsStride"/>.</summary>
    public static Tensor Build(GraphBuilder g, ModelSettings model, Tensor x, Features features) =>
        model.Decoder == Decoders.UNet ? UNet(g, model, x, features) : V3Plus(g, model, x, features);

    /// <summary>
    /// One step, or at stride 2 two: the features, resampled, beside the finer map through a 1x1 to few channels (48 beside 256, so that
    /// the finer map does not outweigh them: section 4.1), then two 3x3.
    /// </summary>
    private static Tensor V3Plus(GraphBuilder g, ModelSettings model, Tensor x, Features features)
    {
        int width = model.FirstWidth * 4;
        foreach (Skip skip in features.Finer.Reverse().Where(s => s.Stride <= 4 && s.Stride >= model.LogitsStride))
        {
            string name = $"decoder.{skip.Stride}";
            Tensor low = g.ConvNorm(name + ".low.0", name + ".low.1", skip.Map, Math.Max(1, model.FirstWidth * 3 / 4), 1);
            x = Step(g, name, x, low, width);
            width /= 2;
        }

        return x;
    }

    /// <summary>
    /// Stride by stride upwards: resampled to twice the size, beside the backbone's map of that stride as it is, two 3x3 to as many
    /// channels as that map has in a basic ResNet. At stride 1 there is no map; the image itself stands there.
    /// </summary>
    private static Tensor UNet(GraphBuilder g, ModelSettings model, Tensor x, Features features)
    {
        foreach (Skip skip in features.Finer.Reverse().Where(s => s.Stride >= model.LogitsStride)
            .Concat(model.LogitsStride == 1 ? [new Skip(1, g.Input)] : []))
            x = Step(g, $"decoder.{skip.Stride}", x, skip.Map, Channels(model.FirstWidth, skip.Stride));
        return x;
    }

    private static int Channels(int width, int stride) => stride switch
    {
        1 => (width + 1) / 2,
        2 => width, // as many as the stem
        _ => width * stride / 4,
    };

    private static Tensor Step(GraphBuilder g, string name, Tensor x, Tensor finer, int channels)
    {
        Tensor up = g.Resize(name + ".resize", x, like: finer);
        Tensor y = g.ConvNorm(name + ".conv1", name + ".bn1", g.Concat(name + ".concat", [up, finer]), channels, 3);
        return g.ConvNorm(name + ".conv2", name + ".bn2", y, channels, 3);
    }
}
