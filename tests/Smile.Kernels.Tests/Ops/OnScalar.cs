namespace Smile.Kernels.Tests.Ops;

// Every contract, on the scalar backend.
public sealed class ScalarAdamWTests : AdamWTests<Scalar>;
public sealed class ScalarAddTests : AddTests<Scalar>;
public sealed class ScalarAtrousSumTests : AtrousSumTests<Scalar>;
public sealed class ScalarBatchNormTests : BatchNormTests<Scalar>;
public sealed class ScalarConcatTests : ConcatTests<Scalar>;
public sealed class ScalarConfusionTests : ConfusionTests<Scalar>;
public sealed class ScalarConvTests : ConvTests<Scalar>;
public sealed class ScalarGoldenTests : GoldenTests<Scalar>;
public sealed class ScalarMaskedBceTests : MaskedBceTests<Scalar>;
public sealed class ScalarMaskedLossTests : MaskedLossTests<Scalar>;
public sealed class ScalarMaxPoolTests : MaxPoolTests<Scalar>;
public sealed class ScalarMeanPoolTests : MeanPoolTests<Scalar>;
public sealed class ScalarMemoryTests : MemoryTests<Scalar>;
public sealed class ScalarMovingAverageTests : MovingAverageTests<Scalar>;
public sealed class ScalarReluTests : ReluTests<Scalar>;
public sealed class ScalarResizedBceTests : ResizedBceTests<Scalar>;
public sealed class ScalarResizeTests : ResizeTests<Scalar>;
public sealed class ScalarSgdTests : SgdTests<Scalar>;
public sealed class ScalarSoftmaxCrossEntropyTests : SoftmaxCrossEntropyTests<Scalar>;
public sealed class ScalarSoftmaxLossTests : SoftmaxLossTests<Scalar>;
public sealed class ScalarSumSquaresTests : SumSquaresTests<Scalar>;
public sealed class ScalarTopFractionTests : TopFractionTests<Scalar>;
