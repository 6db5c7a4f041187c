using Smile.Net.Graph;
using Smile.Net.Tensors;

namespace Smile.Net.Models;

/// <summary>
/// What turns the backbone's features into logits: a classifier at their stride, or context, a decoder and a classifier at a finer one.
/// </summary>
internal static class Head
{
    public static Tensor Build(GraphBuilder g, ModelSettings model, Features features, int outputs)
    {
        if (model.Decoder == Decoders.None && model.Head == Heads.Aspp2)
            return g.AtrousSum("classifier", features.Last, outputs, kernel: 3, model.HeadRates); // Chen et al. 2018, figure 7
        Tensor x = model.Head == Heads.Conv ? features.Last : Aspp(g, model, features.Last, pooling: model.Head == Heads.Aspp3);
        return (model.Decoder, model.Head) switch
        {
            (Decoders.None, Heads.Conv) => g.Conv("classifier", x, outputs, kernel: 1, bias: true),
            (Decoders.None, _) =>
                g.Conv("classifier.4", g.ConvNorm("classifier.1", "classifier.2", x, Width(model), 3), outputs, kernel: 1, bias: true),
            _ => g.Conv("classifier", Decoder.Build(g, model, x, features), outputs, kernel: 1, bias: true),
        };
    }

    /// <summary>
    /// Atrous spatial pyramid pooling with torchvision's names (Chen et al. 2017, section 3.3): a 1x1, a 3x3 a rate and the image's mean,
    /// concatenated and projected. torchvision's dropout is left out: it would cost the bits of a resumed run.
    /// </summary>
    private static Tensor Aspp(GraphBuilder g, ModelSettings model, Tensor x, bool pooling)
    {
        int width = Width(model);
        var branches = new List<Tensor> { g.ConvNorm("classifier.0.convs.0.0", "classifier.0.convs.0.1", x, width, 1) };
        for (int i = 1; i <= model.HeadRates.Count; i++)
            branches.Add(g.ConvNorm($"classifier.0.convs.{i}.0", $"classifier.0.convs.{i}.1", x, width, 3, model.HeadRates[i - 1]));
        if (pooling)
        {
            string pool = $"classifier.0.convs.{model.HeadRates.Count + 1}";
            Tensor mean = g.ConvNorm(pool + ".1", pool + ".2", g.MeanPool(pool + ".0", x), width, 1);
            branches.Add(g.Resize(pool + ".resize", mean, like: x));
        }

        return g.ConvNorm("classifier.0.project.0", "classifier.0.project.1", g.Concat("classifier.0.concat", branches), width, 1);
    }

    /// <summary>Channels of the pyramid: 256 for the ResNets, as in torchvision.</summary>
    private static int Width(ModelSettings model) => model.FirstWidth * 4;
}
