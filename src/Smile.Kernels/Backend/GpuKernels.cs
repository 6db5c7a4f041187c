using Smile.Kernels.Gpu;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Ops.Add;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.BatchNorm;
using Smile.Kernels.Ops.Concat;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.MaxPool;
using Smile.Kernels.Ops.MeanPool;
using Smile.Kernels.Ops.MovingAverage;
using Smile.Kernels.Ops.Relu;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Ops.SumSquares;
using Smile.Kernels.Ops.TopFraction;

namespace Smile.Kernels.Backend;

/// <summary>Every kernel there is, for compiling, counting and timing them all.</summary>
internal static class GpuKernels
{
    public static IReadOnlyList<GpuKernel> All { get; } =
    [
        FillKernels.Kernel,
        ImplicitGemmKernels.Forward64, ImplicitGemmKernels.Forward128, ImplicitGemmKernels.BackInput64, ImplicitGemmKernels.BackInput128,
        ImplicitGemmKernels.BackWeight64, ImplicitGemmKernels.BackWeight128,
        ImplicitGemmAnyKernels.Forward, ImplicitGemmAnyKernels.BackInput, ImplicitGemmAnyKernels.BackWeight,
        SplitKKernels.Sum, ConvBiasKernels.Partials, ConvBiasKernels.Totals,
        StemKernels.Forward, StemKernels.BackWeight,
        TensorPack.ToTf32, TensorPack.ToBf16, TensorPack.TransposeToTf32, TensorPack.TransposeToBf16,
        TensorConvKernels.Tf32, TensorConvKernels.Bf16, TensorWeightKernels.Tf32, TensorWeightKernels.Bf16,
        AtrousKernels.WidenWeights, AtrousKernels.Gather, AtrousKernels.Spread, AtrousKernels.NarrowGradients,
        NormKernels.BatchMoments, NormKernels.BatchStatistics, NormKernels.RunningStatistics, NormKernels.Forward,
        NormKernels.BackwardPartials, NormKernels.BackwardTotals, NormKernels.Backward,
        ReluKernels.Forward, ReluKernels.Backward,
        AddKernels.Forward, AddKernels.Backward,
        ConcatKernels.Forward, ConcatKernels.Backward,
        MaxPoolKernels.Forward, MaxPoolKernels.Backward,
        MeanPoolKernels.Forward, MeanPoolKernels.Backward,
        ResizeKernels.Forward, ResizeKernels.Backward,
        BceKernels.Partials, BceKernels.Totals,
        MaskedLossKernels.Partials, MaskedLossKernels.Totals, MaskedLossKernels.Gradient,
        ResizedBceKernels.Tiles, ResizedBceKernels.Gradient, ResizedBceKernels.Loss,
        SoftmaxKernels.Partials, SoftmaxKernels.Total,
        SoftmaxLossKernels.Partials, SoftmaxLossKernels.Totals, SoftmaxLossKernels.Gradient,
        TopFractionKernels.Start, TopFractionKernels.Count, TopFractionKernels.Choose, TopFractionKernels.Select,
        ConfusionKernels.Partials, ConfusionKernels.Totals,
        SgdKernels.Kernel, AdamWKernels.Kernel, MovingAverageKernels.Kernel,
        SumSquaresKernels.Partials, SumSquaresKernels.Total,
    ];
}
