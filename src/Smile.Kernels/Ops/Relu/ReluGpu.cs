using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Relu;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    public void ReluForward(Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        Elements(ReluKernels.Forward, y.Length, new ReluArgs(Span(x), default, Span(y), 0));
    }

    public void ReluBackward(Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        Elements(ReluKernels.Backward, dx.Length, new ReluArgs(Span(y), Span(dy), Span(dx), Flag(into)));
    }
}

internal readonly struct ReluArgs(GpuSpan value, GpuSpan dy, GpuSpan to, int accumulate)
{
    public readonly GpuSpan Value = value, Dy = dy, To = to;
    public readonly int Accumulate = accumulate;
}

internal static class ReluKernels
{
    public static readonly GpuKernel<ReluArgs> Forward = new(ReluForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ReluArgs> Backward = new(ReluBackward, GpuKernel.AnyGroup);

    private static void ReluForward(ArrayView<float> memory, ReluArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Put4(memory, at, args.Value.Load4(memory, at).Clamped(), 0);
    }

    private static void ReluBackward(ArrayView<float> memory, ReluArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Put4(memory, at, args.Dy.Load4(memory, at).WherePositive(args.Value.Load4(memory, at)), args.Accumulate);
    }
}
