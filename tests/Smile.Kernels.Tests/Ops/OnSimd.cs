namespace Smile.Kernels.Tests.Ops;

// Every contract, on the SIMD backend.
public sealed class SimdAdamWTests : AdamWTests<Simd>;
public sealed class SimdAddTests : AddTests<Simd>;
public sealed class SimdBatchNormTests : BatchNormTests<Simd>;
public sealed class SimdConcatTests : ConcatTests<Simd>;
public sealed class SimdConfusionTests : ConfusionTests<Simd>;
public sealed class SimdConvTests : ConvTests<Simd>;
public sealed class SimdGoldenTests : GoldenTests<Simd>;
public sealed class SimdMaskedBceTests : MaskedBceTests<Simd>;
public sealed class SimdMaskedLossTests : MaskedLossTests<Simd>;
public sealed class SimdMaxPoolTests : MaxPoolTests<Simd>;
public sealed class SimdMeanPoolTests : MeanPoolTests<Simd>;
public sealed class SimdMemoryTests : MemoryTests<Simd>;
public sealed class SimdMovingAverageTests : MovingAverageTests<Simd>;
public sealed class SimdReluTests : ReluTests<Simd>;
public sealed class SimdResizedBceTests : ResizedBceTests<Simd>;
public sealed class SimdResizeTests : ResizeTests<Simd>;
public sealed class SimdSgdTests : SgdTests<Simd>;
public sealed class SimdSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<Simd>;
public sealed class SimdSoftmaxLossTests : SoftmaxLossTests<Simd>;
public sealed class SimdSumSquaresTests : SumSquaresTests<Simd>;
public sealed class SimdTopFractionTests : TopFractionTests<Simd>;

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
