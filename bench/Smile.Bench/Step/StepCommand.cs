using System.Diagnostics;
using System.Globalization;
using Smile.Kernels;
using Smile.Net.Models;
using static TorchSharp.torch;

namespace Smile.Bench.Step;

/// <summary>
/// One training step (forward, masked loss, backward, SGD) on the SIMD backend and on libtorch, in one process and in turns, from
/// the same weights on the same batch. Before any time is given, the first step's loss and every gradient of Smile are compared
/// with libtorch's in float64: its float32 gradients are no reference, on some processors oneDNN's are wrong for few channels.
/// </summary>
internal static class StepCommand
{
    private const int Batch = 8, Size = 128, Organs = 3;

    /// <summary>
    /// Relative to the norm of a gradient. Float32 moves activations by some 1e-5; the ReLUs that lie so near to zero, about that share of
    /// them, take the other side, and the gradient moves by the square root of the share.
    /// </summary>
    private const double GradientTolerance = 2e-2, LossTolerance = 1e-5;

    public static int Run(int repeats)
    {
        var model = new ModelSettings { Backbone = "resnet18", OutputStride = 8, Head = "aspp2" };
        int threads = Environment.ProcessorCount;
        set_num_threads(threads);
        var batch = StepBatch.Random(Batch, Size, Organs);
        using var torch = new TorchStep(model, batch, float32);
        var weights = torch.Weights();
        using var smile = new SmileStep(model, batch, weights, Backends.Open("cpu", threads));
        double ours = smile.Step(), theirs = torch.Step(), exact;
        using (var reference = new TorchStep(model, batch, float64, weights))
        {
            exact = reference.Step();
            (string name, double worst) = Worst(smile.Trained, smile.Gradient, reference.Gradient);
            (string theirName, double theirWorst) = Worst(smile.Trained, torch.Gradient, reference.Gradient);
            Print($"loss {exact:F6} in float64; Smile {ours:F6}, libtorch {theirs:F6}");
            Print($"worst gradient against float64, relative: Smile {worst:E1} ({name}), libtorch {theirWorst:E1} ({theirName})");
            if (!(Math.Abs(ours - exact) <= LossTolerance * exact && worst <= GradientTolerance))
            {
                Console.Error.WriteLine("Smile's step is wrong: no times are given.");
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

    /// <summary>The weight whose gradient differs most, in units of the expected norm.</summary>
    private static (string Name, double Difference) Worst(IEnumerable<string> names, Func<string, float[]> actual, Func<string, float[]> expected) =>
        names.Select(name => (name, Difference(actual(name), expected(name)))).MaxBy(each => double.IsNaN(each.Item2) ? double.PositiveInfinity : each.Item2);

    private static double Difference(float[] actual, float[] expected)
    {
        double square = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
            (square, norm) = (square + Math.Pow(actual[i] - expected[i], 2), norm + Math.Pow(expected[i], 2));
        return Math.Sqrt(square / norm);
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
