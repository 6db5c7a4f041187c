using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Tests;
using Smile.Net.Graph;
using Smile.Net.Models;
using Smile.Net.Tensors;
using Smile.Net.Tests.Golden;
using Smile.Net.Weights;

namespace Smile.Net.Tests.Models;

/// <summary>
/// Whole networks against TorchSharp, by weight name: names and shapes, logits, loss, every gradient, running statistics, and the losses
/// of three steps. The files come from <c>bench/Smile.Bench -- golden</c>, which computed in float64.
/// </summary>
public sealed class GoldenNetworkTests
{
    public static TheoryData<string, string, LogitsSize> Runs => new(
        from c in NetCases.All
        from device in (string[])["scalar", "cpu"]
        from size in Enum.GetValues<LogitsSize>()
        select (c.Name, device, size));

    [Theory, MemberData(nameof(Runs))]
    public void Equals_TorchSharps_network(string name, string device, LogitsSize size)
    {
        NetCase c = NetCases.All.Single(x => x.Name == name);
        using Safetensors golden = Safetensors.Open(Path.Combine(AppContext.BaseDirectory, "Golden", c.File));
        int pixels = c.Batch * c.Height * c.Width;
        Place organ = default, known = default, sums = default, counts = default, fullSize = default;
        using var network = new Network(c.Model, c.Batch, c.Height, c.Width, c.Channels, c.Organs, NetworkUse.Training,
            Backends.Open(device), plan =>
        {
            (organ, known) = (plan.Take(Arena.Batch, pixels), plan.Take(Arena.Batch, pixels));
            (sums, counts) = (plan.Take(Arena.Batch, c.Organs), plan.Take(Arena.Batch, c.Organs));
            fullSize = plan.Take(Arena.Batch, pixels * c.Organs);
        }, size);
        Shape logits = network.LogitsShape;
        var loss = new ResizedBceShape(c.Batch, logits.Height, logits.Width, c.Height, c.Width, c.Organs, 1f / pixels);
        IBackend backend = network.Backend;
        backend.Write(network.Images, golden.ReadFloats("images"));
        backend.Write(organ, golden.ReadWords("is organ"));
        backend.Write(known, golden.ReadWords("is known"));
        foreach (Parameter p in network.Parameters)
        {
            Assert.True(golden.TryGet(p.Name, out TensorEntry entry), $"torch has no weight {p.Name}");
            Assert.Equal(entry.Shape, p.Shape);
            p.Write(backend, p.Value, golden.ReadFloats(p.Name));
        }

        int trained = network.Parameters.Count(p => p.Trained), weights = network.Parameters.Count;
        Assert.Equal(weights + trained + (weights - trained) + 6, golden.Tensors.Count);

        network.Forward(training: true);
        float[] losses = golden.ReadFloats("losses");
        Close.Within(Scaled(golden.ReadFloats("logits")), golden.ReadFloats("logits"), Logits(), "logits");
        Close.Within(new Tolerance(0, 1e-5), losses[0], Loss(), "loss");
        network.Backward();
        foreach (Parameter p in network.Parameters.Where(p => p.Trained))
        {
            float[] expected = golden.ReadFloats(NetCase.Gradient(p.Name));
            Close.Within(Scaled(expected), expected, p.Read(backend, p.Gradient), NetCase.Gradient(p.Name));
        }

        foreach (Parameter p in network.Parameters.Where(p => !p.Trained))
        {
            float[] expected = golden.ReadFloats(NetCase.After(p.Name));
            Close.Within(Scaled(expected), expected, p.Read(backend, p.Value), NetCase.After(p.Name));
        }

        network.Forward(training: false);
        Close.Within(Scaled(golden.ReadFloats("logits of inference")), golden.ReadFloats("logits of inference"), Logits(),
            "logits of inference");

        for (int step = 1; step < NetCase.Losses; step++)
        {
            network.Update(NetCase.LearningRate, NetCase.HeadFactor, NetCase.Momentum, NetCase.WeightDecay);
            network.Forward(training: true);
            Close.Within(new Tolerance(0, 1e-4), losses[step], Loss(), $"loss after {step} updates");
            network.Backward();
        }

        float[] Logits()
        {
            backend.ResizeForward(loss.Resize, network.Logits, fullSize);
            return Read(backend, fullSize);
        }

        double Loss()
        {
            if (size == LogitsSize.Features)
                backend.ResizedBce(loss, network.Logits, organ, known, sums, counts, network.LogitsGradient);
            else
                backend.MaskedBce(new MaskedBceShape(pixels, c.Organs, 1f / pixels), network.Logits, organ, known, sums, counts,
                    network.LogitsGradient);
            return Read(backend, sums).Sum(s => (double)s) / pixels;
        }
    }

    /// <summary>
    /// A tensor's rounding errors are made by its largest elements and passed on to all of them through some twenty layers: 5e-5 of the
    /// largest, where float32 has 6e-8 an operation.
    /// </summary>
    private static Tolerance Scaled(float[] expected) => new(5e-5 * expected.Max(Math.Abs), 5e-5);

    private static float[] Read(IBackend backend, Place place)
    {
        var values = new float[place.Length];
        backend.Read(place, values);
        return values;
    }
}
