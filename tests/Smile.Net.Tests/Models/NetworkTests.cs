using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net.Graph;
using Smile.Net.Layers;
using Smile.Net.Models;
using Smile.Net.Tensors;

namespace Smile.Net.Tests.Models;

public sealed class NetworkTests
{
    [Theory]
    [InlineData("resnet18", 11_176_512L)]
    [InlineData("resnet34", 21_284_672L)]
    [InlineData("resnet50", 23_508_032L)]
    [InlineData("resnet101", 42_500_160L)]
    public void Backbones_have_torchvisions_parameter_counts(string backbone, long expectedRgb)
    {
        using var network = new Network(new ModelSettings { Backbone = backbone, Head = "conv" }, 1, 32, 32, 3, 1, NetworkUse.Inference,
            Backends.Open("scalar"));
        long backboneCount = network.Parameters.Where(p => p.Group == ParameterGroup.Backbone).Sum(p => (long)p.Count);
        Assert.Equal(expectedRgb, backboneCount);
    }

    /// <summary>Whatever the head: the classifiers of all rates share the logit.</summary>
    [Theory]
    [InlineData(Heads.Conv, Decoders.None)]
    [InlineData(Heads.Aspp2, Decoders.None)]
    [InlineData(Heads.Aspp3, Decoders.None)]
    [InlineData(Heads.Conv, Decoders.UNet)]
    [InlineData(Heads.Aspp2, Decoders.V3Plus)]
    public void An_untrained_network_gives_each_organ_its_prior(string head, string decoder)
    {
        var model = new ModelSettings { Width = 4, Head = head, Decoder = decoder, OutputStride = 16, Prior = 0.02 };
        using var network = new Network(model, 2, 32, 32, 1, 3, NetworkUse.Inference, Backends.Open("scalar"));
        network.Initialise(new Rng(1, 1), model.FirstLogits(3, softmax: false));
        float[] sums = new float[3];
        foreach (Parameter bias in network.Parameters.Where(p => p.Count == 3 && p.Name.EndsWith(".bias", StringComparison.Ordinal)))
        {
            float[] values = bias.Read(network.Backend, bias.Value);
            for (int k = 0; k < 3; k++)
                sums[k] += values[k];
        }

        Assert.All(sums, sum => Assert.Equal(0.02, 1 / (1 + Math.Exp(-sum)), 1e-6));
        Assert.Equal([0f, (float)Math.Log(0.02 / 0.98)], model.FirstLogits(1, softmax: true));
    }

    [Theory]
    [InlineData("resnet50", 8, new[] { 1, 1, 1, 2, 2, 4 })]
    [InlineData("resnet50", 16, new[] { 1, 1, 1, 1, 1, 2 })]
    [InlineData("resnet50", 32, new[] { 1, 1, 1, 1, 1, 1 })]
    public void Stages_past_the_output_stride_dilate_as_torchvisions(string backbone, int outputStride, int[] expected)
    {
        using var network = new Network(new ModelSettings { Backbone = backbone, OutputStride = outputStride, Width = 2 },
            1, 64, 64, 1, 2, NetworkUse.Inference, Backends.Open("scalar"));
        var rates = new[] { "layer2.0", "layer2.1", "layer3.0", "layer3.1", "layer4.0", "layer4.1" }
            .Select(block => Conv(network, block + ".conv2").Dilation);
        Assert.Equal(expected, rates);
        ConvShape last = Conv(network, "layer4.2.conv3");
        Assert.Equal((64 / outputStride, 64 / outputStride), (last.OutHeight, last.OutWidth));
    }

    [Fact]
    public void A_multi_grid_multiplies_the_last_stages_dilation()
    {
        using var network = new Network(new ModelSettings { Backbone = "resnet50", OutputStride = 16, MultiGrid = [1, 2, 4], Width = 2 },
            1, 64, 64, 1, 2, NetworkUse.Inference, Backends.Open("scalar"));
        Assert.Equal([2, 4, 8], new[] { 0, 1, 2 }.Select(b => Conv(network, $"layer4.{b}.conv2").Dilation));
    }

    [Theory]
    [InlineData("tiny", "aspp2", 4)]
    [InlineData("resnet18", "conv", 8)]
    [InlineData("resnet50", "aspp3", 16)]
    public void Logits_have_the_images_size(string backbone, string head, int outputStride)
    {
        using var network = new Network(new ModelSettings { Backbone = backbone, Head = head, OutputStride = outputStride, Width = 4 },
            2, 37, 29, 1, 3, NetworkUse.Training, Backends.Open("cpu"));
        network.Initialise(new Rng(1));
        Assert.Equal(2 * 37 * 29 * 3, network.Logits.Length);
        network.Forward(training: true);
        var logits = new float[network.Logits.Length];
        network.Backend.Read(network.Logits, logits);
        Assert.All(logits, z => Assert.True(float.IsFinite(z)));
    }

    [Fact]
    public void Parameters_travel_in_torchs_order()
    {
        using var network = new Network(new ModelSettings { Width = 4 }, 1, 32, 32, 1, 2, NetworkUse.Inference, Backends.Open("scalar"));
        Parameter p = network.Parameters.Single(q => q.Name == "layer2.0.conv1.weight");
        Assert.Equal([8, 4, 3, 3], p.Shape);
        var values = Enumerable.Range(0, p.Count).Select(i => (float)i).ToArray();
        p.Write(network.Backend, p.Value, values);
        var inside = new float[p.Count];
        network.Backend.Read(p.Value, inside);
        Assert.Equal(values[((5 * 4 + 2) * 3 + 1) * 3 + 2], inside[((1 * 3 + 2) * 4 + 2) * 8 + 5]);
        Assert.Equal(values, p.Read(network.Backend, p.Value));
    }

    /// <summary>
    /// The derivative of sum(logits * r) along the gradient is the gradient's squared norm; a central difference must agree.
    /// </summary>
    [Theory]
    [InlineData("tiny", "aspp2", false)]
    [InlineData("tiny", "aspp3", false)]
    [InlineData("resnet50", "conv", true)]
    public void Gradients_agree_with_a_directional_difference(string backbone, string head, bool frozen)
    {
        var model = new ModelSettings { Backbone = backbone, Head = head, Width = 4, Depth = 1, FrozenNorm = frozen };
        using var network = new Network(model, 2, 24, 20, 1, 2, NetworkUse.Training, Backends.Open("scalar"));
        var rng = new Rng(7);
        network.Initialise(rng);
        network.Backend.Write(network.Images, Random(rng, network.Images.Length));
        float[] r = Random(rng, network.Logits.Length);
        network.Forward(training: true);
        network.Backend.Write(network.LogitsGradient, r);
        network.Backward();
        var start = network.Parameters.Where(p => p.Trained)
            .Select(p => (p, Value: p.Read(network.Backend, p.Value), Gradient: p.Read(network.Backend, p.Gradient))).ToList();
        double norm2 = start.Sum(s => s.Gradient.Sum(g => (double)g * g));
        double step = 1e-3 / Math.Sqrt(norm2);
        double difference = (At(step) - At(-step)) / (2 * step);
        Assert.True(Math.Abs(difference - norm2) <= 0.01 * norm2, $"difference {difference}, squared norm {norm2}");

        double At(double t)
        {
            foreach (var (p, value, gradient) in start)
                p.Write(network.Backend, p.Value, [.. value.Select((v, i) => (float)(v + t * gradient[i]))]);
            network.Forward(training: true);
            var logits = new float[network.Logits.Length];
            network.Backend.Read(network.Logits, logits);
            return logits.Select((z, i) => (double)z * r[i]).Sum();
        }
    }

    private static ConvShape Conv(Network network, string name) =>
        network.Graph.Layers.OfType<ConvLayer>().Single(l => l.Name == name).Shape;

    private static float[] Random(Rng rng, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)rng.Normal();
        return values;
    }
}
