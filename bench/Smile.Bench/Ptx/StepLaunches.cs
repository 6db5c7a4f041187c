using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Net.Graph;
using Smile.Net.Models;

namespace Smile.Bench.Ptx;

/// <summary>How many kernels a training step launches: forward, resized masked loss, backward, SGD, at 8 x 128 x 128 x 1.</summary>
internal static class StepLaunches
{
    private const int Batch = 8, Size = 128, Organs = 3;

    public static IReadOnlyList<string> Backbones { get; } = ["tiny", "resnet18"];

    /// <summary>Launches of a step, by kernel, in the order in which they first come.</summary>
    public static IReadOnlyList<(string Kernel, int Launches)> Of(string backbone)
    {
        var runtime = new DryRuntime();
        using var step = new GpuStep(new GpuBackend(runtime), backbone, Batch, Size, Organs);
        runtime.Launches.Clear();
        step.Run();
        return [.. runtime.Launches.GroupBy(kernel => kernel.Name).Select(g => (g.Key, g.Count()))];
    }
}

/// <summary>A training step on a backend that it owns: what a batch holds does not matter to launches and times.</summary>
internal sealed class GpuStep : IDisposable
{
    private readonly Network _network;
    private readonly ResizedBceShape _loss;
    private Place _isOrgan, _isKnown, _lossSums, _counts;

    public GpuStep(IBackend backend, string backbone, int batch, int size, int organs)
    {
        int pixels = batch * size * size;
        _network = new Network(new ModelSettings { Backbone = backbone }, batch, size, size, inChannels: 1, organs, NetworkUse.Training,
            backend, plan =>
        {
            (_isOrgan, _isKnown) = (plan.Take(Arena.Batch, pixels), plan.Take(Arena.Batch, pixels));
            (_lossSums, _counts) = (plan.Take(Arena.Batch, organs), plan.Take(Arena.Batch, organs));
        }, LogitsSize.Features);
        _loss = new ResizedBceShape(batch, _network.LogitsShape.Height, _network.LogitsShape.Width, size, size, organs, 1f / pixels);
    }

    public Network Network => _network;

    public Place IsOrgan => _isOrgan;

    public Place IsKnown => _isKnown;

    /// <summary>The loss of the last step, not divided by pixels, by organ.</summary>
    public Place LossSums => _lossSums;

    /// <summary>Queues one step.</summary>
    public void Run()
    {
        _network.Forward(training: true);
        _network.Backend.ResizedBce(_loss, _network.Logits, _isOrgan, _isKnown, _lossSums, _counts, _network.LogitsGradient);
        _network.Backward();
        _network.Update(learningRate: 1e-3f, headFactor: 10, momentum: 0.9f, weightDecay: 5e-4f);
    }

    public void Dispose() => _network.Dispose();
}
