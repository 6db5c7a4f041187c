namespace Smile.Kernels;

/// <summary>Every kernel there is, for compiling, counting and timing them all.</summary>
internal static class GpuKernels
{
    public static IReadOnlyList<GpuKernel> All { get; } =
    [
        FillKernels.Kernel,
        ConvKernels.Forward, ConvKernels.BackInput, ConvKernels.BackWeight, ConvKernels.SumSplits, ConvKernels.BiasPartials, ConvKernels.Bias,
    ];
}
