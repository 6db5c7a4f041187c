using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Concat;

/// <summary>Channels side by side.</summary>
internal sealed class ConcatGpu(GpuQueue queue)
{
    public void Forward(in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        queue.LaunchSingles(ConcatKernels.Forward, x.Length, new ConcatArgs(shape, queue.Span(x), queue.Span(y), Into.Set));
    }

    public void Backward(in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        queue.LaunchSingles(ConcatKernels.Backward, dx.Length, new ConcatArgs(shape, queue.Span(dx), queue.Span(dy), into));
    }
}

internal readonly struct ConcatArgs(ConcatShape shape, GpuSpan narrow, GpuSpan wide, Into into)
{
    public readonly GpuSpan Narrow = narrow, Wide = wide;
    public readonly int InChannels = shape.InChannels, OutChannels = shape.OutChannels, FirstChannel = shape.FirstChannel;
    public readonly Into Into = into;

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
            args.Wide.Store(memory, args.InWide(at), args.Narrow.Load(memory, at), Into.Set);
    }

    private static void ConcatBackward(ArrayView<float> memory, ConcatArgs args)
    {
        int at = Element.Single;
        if (Element.IsInside(at, args.Narrow.Length))
            args.Narrow.Store(memory, at, args.Wide.Load(memory, args.InWide(at)), args.Into);
    }
}
