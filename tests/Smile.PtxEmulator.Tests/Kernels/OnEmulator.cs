namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the PTX of the GPU kernels by the emulator.
public sealed class EmulatedAddTests : AddTests<Emulated>;
public sealed class EmulatedBatchNormTests : BatchNormTests<Emulated>;
public sealed class EmulatedConcatTests : ConcatTests<Emulated>;
public sealed class EmulatedConfusionTests : ConfusionTests<Emulated>;
public sealed class EmulatedConvTests : ConvTests<Emulated>;
public sealed class EmulatedGoldenTests : GoldenTests<Emulated>;
public sealed class EmulatedMaskedBceTests : MaskedBceTests<Emulated>;
public sealed class EmulatedMaxPoolTests : MaxPoolTests<Emulated>;
public sealed class EmulatedMeanPoolTests : MeanPoolTests<Emulated>;
public sealed class EmulatedReluTests : ReluTests<Emulated>;
public sealed class EmulatedResizeTests : ResizeTests<Emulated>;
public sealed class EmulatedSgdTests : SgdTests<Emulated>;
public sealed class EmulatedSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<Emulated>;
public sealed class EmulatedSumSquaresTests : SumSquaresTests<Emulated>;
public sealed class EmulatedTopFractionTests : TopFractionTests<Emulated>;
