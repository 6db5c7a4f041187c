using Smile.Kernels.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
using Smile.Kernels.Ops.ResizedBce;

namespace Smile.Kernels.Backend;

/// <summary>Every kernel there is, for compiling, counting and timing them all.</summary>
internal static class GpuKernels
{
    public static IReadOnlyList<GpuKernel> All { get; } =
    [
        FillKernels.Kernel,
        ConvTiles.Forward64, ConvTiles.Forward128, ConvTiles.BackInput64, ConvTiles.BackInput128, ConvTiles.BackWeight64, ConvTiles.BackWeight128,
        ConvKernels.ForwardAny, ConvKernels.BackInputAny, ConvKernels.BackWeightAny, ConvKernels.SumSplits, ConvKernels.BiasPartials, ConvKernels.Bias,
        StemKernels.Forward, StemKernels.BackWeight,
        TensorPack.Round, TensorPack.Halve, TensorPack.TransposeRound, TensorPack.TransposeHalve,
        TensorConvKernels.Tf32, TensorConvKernels.Bf16, TensorWeightKernels.Tf32, TensorWeightKernels.Bf16,
        NormKernels.BatchMoments, NormKernels.BatchStatistics, NormKernels.RunningStatistics, NormKernels.Forward,
        NormKernels.BackwardPartials, NormKernels.BackwardTotals, NormKernels.Backward,
        ReluKernels.Forward, ReluKernels.Backward,
        AddKernels.Forward, AddKernels.Backward,
        ConcatKernels.Forward, ConcatKernels.Backward,
        MaxPoolKernels.Forward, MaxPoolKernels.Backward,
        MeanPoolKernels.Forward, MeanPoolKernels.Backward,
        ResizeKernels.Forward, ResizeKernels.Backward,
        BceKernels.Partials, BceKernels.Totals,
        ResizedBceKernels.Tiles, ResizedBceKernels.Gradient, ResizedBceKernels.Loss,
        SoftmaxKernels.Partials, SoftmaxKernels.Total,
        TopFractionKernels.Start, TopFractionKernels.Count, TopFractionKernels.Choose, TopFractionKernels.Select,
        ConfusionKernels.Partials, ConfusionKernels.Totals,
        SgdKernels.Kernel,
        SumSquaresKernels.Partials, SumSquaresKernels.Total,
    ];
}
