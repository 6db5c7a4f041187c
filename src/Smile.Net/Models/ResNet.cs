using Smile.Net.Graph;
using Smile.Net.Layers;
using Smile.Net.Tensors;

namespace Smile.Net.Models;

/// <summary>What a backbone gives to head and decoder.</summary>
/// <param name="Last">The last feature map.</param>
/// <param name="Stride">Input pixels for one pixel of it.</param>
/// <param name="Finer">The last map of each finer stride, the finest first.</param>
internal sealed record Features(Tensor Last, int Stride, IReadOnlyList<Skip> Finer);

/// <summary>A feature map that a decoder meets on its way up.</summary>
/// <param name="Stride">Input pixels for one pixel of it.</param>
/// <param name="Map">The map.</param>
internal readonly record struct Skip(int Stride, Tensor Map);

/// <summary>
/// The atrous ResNet with torchvision's names. A stage that would pass the output stride dilates instead of striding; its
/// first block keeps the dilation before it, as torchvision's replace_stride_with_dilation, unless a multi-grid is given.
/// </summary>
internal static class ResNet
{
    public static Features Build(GraphBuilder g, ModelSettings model)
    {
        int width = model.FirstWidth;
        Tensor x = g.Conv("conv1", g.Input, width, kernel: 7, stride: 2);
        x = g.Norm("bn1", x, Activation.Relu);
        var finer = new List<Skip> { new(2, x) };
        x = g.MaxPool("maxpool", x, kernel: 3, stride: 2, pad: 1);
        int[] blocks = model.BlocksPerStage;
        int reached = 4, dilation = 1;
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            int stride = stage == 0 ? 1 : 2, before = dilation;
            if (reached * stride > model.OutputStride)
                (dilation, stride) = (dilation * stride, 1);
            if (stride > 1)
                finer.Add(new Skip(reached, x));
            reached *= stride;
            for (int block = 0; block < blocks[stage]; block++)
            {
                bool grid = stage == blocks.Length - 1 && model.MultiGrid.Count > 0;
                int rate = grid ? dilation * model.MultiGrid[block % model.MultiGrid.Count] : block == 0 ? before : dilation;
                string name = $"layer{stage + 1}.{block}";
                int channels = width << stage;
                x = model.Bottleneck
                    ? Bottleneck(g, name, x, channels, block == 0 ? stride : 1, rate)
                    : Basic(g, name, x, channels, block == 0 ? stride : 1, rate);
            }
        }

        return new Features(x, reached, finer);
    }

    private static Tensor Basic(GraphBuilder g, string name, Tensor x, int channels, int stride, int rate)
    {
        Tensor y = g.Conv(name + ".conv1", x, channels, kernel: 3, stride, rate);
        y = g.Norm(name + ".bn1", y, Activation.Relu);
        y = g.Conv(name + ".conv2", y, channels, kernel: 3, dilation: rate);
        return g.Norm(name + ".bn2", y, Activation.Relu, residual: Shortcut(g, name, x, channels, stride));
    }

    private static Tensor Bottleneck(GraphBuilder g, string name, Tensor x, int channels, int stride, int rate)
    {
        const int Expansion = 4;
        Tensor y = g.Conv(name + ".conv1", x, channels, kernel: 1);
        y = g.Norm(name + ".bn1", y, Activation.Relu);
        y = g.Conv(name + ".conv2", y, channels, kernel: 3, stride, rate);
        y = g.Norm(name + ".bn2", y, Activation.Relu);
        y = g.Conv(name + ".conv3", y, channels * Expansion, kernel: 1);
        return g.Norm(name + ".bn3", y, Activation.Relu, residual: Shortcut(g, name, x, channels * Expansion, stride));
    }

    private static Tensor Shortcut(GraphBuilder g, string name, Tensor x, int channels, int stride)
    {
        if (stride == 1 && x.Shape.Channels == channels)
            return x;
        Tensor y = g.Conv(name + ".downsample.0", x, channels, kernel: 1, stride);
        return g.Norm(name + ".downsample.1", y, Activation.None);
    }
}
