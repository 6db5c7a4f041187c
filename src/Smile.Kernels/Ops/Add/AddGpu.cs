using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    public void AddForward(Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        Elements(AddKernels.Forward, y.Length, new AddArgs(Span(a), Span(b), Span(y), 0));
    }

    public void AddBackward(Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        Elements(AddKernels.Backward, dx.Length, new AddArgs(Span(dy), default, Span(dx), Flag(into)));
    }
}

internal readonly struct AddArgs(GpuSpan a, GpuSpan b, GpuSpan to, int accumulate)
{
    public readonly GpuSpan A = a, B = b, To = to;
    public readonly int Accumulate = accumulate;
}

internal static class AddKernels
{
    public static readonly GpuKernel<AddArgs> Forward = new(AddForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<AddArgs> Backward = new(AddBackward, GpuKernel.AnyGroup);

    private static void AddForward(ArrayView<float> memory, AddArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Put4(memory, at, args.A.Load4(memory, at) + args.B.Load4(memory, at), 0);
    }

    private static void AddBackward(ArrayView<float> memory, AddArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.To.Length))
            args.To.Put4(memory, at, args.A.Load4(memory, at), args.Accumulate);
    }
}
