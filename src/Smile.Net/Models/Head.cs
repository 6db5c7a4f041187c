using Smile.Net.Graph;
using Smile.Net.Tensors;

namespace Smile.Net.Models;

/// <summary>What turns the last feature map into logits.</summary>
internal static class Head
{
    public static Tensor Build(GraphBuilder g, ModelSettings model, Tensor x, int outputs) => model.Head switch
    {
        "conv" => g.Conv("classifier", x, outputs, kernel: 1, bias: true),
        "aspp2" => Aspp2(g, model, x, outputs),
        "aspp3" => Aspp3(g, model, x, outputs),
        _ => throw new ConfigException($"model.head is '{model.Head}'; known: conv, aspp2, aspp3."),
    };

    /// <summary>DeepLab v2: one 3x3 atrous classifier a rate, summed (Chen et al. 2018, figure 7).</summary>
    private static Tensor Aspp2(GraphBuilder g, ModelSettings model, Tensor x, int outputs)
    {
        Tensor? sum = null;
        for (int i = 0; i < model.HeadRates.Count; i++)
        {
            Tensor y = g.Conv($"classifier.{i}", x, outputs, kernel: 3, dilation: model.HeadRates[i], bias: true);
            sum = sum is null ? y : g.Sum($"classifier.sum{i}", sum, y);
        }

        return sum!;
    }

    /// <summary>DeepLab v3 with torchvision's names (Chen et al. 2017, section 3.3); torchvision's dropout is left out: it would cost the bits of a resumed run.</summary>
    private static Tensor Aspp3(GraphBuilder g, ModelSettings model, Tensor x, int outputs)
    {
        int width = model.FirstWidth * 4;
        var branches = new List<Tensor> { ConvNorm(g, "classifier.0.convs.0.0", "classifier.0.convs.0.1", x, width, 1, 1) };
        for (int i = 1; i <= model.HeadRates.Count; i++)
            branches.Add(ConvNorm(g, $"classifier.0.convs.{i}.0", $"classifier.0.convs.{i}.1", x, width, 3, model.HeadRates[i - 1]));
        string pool = $"classifier.0.convs.{model.HeadRates.Count + 1}";
        Tensor mean = ConvNorm(g, pool + ".1", pool + ".2", g.MeanPool(pool + ".0", x), width, 1, 1);
        branches.Add(g.Resize(pool + ".resize", mean, x.Shape.Height, x.Shape.Width));
        Tensor y = g.Concat("classifier.0.concat", branches);
        y = ConvNorm(g, "classifier.0.project.0", "classifier.0.project.1", y, width, 1, 1);
        y = ConvNorm(g, "classifier.1", "classifier.2", y, width, 3, 1);
        return g.Conv("classifier.4", y, outputs, kernel: 1, bias: true);
    }

    private static Tensor ConvNorm(GraphBuilder g, string conv, string norm, Tensor x, int channels, int kernel, int rate) =>
        g.Norm(norm, g.Conv(conv, x, channels, kernel, dilation: rate), relu: true);
}
