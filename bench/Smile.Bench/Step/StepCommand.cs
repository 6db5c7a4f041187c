using System.Diagnostics;
using System.Globalization;
using Smile.Kernels;
using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>
/// One training step (forward, masked loss, backward, SGD) on the SIMD backend and on libtorch, in one process and in turns, from
/// the same weights on the same batch. Before any time is given, the first step's loss and every gradient are judged by
/// <see cref="GradientCheck"/>.
/// </summary>
internal static class StepCommand
{
    private const int Batch = 8, Size = 128, Organs = 3;

    public static int Run(int repeats)
    {
        var model = new ModelSettings { Backbone = "resnet18", OutputStride = 8, Head = "aspp2" };
        int threads = Environment.ProcessorCount;
        set_num_threads(threads);
        var batch = StepBatch.Random(Batch, Size, Organs);
        using var torch = new TorchStep(model, batch, float32);
        var weights = torch.Weights();
        using var smile = new SmileStep(model, batch, weights, Backends.Open("cpu", threads));
        double ours = smile.Step(), theirs = torch.Step();
        using (var check = new GradientCheck(model, batch, weights, [.. smile.Trained]))
        {
            (bool passes, string line) = check.Judge("Smile", ours, smile.Gradient);
            Print($"loss in float64 {check.Loss:F6}; yardstick: libtorch's float32 without oneDNN against float64, each weight by itself");
            Console.WriteLine(line);
            Console.WriteLine(check.Judge("libtorch", theirs, torch.Gradient).Line);
            if (!passes)
            {
                Print($"Smile's step is off by more than {GradientCheck.MostYardsticks} yardsticks: no times are given.");
                return 6;
            }
        }

        double[] ourTimes = new double[repeats], theirTimes = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            ourTimes[i] = Time(() => smile.Step());
            theirTimes[i] = Time(() => torch.Step());
        }

        double our = Median(ourTimes), their = Median(theirTimes), gflop = 3 * smile.ForwardFlops / 1e9;
        Print($"""
            DeepLab ResNet-18, output stride 8, {Batch} x {Size} x {Size} x 1, {Organs} heads, {gflop:F0} GFLOP a step, {threads} threads, median (least) of {repeats}
            Smile     {smile.Name,-14} {our,8:F1} ms ({ourTimes.Min():F1})  {gflop / our * 1e3,6:F0} GFLOP/s
            libtorch  {"NCHW",-14} {their,8:F1} ms ({theirTimes.Min():F1})  {gflop / their * 1e3,6:F0} GFLOP/s
            Smile takes {our / their:F2} times as long as libtorch
            """);
        return 0;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Time(Action step)
    {
        long start = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
