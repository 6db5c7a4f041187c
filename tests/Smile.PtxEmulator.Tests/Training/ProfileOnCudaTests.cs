using Smile.Kernels.Gpu.Cuda;
using Smile.Net.Layers;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.Net.Training;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>What <c>smile profile</c> says of the convolutions of a step whose device is a GPU.</summary>
[Collection(nameof(CudaDriver))] // one CudaDriver.Open for all
public sealed class ProfileOnCudaTests : IDisposable
{
    public ProfileOnCudaTests() => CudaDriver.Open = () => EmulatedCuda.Driver(8, 0, seed: 1);

    public void Dispose() => CudaDriver.Open = LibCuda.TryOpen;

    [Fact]
    public void A_layer_that_is_asked_for_in_bf16_and_gets_fp32_says_why()
    {
        RunSettings settings = Toy.Settings(Methods.Smile, steps: 1);
        settings = settings with { Run = settings.Run with { Device = "cuda" }, Train = settings.Train with { Precision = "bf16" } };
        StepProfile profile = StepProfiler.Measure(settings, Toy.Organs, Toy.Cases(), steps: 1,
            cancel: TestContext.Current.CancellationToken);
        LayerTime[] convolutions = [.. profile.Layers.Where(layer => layer.Algorithm.Length > 0)];
        LayerTime stem = convolutions.First(layer => layer.Pass == Pass.Forward);
        Assert.Matches(@", fp32, not bf16: 1 to \d+ channels, of which both have to be multiples of 8$", stem.Algorithm);
        Assert.Contains(convolutions, layer => layer.Algorithm == "tensor cores 128x128, bf16");
        Assert.Contains(convolutions, layer => layer.Pass == Pass.Backward
            && layer.Algorithm.Contains("; tensor cores 128x128, bf16", StringComparison.Ordinal));
    }
}
