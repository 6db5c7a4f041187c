namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the GPU kernels by ILGPU's CPU accelerator.
public sealed class IlgpuCpuAdamWTests : AdamWTests<IlgpuCpu>;
public sealed class IlgpuCpuAddTests : AddTests<IlgpuCpu>;
public sealed class IlgpuCpuAtrousSumTests : AtrousSumTests<IlgpuCpu>;
public sealed class IlgpuCpuBatchNormTests : BatchNormTests<IlgpuCpu>;
public sealed class IlgpuCpuConcatTests : ConcatTests<IlgpuCpu>;
public sealed class IlgpuCpuConfusionTests : ConfusionTests<IlgpuCpu>;
public sealed class IlgpuCpuConvTests : ConvTests<IlgpuCpu>;
public sealed class IlgpuCpuGoldenTests : GoldenTests<IlgpuCpu>;
public sealed class IlgpuCpuMaskedBceTests : MaskedBceTests<IlgpuCpu>;
public sealed class IlgpuCpuMaskedLossTests : MaskedLossTests<IlgpuCpu>;
public sealed class IlgpuCpuMaxPoolTests : MaxPoolTests<IlgpuCpu>;
public sealed class IlgpuCpuMeanPoolTests : MeanPoolTests<IlgpuCpu>;
public sealed class IlgpuCpuMemoryTests : MemoryTests<IlgpuCpu>;
public sealed class IlgpuCpuMovingAverageTests : MovingAverageTests<IlgpuCpu>;
public sealed class IlgpuCpuReluTests : ReluTests<IlgpuCpu>;
public sealed class IlgpuCpuResizedBceTests : ResizedBceTests<IlgpuCpu>;
public sealed class IlgpuCpuResizeTests : ResizeTests<IlgpuCpu>;
public sealed class IlgpuCpuSgdTests : SgdTests<IlgpuCpu>;
public sealed class IlgpuCpuSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<IlgpuCpu>;
public sealed class IlgpuCpuSoftmaxLossTests : SoftmaxLossTests<IlgpuCpu>;
public sealed class IlgpuCpuSumSquaresTests : SumSquaresTests<IlgpuCpu>;
public sealed class IlgpuCpuTopFractionTests : TopFractionTests<IlgpuCpu>;
