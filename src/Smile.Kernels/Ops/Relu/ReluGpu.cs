using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Relu;

/// <summary>max(x, 0) and its gradient.</summary>
internal sealed class ReluGpu(GpuQueue queue)
{
    public void Forward(Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        queue.LaunchFloat4s(ReluKernels.Forward, y.Length, new ReluArgs(queue.Span(x), default, queue.Span(y), Into.Set));
    }

    public void Backward(Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        queue.LaunchFloat4s(ReluKernels.Backward, dx.Length, new ReluArgs(queue.Span(y), queue.Span(dy), queue.Span(dx), into));
    }
}

internal readonly struct ReluArgs(GpuSpan value, GpuSpan dy, GpuSpan to, Into into)
{
    public readonly GpuSpan Value = value, Dy = dy, To = to;
    public readonly Into Into = into;
}

internal static class ReluKernels
{
    public static readonly GpuKernel<ReluArgs> Forward = new(ReluForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ReluArgs> Backward = new(ReluBackward, GpuKernel.AnyGroup);

    private static void ReluForward(ArrayView<float> memory, ReluArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Store4(memory, at, args.Value.Load4(memory, at).Clamped(), Into.Set);
    }

    private static void ReluBackward(ArrayView<float> memory, ReluArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Store4(memory, at, args.Dy.Load4(memory, at).WherePositive(args.Value.Load4(memory, at)), args.Into);
    }
}
