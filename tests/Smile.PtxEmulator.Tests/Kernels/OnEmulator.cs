namespace Smile.Kernels.Tests.Ops;

// The operations' tests on the CUDA backend, its driver emulated: as sm_80, then as sm_75.
public sealed class EmulatedAdamWTests : AdamWTests<Emulated>;
public sealed class EmulatedAddTests : AddTests<Emulated>;
public sealed class EmulatedAtrousSumTests : AtrousSumTests<Emulated>;
public sealed class EmulatedBatchNormTests : BatchNormTests<Emulated>;
public sealed class EmulatedConcatTests : ConcatTests<Emulated>;
public sealed class EmulatedConfusionTests : ConfusionTests<Emulated>;
public sealed class EmulatedConvTests : ConvTests<Emulated>;
public sealed class EmulatedGoldenTests : GoldenTests<Emulated>;
public sealed class EmulatedMaskedBceTests : MaskedBceTests<Emulated>;
public sealed class EmulatedMaskedLossTests : MaskedLossTests<Emulated>;
public sealed class EmulatedMaxPoolTests : MaxPoolTests<Emulated>;
public sealed class EmulatedMeanPoolTests : MeanPoolTests<Emulated>;
public sealed class EmulatedMovingAverageTests : MovingAverageTests<Emulated>;
public sealed class EmulatedReluTests : ReluTests<Emulated>;
public sealed class EmulatedResizedBceTests : ResizedBceTests<Emulated>;
public sealed class EmulatedResizeTests : ResizeTests<Emulated>;
public sealed class EmulatedSgdTests : SgdTests<Emulated>;
public sealed class EmulatedSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<Emulated>;
public sealed class EmulatedSoftmaxLossTests : SoftmaxLossTests<Emulated>;
public sealed class EmulatedSumSquaresTests : SumSquaresTests<Emulated>;
public sealed class EmulatedTopFractionTests : TopFractionTests<Emulated>;
public sealed class EmulatedTuringAdamWTests : AdamWTests<EmulatedTuring>;
public sealed class EmulatedTuringAddTests : AddTests<EmulatedTuring>;
public sealed class EmulatedTuringAtrousSumTests : AtrousSumTests<EmulatedTuring>;
public sealed class EmulatedTuringBatchNormTests : BatchNormTests<EmulatedTuring>;
public sealed class EmulatedTuringConcatTests : ConcatTests<EmulatedTuring>;
public sealed class EmulatedTuringConfusionTests : ConfusionTests<EmulatedTuring>;
public sealed class EmulatedTuringConvTests : ConvTests<EmulatedTuring>;
public sealed class EmulatedTuringGoldenTests : GoldenTests<EmulatedTuring>;
public sealed class EmulatedTuringMaskedBceTests : MaskedBceTests<EmulatedTuring>;
public sealed class EmulatedTuringMaskedLossTests : MaskedLossTests<EmulatedTuring>;
public sealed class EmulatedTuringMaxPoolTests : MaxPoolTests<EmulatedTuring>;
public sealed class EmulatedTuringMeanPoolTests : MeanPoolTests<EmulatedTuring>;
public sealed class EmulatedTuringMovingAverageTests : MovingAverageTests<EmulatedTuring>;
public sealed class EmulatedTuringReluTests : ReluTests<EmulatedTuring>;
public sealed class EmulatedTuringResizedBceTests : ResizedBceTests<EmulatedTuring>;
public sealed class EmulatedTuringResizeTests : ResizeTests<EmulatedTuring>;
public sealed class EmulatedTuringSgdTests : SgdTests<EmulatedTuring>;
public sealed class EmulatedTuringSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<EmulatedTuring>;
public sealed class EmulatedTuringSoftmaxLossTests : SoftmaxLossTests<EmulatedTuring>;
public sealed class EmulatedTuringSumSquaresTests : SumSquaresTests<EmulatedTuring>;
public sealed class EmulatedTuringTopFractionTests : TopFractionTests<EmulatedTuring>;

// What convolutions are made of elsewhere, once more in tensor cores and with room for the columns of one image.
public sealed class EmulatedTf32AtrousSumTests : AtrousSumTests<EmulatedTf32>;
public sealed class EmulatedBf16AtrousSumTests : AtrousSumTests<EmulatedBf16>;
