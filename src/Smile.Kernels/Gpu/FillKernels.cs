using ILGPU;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu;

internal readonly struct FillArgs(GpuSpan at, float value)
{
    public readonly GpuSpan At = at;
    public readonly float Value = value;
}

internal static class FillKernels
{
    public static readonly GpuKernel<FillArgs> Kernel = new(Fill, GpuKernel.AnyGroup);

    private static void Fill(ArrayView<float> memory, FillArgs args)
    {
        int at = Element.FirstOfFour;
        if (Element.IsInside(at, args.At.Length))
            args.At.Store4(memory, at, new Float4(args.Value, args.Value, args.Value, args.Value), Into.Set);
    }
}
