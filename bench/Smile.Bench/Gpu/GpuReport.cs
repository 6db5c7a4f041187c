using Smile.Bench.Ptx;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Bench.Gpu;

/// <summary>
/// Every kernel on a device: results against scalar, device time, and both beside the bound. The FLOP and bytes are the emulator's, which
/// runs the same cases before.
/// </summary>
/// <param name="open">Opens the runtime on the device; called for the cases of each precision and for the step.</param>
/// <param name="device">The device's name.</param>
/// <param name="measures">False where the driver's events tell no time: then none is printed.</param>
/// <param name="output">Where the report goes.</param>
internal sealed class GpuReport(Func<CudaRuntime> open, string device, bool measures, TextWriter output)
{
    private const int Samples = 9;

    private readonly GpuSpecification? _gpu = GpuSpecification.Find(device);

    /// <summary>Writes the report; false where a result is wrong. Each case has its precision; the one given is the step's.</summary>
    public bool Run(IReadOnlyList<KernelCase> cases, StepShape shape, Precision precision, PeerStep? peer)
    {
        peer?.Match(shape, Name(precision), device);
        bool right = Kernels(cases);
        return Step(shape, precision, peer) && right;
    }

    /// <summary>Writes the table of the cases; false where a result is wrong.</summary>
    public bool Kernels(IReadOnlyList<KernelCase> cases)
    {
        output.WriteLine($"Device: {device}. "
            + (measures
                ? "Device timestamps, medians of nine; operands warm in the cache as far as they fit."
                : "Its events tell no time: nothing was measured."));
        output.WriteLine(_gpu is null ? "No published numbers are on file for this device: no bounds." : $"Bounds: {_gpu.Source}.");
        output.WriteLine();
        output.WriteLine("| kernel | case | right | registers | local | us | GFLOP/s | GB/s | bound, us | of the bound |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|---:|---:|");
        bool right = true;
        foreach (var ofPrecision in cases.GroupBy(c => c.Precision))
            right &= Kernels([.. ofPrecision], ofPrecision.Key);
        output.WriteLine();
        return right;
    }

    private bool Kernels(IReadOnlyList<KernelCase> cases, Precision precision)
    {
        CountedKernel[] counted;
        using (var counting = new Counting(cases))
            counted = CountedKernel.Of(counting);
        bool right = true;
        foreach (KernelTime time in KernelTime.Of(open(), Samples, cases, precision, counted, ScalarCheck.Expected))
        {
            right &= time.Difference is null;
            Line(time);
        }

        return right;
    }

    private void Line(KernelTime time)
    {
        Bound? bound = _gpu?.Bound(time.Counted.Arithmetic, time.Counted.Flops, time.Counted.Bytes);
        string least = bound is { } b ? InvariantText.Of($"{b.Microseconds:F2} {b.By}") : "";
        string numbers = measures
            ? InvariantText.Of($"{1e3 * time.Milliseconds:F2} | {time.Counted.Flops / time.Milliseconds / 1e6:F0} | ",
                $"{time.Counted.Bytes / time.Milliseconds / 1e6:F0} | {least} | ",
                $"{(bound is { } of ? InvariantText.Of($"{of.Microseconds / (1e3 * time.Milliseconds):P0}") : "")}")
            : $"not measured | | | {least} |";
        output.WriteLine($"| {time.Counted.Kernel} | {time.Counted.Case} | {time.Difference ?? "yes"} | {time.Resources.Registers} | "
            + $"{time.Resources.LocalBytes} | {numbers} |");
    }

    private bool Step(StepShape shape, Precision precision, PeerStep? peer)
    {
        StepTime step = StepTime.Of(new TimedRuntime(open(), Samples), shape, precision, StepTime.ExpectedOf(shape));
        output.WriteLine(InvariantText.Of(
            $"Training step, DeepLab {shape.Backbone}, {shape.Batch} x {shape.Size} x {shape.Size} x 1, {shape.Organs} heads, ",
            $"{Name(precision)}: {step.Launches} launches, replayed as {step.Replay}; ",
            $"loss of the third step {step.Loss:F6}, on the CPU {step.Expected:F6}{(step.Agrees ? "" : ": WRONG")}."));
        if (!measures)
            return step.Agrees;
        output.WriteLine(InvariantText.Of($"A step takes {step.Milliseconds:F3} ms."));
        if (peer is not null)
        {
            output.WriteLine(InvariantText.Of($"PyTorch {peer.Torch} eager takes {peer.EagerMilliseconds:F3} ms: ",
                $"ours takes {step.Milliseconds / peer.EagerMilliseconds:F2} times as long."));
            output.WriteLine(peer.CompiledMilliseconds is { } compiled
                ? InvariantText.Of($"PyTorch {peer.Torch} compiled takes {compiled:F3} ms: ",
                    $"ours takes {step.Milliseconds / compiled:F2} times as long.")
                : "torch.compile gave no time there.");
        }

        return step.Agrees;
    }

    private static string Name(Precision precision) => precision.ToString().ToLowerInvariant();
}
