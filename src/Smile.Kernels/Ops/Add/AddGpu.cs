using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Add;

/// <summary>Addition and its gradient.</summary>
internal sealed class AddGpu(GpuQueue queue)
{
    public void Forward(Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        queue.LaunchFloat4s(AddKernels.Forward, y.Length, new AddArgs(queue.Span(a), queue.Span(b), queue.Span(y), Into.Set));
    }

    public void Backward(Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        queue.LaunchFloat4s(AddKernels.Backward, dx.Length, new AddArgs(queue.Span(dy), default, queue.Span(dx), into));
    }
}

internal readonly struct AddArgs(GpuSpan a, GpuSpan b, GpuSpan to, Into into)
{
    public readonly GpuSpan A = a, B = b, To = to;
    public readonly Into Into = into;
}

internal static class AddKernels
{
    public static readonly GpuKernel<AddArgs> Forward = new(AddForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<AddArgs> Backward = new(AddBackward, GpuKernel.AnyGroup);

    private static void AddForward(ArrayView<float> memory, AddArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Store4(memory, at, args.A.Load4(memory, at) + args.B.Load4(memory, at), Into.Set);
    }

    private static void AddBackward(ArrayView<float> memory, AddArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Store4(memory, at, args.A.Load4(memory, at), args.Into);
    }
}
