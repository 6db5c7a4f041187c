using Smile.Bench.Gpu;
using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kit.Expected;
using Smile.Kit.Run;

namespace Smile.Kit.Measure;

/// <summary>Every kernel at a shape of the training step: its result against the CPU's vectors, its device time, its bound.</summary>
internal static class KernelMeasurement
{
    /// <summary>What <c>ncu</c> and <c>compute-sanitizer</c> look at: a kernel of each kind.</summary>
    public static readonly string[] ShortList =
        ["conv 3x3 dilated", "conv 3x3 head, forward", "norm with residual", "max pool", "resize", "masked cross-entropy",
            "sum of squares"];

    /// <summary>A line a kernel and case; 0, or 6 where one is wrong.</summary>
    /// <param name="size">Which shapes.</param>
    /// <param name="precision">The cases of this one.</param>
    /// <param name="lines">Where they go.</param>
    /// <param name="shortList">The cases of <see cref="ShortList"/> alone.</param>
    public static int Run(KitSize size, Precision precision, ResultLines lines, bool shortList)
    {
        KernelCase[] cases = [.. size.Kernels.Where(one => one.Precision == precision
            && (!shortList || ShortList.Any(name => one.Name.StartsWith(name, StringComparison.Ordinal))))];
        string device = DeviceFacts.NameIn(lines) ?? "";
        GpuSpecification? gpu = GpuSpecification.Find(device);
        bool right = true;
        foreach (KernelTime time in KernelTime.Of(CudaRuntime.Open(0), size.Samples, cases, precision, KitExpected.CountsOf(size),
            one => ScalarCheck.Expected(one, Backends.Open("cpu"))))
        {
            right &= time.Difference is null;
            Bound? bound = gpu?.Bound(time.Counted.Arithmetic, time.Counted.Flops, time.Counted.Bytes);
            double microseconds = 1e3 * time.Milliseconds;
            lines.Add("kernels", new
            {
                time.Counted.Kernel,
                time.Counted.Case,
                Precision = precision.ToString().ToLowerInvariant(),
                Right = time.Difference is null,
                time.Difference,
                time.Resources.Registers,
                time.Resources.LocalBytes,
                Microseconds = microseconds,
                time.Counted.Flops,
                time.Counted.Bytes,
                BoundMicroseconds = bound?.Microseconds,
                BoundBy = bound?.By,
                OfTheBound = bound is { } of && microseconds > 0 ? of.Microseconds / microseconds : (double?)null,
            });
        }

        return right ? 0 : 6;
    }
}
