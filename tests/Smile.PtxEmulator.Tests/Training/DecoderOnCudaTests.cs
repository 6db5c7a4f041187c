using System.Collections.Concurrent;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Models;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Training;
using Smile.PtxEmulator.Driver;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>A step of networks with a decoder on the emulated driver, in every precision.</summary>
public sealed class DecoderOnCudaTests
{
    private const int Size = 16, Layers = 15;

    public static TheoryData<string, Precision> Cases =>
        new MatrixTheoryData<string, Precision>([Decoders.UNet, Decoders.V3Plus], [Precision.Fp32, Precision.Tf32, Precision.Bf16]);

    [Theory, MemberData(nameof(Cases))]
    public void A_step_has_the_loss_and_the_gradient_of_SIMD(string decoder, Precision precision)
    {
        var launched = new ConcurrentBag<string>();
        var driver = new EmulatedDriver(8, 0, new EmulatorOptions { Seed = 1, Workers = 2, StepLimit = 1_000_000 })
        {
            Launched = report =>
            {
                EmulationTotals.Add(report);
                launched.Add(report.Kernel);
            },
        };
        (double expected, float[] gradient) = Step(decoder, new SimdBackend(2));
        (double loss, float[] other) = Step(decoder, new GpuBackend(EmulatedCuda.Open(driver, captures: false), precision));

        // Each convolution rounds its operands to so many bits of mantissa (docs/numerics.md), which moves its result by about
        // 2^-(bits + 1) of its root mean square; that adds up over the layers forward and backward as the root of their number; twice that
        // is asked. float32 sums in another order, which is two decimal places less. Where operands are rounded, a share of the ReLUs of
        // about that size changes sides besides, and the gradient moves by the root of the share.
        int bits = precision switch { Precision.Bf16 => 7, Precision.Tf32 => 10, _ => 17 };
        double bound = 2 * Math.Sqrt(2 * Layers) * Math.Pow(2, -(bits + 1));
        Assert.True(Math.Abs(loss - expected) <= bound * expected, $"loss {loss}, SIMD's is {expected}");
        double square = gradient.Zip(other, (a, b) => Math.Pow((double)a - b, 2)).Sum(), norm = gradient.Sum(a => (double)a * a);
        double off = Math.Sqrt(square / norm);
        double most = precision == Precision.Fp32 ? bound : Math.Sqrt(bound);
        Assert.True(off <= most, $"the gradient is off by {off} of its length, {most} asked");
        Assert.Equal(precision != Precision.Fp32, launched.Any(kernel => kernel.Contains("ConvTensor", StringComparison.Ordinal)));
    }

    private static (double Loss, float[] Gradient) Step(string decoder, IBackend backend)
    {
        RunSettings settings = Toy.Settings(steps: 1);
        settings = settings with
        {
            Model = settings.Model with { Width = 8, OutputStride = 8, Decoder = decoder },
            Train = settings.Train with { Size = Size, Loss = "bce+dice", LossNorm = LossNorms.Known },
        };
        var sampler = new SliceSampler(Toy.Cases(), Toy.Organs.Count, settings.ForSampler(), new Rng(1, 2));
        using var learner = new Learner(settings, Toy.Organs.Count, sampler, backend);
        learner.Network.Initialise(new Rng(1, 1));
        double loss = learner.Step(0);
        var gradient = new float[learner.Network.Gradients.Length];
        backend.Read(learner.Network.Gradients, gradient);
        return (loss, gradient);
    }
}
