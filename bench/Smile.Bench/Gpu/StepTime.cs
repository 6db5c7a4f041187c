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
/// <param name="Times">Device milliseconds of a step, in order; none where the events tell no time.</param>
/// <param name="Tolerance">Of the loss, relative: more than it is wrong.</param>
internal sealed record StepTime(double Loss, double Expected, int Launches, LaunchCount Replay, double[] Times, double Tolerance)
{
    /// <summary>What sums in another order differ by, before what a precision adds.</summary>
    private const double LeastTolerance = 1e-3;

    /// <summary>Whether the losses agree; not, where one is no number.</summary>
    public bool Agrees => Math.Abs(Loss - Expected) <= Tolerance * Math.Abs(Expected);

    /// <summary>The median; 0 where the events tell no time.</summary>
    public double Milliseconds => Times.Length == 0 ? 0 : Times[Times.Length / 2];

    /// <summary>The loss of the third step by the vectors of the CPU.</summary>
    public static double ExpectedOf(StepShape shape)
    {
        using GpuStep cpu = Start(Backends.Open("cpu"), shape);
        return Third(cpu, cpu.Network.Backend.Record(cpu.Run), shape);
    }

    /// <summary>Checks and times.</summary>
    /// <param name="runtime">The device, its memory not taken yet; it is given back.</param>
    /// <param name="shape">The step.</param>
    /// <param name="precision">What convolutions multiply in.</param>
    /// <param name="expected">What <see cref="ExpectedOf"/> gave.</param>
    /// <param name="first">Told when the first step is done.</param>
    /// <param name="launches">Gets the launches of a step, which can be repeated until it returns.</param>
    public static StepTime Of(TimedRuntime runtime, StepShape shape, Precision precision, double expected, Action? first = null,
        Action<IReadOnlyList<KeptLaunch>>? launches = null)
    {
        using GpuStep step = Start(new GpuBackend(runtime, precision), shape);
        runtime.Forget();
        step.Run();
        KeptLaunch[] kept = [.. runtime.Kept];
        if (first is not null)
        {
            step.Network.Backend.Finish();
            first();
        }

        Action replay = step.Network.Backend.Record(step.Run);
        double loss = Third(step, replay, shape, stepsDone: 1);
        LaunchCount before = runtime.Launches;
        replay();
        var time = new StepTime(loss, expected, kept.Length, runtime.Launches - before, runtime.Times(replay),
            Math.Max(LeastTolerance, ScalarCheck.ToleranceOf(precision)));
        launches?.Invoke(kept);
        return time;
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
