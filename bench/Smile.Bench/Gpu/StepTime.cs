using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;
using Smile.Net;

namespace Smile.Bench.Gpu;

/// <summary>The training step on a device: three steps checked against the vectors of the CPU, then timed as it is replayed.</summary>
/// <param name="Loss">Of the third step, on the device.</param>
/// <param name="Expected">The same on the CPU.</param>
/// <param name="Launches">Kernels and fills of a step.</param>
/// <param name="Replay">What a step launches once it is captured.</param>
/// <param name="Milliseconds">Device time of a step.</param>
/// <param name="Tolerance">Of the loss, relative: more than it is wrong.</param>
internal sealed record StepTime(double Loss, double Expected, int Launches, LaunchCount Replay, double Milliseconds, double Tolerance)
{
    /// <summary>What sums in another order differ by, before what a precision adds.</summary>
    private const double LeastTolerance = 1e-3;

    /// <summary>Whether the losses agree; not, where one is no number.</summary>
    public bool Agrees => Math.Abs(Loss - Expected) <= Tolerance * Math.Abs(Expected);

    public static StepTime Of(TimedRuntime runtime, StepShape shape, Precision precision)
    {
        double expected;
        using (GpuStep cpu = Start(Backends.Open("cpu"), shape))
            expected = Third(cpu, cpu.Network.Backend.Record(cpu.Run), shape);
        using GpuStep step = Start(new GpuBackend(runtime, precision), shape);
        runtime.Forget();
        step.Run();
        int launches = runtime.Kept.Count;
        Action replay = step.Network.Backend.Record(step.Run);
        double loss = Third(step, replay, shape, stepsDone: 1);
        LaunchCount before = runtime.Launches;
        replay();
        return new StepTime(loss, expected, launches, runtime.Launches - before, runtime.Time(replay),
            Math.Max(LeastTolerance, ScalarCheck.ToleranceOf(precision)));
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

    private static double Third(GpuStep step, Action run, StepShape shape, int stepsDone = 0)
    {
        for (int i = stepsDone; i < 3; i++)
            run();
        var sums = new float[shape.Organs];
        step.Network.Backend.Read(step.LossSums, sums);
        return sums.Sum(sum => (double)sum) / ((long)shape.Batch * shape.Size * shape.Size);
    }
}
