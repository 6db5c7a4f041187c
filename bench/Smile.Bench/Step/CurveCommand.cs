using System.Globalization;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>
/// The effect of the convolution algorithm on training: the losses of the same short training by each algorithm, side by side, and beside
/// them how far the direct algorithm's own losses move when the images move by one unit in the last place.
/// </summary>
internal static class CurveCommand
{
    private const int Batch = 4, Size = 64, Organs = 3, Steps = 40, Every = 5;

    public static int Run()
    {
        var model = new ModelSettings { Backbone = "resnet18", OutputStride = 8, Head = "aspp2" };
        var batch = StepBatch.Random(Batch, Size, Organs);
        using var torch = new TorchStep(model, batch, float32);
        var weights = torch.Weights();
        double[] direct = Losses(batch, ConvAlgorithm.Gemm), nudged = Losses(batch.Nudged(seed: 1), ConvAlgorithm.Gemm);
        double[] two = Losses(batch, ConvAlgorithm.Winograd2), four = Losses(batch, ConvAlgorithm.Winograd4);
        Console.WriteLine("step   direct      nudged - direct  F(2x2) - direct  F(4x4) - direct");
        for (int i = 0; i < Steps; i += i == 0 ? Every - 1 : Every)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{i + 1,4}   {direct[i],9:F6}   {nudged[i] - direct[i],15:E1}  {two[i] - direct[i],15:E1}  {four[i] - direct[i],15:E1}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"mean of the last {Steps / 2}: direct {Last(direct):F3}, nudged {Last(nudged):F3}, F(2x2) {Last(two):F3}, "
                + $"F(4x4) {Last(four):F3}"));
        return 0;

        static double Last(double[] losses) => losses[(Steps / 2)..].Average();

        double[] Losses(StepBatch images, ConvAlgorithm algorithm)
        {
            using var step = new SmileStep(model, images, weights, new SimdBackend(convolution: algorithm));
            return [.. Enumerable.Range(0, Steps).Select(_ => step.Step())];
        }
    }
}
