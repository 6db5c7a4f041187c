using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MovingAverage;

/// <summary>Averages that follow their values.</summary>
internal sealed class MovingAverageGpu(GpuQueue queue)
{
    public void Update(float share, Place value, Place average)
    {
        MovingAverageOperands.Validate(share, value, average);
        queue.LaunchFloat4s(MovingAverageKernels.Kernel, average.Length,
            new MovingAverageArgs(share, queue.Span(value), queue.Span(average)));
    }
}

internal readonly struct MovingAverageArgs(float share, GpuSpan value, GpuSpan average)
{
    public readonly float Share = share;
    public readonly GpuSpan Value = value, Average = average;
}

internal static class MovingAverageKernels
{
    public static readonly GpuKernel<MovingAverageArgs> Kernel = new(MovingAverage, GpuKernel.AnyGroup);

    private static void MovingAverage(ArrayView<float> memory, MovingAverageArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.Average.Length))
            return;
        Float4 average = args.Average.Load4(memory, at);
        args.Average.Store4(memory, at, Float4.MultiplyAdd(args.Share, args.Value.Load4(memory, at) - average, average), Into.Set);
    }
}
