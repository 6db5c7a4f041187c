namespace Smile.Kernels.Tests.Ops;

// Every contract, on the SIMD backend.
public sealed class SimdAdamWTests : AdamWTests<SimdDevice>;
public sealed class SimdAddTests : AddTests<SimdDevice>;
public sealed class SimdAtrousSumTests : AtrousSumTests<SimdDevice>;
public sealed class SimdBatchNormTests : BatchNormTests<SimdDevice>;
public sealed class SimdConcatTests : ConcatTests<SimdDevice>;
public sealed class SimdConfusionTests : ConfusionTests<SimdDevice>;
public sealed class SimdConvTests : ConvTests<SimdDevice>;
public sealed class SimdGoldenTests : GoldenTests<SimdDevice>;
public sealed class SimdMaskedBceTests : MaskedBceTests<SimdDevice>;
public sealed class SimdMaskedLossTests : MaskedLossTests<SimdDevice>;
public sealed class SimdMaxPoolTests : MaxPoolTests<SimdDevice>;
public sealed class SimdMeanPoolTests : MeanPoolTests<SimdDevice>;
public sealed class SimdMemoryTests : MemoryTests<SimdDevice>;
public sealed class SimdMovingAverageTests : MovingAverageTests<SimdDevice>;
public sealed class SimdReluTests : ReluTests<SimdDevice>;
public sealed class SimdResizedBceTests : ResizedBceTests<SimdDevice>;
public sealed class SimdResizeTests : ResizeTests<SimdDevice>;
public sealed class SimdSgdTests : SgdTests<SimdDevice>;
public sealed class SimdSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<SimdDevice>;
public sealed class SimdSoftmaxLossTests : SoftmaxLossTests<SimdDevice>;
public sealed class SimdSumSquaresTests : SumSquaresTests<SimdDevice>;
public sealed class SimdTopFractionTests : TopFractionTests<SimdDevice>;

// What writes large results once more, all of them past the caches.
public sealed class SimdStreamingAddTests : AddTests<SimdStreaming>;
public sealed class SimdStreamingBatchNormTests : BatchNormTests<SimdStreaming>;
public sealed class SimdStreamingConcatTests : ConcatTests<SimdStreaming>;
public sealed class SimdStreamingMaskedBceTests : MaskedBceTests<SimdStreaming>;
public sealed class SimdStreamingMaskedLossTests : MaskedLossTests<SimdStreaming>;
public sealed class SimdStreamingMaxPoolTests : MaxPoolTests<SimdStreaming>;
public sealed class SimdStreamingMeanPoolTests : MeanPoolTests<SimdStreaming>;
public sealed class SimdStreamingReluTests : ReluTests<SimdStreaming>;
public sealed class SimdStreamingResizeTests : ResizeTests<SimdStreaming>;

// The convolutions once more through each algorithm that a shape allows.
public sealed class SimdPaddedConvTests : ConvTests<SimdPadded>;
public sealed class SimdPerTapConvTests : ConvTests<SimdPerTap>;
public sealed class SimdWinograd2ConvTests : ConvTests<SimdWinograd2>;
public sealed class SimdWinograd2GoldenTests : GoldenTests<SimdWinograd2>;
public sealed class SimdWinograd4ConvTests : ConvTests<SimdWinograd4>;
public sealed class SimdWinograd4GoldenTests : GoldenTests<SimdWinograd4>;
