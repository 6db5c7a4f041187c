using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Net;
using Smile.Net.Data;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Training;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>Training steps on the emulated driver.</summary>
public sealed class LearnerOnCudaTests
{
    private const int Steps = 5, Size = 16;

    [Theory]
    [InlineData(Methods.Smile)]
    [InlineData(Methods.Baseline)]
    public void Five_steps_have_the_losses_of_SIMD_and_twice_the_same_bits_with_a_graph_and_without(string method)
    {
        (double[] expected, _, _) = Train(method, new SimdBackend(2));
        (double[] losses, uint[] weights, LaunchCount step) = Train(method, Cuda(seed: 1, captures: true));
        for (int i = 0; i < Steps; i++)
            // Five updates amplify the roundings of two orders of summation; a wrong gradient shows in the second step already.
            if (!(Math.Abs(losses[i] - expected[i]) <= 1e-3 * Math.Abs(expected[i])))
                Assert.Fail($"step {i + 1}: loss {losses[i]}, SIMD's is {expected[i]}");
        Assert.True(Math.Abs(losses[^1] - losses[0]) > 1e-2 * losses[0], "The weights did not move.");
        Assert.Equal((1, 1), (step.Kernels, step.Graphs));

        // Without a graph, and the warps in another order.
        (double[] plain, uint[] plainWeights, LaunchCount plainStep) = Train(method, Cuda(seed: 2, captures: false));
        Assert.Equal(losses, plain);
        Assert.Equal(weights, plainWeights);
        Assert.Equal(new LaunchCount(1 + step.Nodes, 0, 0), plainStep);
    }

    private static GpuBackend Cuda(int seed, bool captures) => new(EmulatedCuda.Open(EmulatedCuda.Driver(8, 0, seed), captures));

    /// <returns>The losses, the bits of the trained weights, and what the last step launched.</returns>
    private static (double[] Losses, uint[] Weights, LaunchCount LastStep) Train(string method, IBackend backend)
    {
        RunSettings settings = Toy.Settings(method, Steps);
        settings = settings with { Train = settings.Train with { Size = Size } };
        var sampling = new SamplerSettings { Batch = 2, Height = Size, Width = Size, KnownOnly = method != Methods.Baseline };
        using var learner = new Learner(settings, Toy.Organs.Count,
            new SliceSampler(Toy.Cases(), Toy.Organs.Count, sampling, new Rng(1, 2)), backend);
        learner.Network.Initialise(new Rng(1, 1));
        var losses = new double[Steps];
        LaunchCount before = default;
        for (int step = 0; step < Steps; step++)
        {
            before = backend.Launches;
            losses[step] = learner.Step(step);
        }

        LaunchCount last = backend.Launches - before;
        var weights = new uint[learner.Network.Gradients.Length];
        backend.Read(learner.Network.Gradients with { Arena = Arena.Weights }, weights);
        return (losses, weights, last);
    }
}
