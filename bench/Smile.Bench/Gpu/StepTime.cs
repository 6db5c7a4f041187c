using Smile.Bench.Ptx;
using Smile.Kernels;
using Smile.Net;
using Smile.Kernels.Tests.Golden;

namespace Smile.Bench.Gpu;

/// <summary>The training step on a device: checked against the vectors of the CPU, then timed.</summary>
/// <param name="Loss">Of the first step, on the device.</param>
/// <param name="Expected">The same on the CPU.</param>
/// <param name="Launches">Kernels of a step.</param>
/// <param name="Milliseconds">Device time of a step.</param>
internal sealed record StepTime(double Loss, double Expected, int Launches, double Milliseconds)
{
    private const double Tolerance = 1e-3;

    /// <summary>Whether the losses agree; not, where one is no number.</summary>
    public bool Agrees => Math.Abs(Loss - Expected) <= Tolerance * Math.Abs(Expected);

    public static StepTime Of(TimedRuntime runtime, StepShape shape)
    {
        double expected;
        using (GpuStep cpu = Start(Backends.Open("cpu"), shape))
            expected = First(cpu, shape);
        using GpuStep step = Start(new GpuBackend(runtime), shape);
        runtime.Forget();
        double loss = First(step, shape);
        return new StepTime(loss, expected, runtime.Kept.Count, runtime.Time(step.Run));
    }

    /// <summary>Weights, images and masks from fixed seeds.</summary>
    private static GpuStep Start(IBackend backend, StepShape shape)
    {
        var step = new GpuStep(backend, shape.Backbone, shape.Batch, shape.Size, shape.Organs);
        step.Network.Initialise(new Rng(5));
        backend.Write(step.Network.Images, Seeded.Floats("images", step.Network.Images.Length));
        backend.Write(step.IsOrgan, Seeded.Words("is organ", step.IsOrgan.Length));
        backend.Write(step.IsKnown, Seeded.Words("is known", step.IsKnown.Length));
        return step;
    }

    private static double First(GpuStep step, StepShape shape)
    {
        step.Run();
        var sums = new float[shape.Organs];
        step.Network.Backend.Read(step.LossSums, sums);
        return sums.Sum(sum => (double)sum) / ((long)shape.Batch * shape.Size * shape.Size);
    }
}
