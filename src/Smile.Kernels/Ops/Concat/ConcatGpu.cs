using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Concat;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    public void ConcatForward(in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Singles(ConcatKernels.Forward, x.Length, new ConcatArgs(shape, Span(x), Span(y), 0));
    }

    public void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Singles(ConcatKernels.Backward, dx.Length, new ConcatArgs(shape, Span(dx), Span(dy), Flag(into)));
    }
}

internal readonly struct ConcatArgs(ConcatShape shape, GpuSpan narrow, GpuSpan wide, int accumulate)
{
    public readonly GpuSpan Narrow = narrow, Wide = wide;
    public readonly int InChannels = shape.InChannels, OutChannels = shape.OutChannels, FirstChannel = shape.FirstChannel, Accumulate = accumulate;

    /// <summary>Where element <paramref name="at"/> of the narrow tensor lies in the wide one.</summary>
    public int InWide(int at) => at / InChannels * OutChannels + FirstChannel + at % InChannels;
}

internal static class ConcatKernels
{
    public static readonly GpuKernel<ConcatArgs> Forward = new(ConcatForward, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ConcatArgs> Backward = new(ConcatBackward, GpuKernel.AnyGroup);

    private static void ConcatForward(ArrayView<float> memory, ConcatArgs args)
    {
        int at = Element.Single;
        if (Element.IsInside(at, args.Narrow.Length))
            args.Wide.Put(memory, args.InWide(at), args.Narrow.Load(memory, at), 0);
    }

    private static void ConcatBackward(ArrayView<float> memory, ConcatArgs args)
    {
        int at = Element.Single;
        if (Element.IsInside(at, args.Narrow.Length))
            args.Narrow.Put(memory, at, args.Wide.Load(memory, args.InWide(at)), args.Accumulate);
    }
}
