using System.Globalization;
using Smile.Kernels.Backend;
using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>
/// The loss and every gradient of one training step of ResNet-18, Smile's and libtorch's from the same weights, judged by
/// <see cref="GradientCheck"/>.
/// </summary>
internal static class GradientsCommand
{
    private const int Batch = 8, Size = 128, Organs = 3;

    /// <summary>0, or 6 where Smile's step does not pass.</summary>
    public static int Run()
    {
        var model = new ModelSettings { Backbone = "resnet18", OutputStride = 8, Head = "aspp2" };
        var batch = StepBatch.Random(Batch, Size, Organs);
        using var torch = new TorchStep(model, batch, float32);
        var weights = torch.Weights();
        using var smile = new SmileStep(model, batch, weights, Backends.Open("cpu"));
        double ours = smile.Step(), theirs = torch.Step();
        using var check = new GradientCheck(model, batch, weights, [.. smile.Trained]);
        (bool passes, string line) = check.Judge("Smile", ours, smile.Gradient);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"loss in float64 {check.Loss:F6}; yardstick: libtorch's float32 without oneDNN against float64, each weight by itself; "
                + $"at most {GradientCheck.MostYardsticks} of them are allowed"));
        Console.WriteLine(line);
        Console.WriteLine(check.Judge("libtorch", theirs, torch.Gradient).Line);
        return passes ? 0 : 6;
    }
}
