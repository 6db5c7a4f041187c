namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the scalar backend.
public sealed class ScalarAddTests : AddTests<Scalar>;
public sealed class ScalarBatchNormTests : BatchNormTests<Scalar>;
public sealed class ScalarConcatTests : ConcatTests<Scalar>;
public sealed class ScalarConvTests : ConvTests<Scalar>;
public sealed class ScalarMaxPoolTests : MaxPoolTests<Scalar>;
public sealed class ScalarMeanPoolTests : MeanPoolTests<Scalar>;
public sealed class ScalarReluTests : ReluTests<Scalar>;
public sealed class ScalarResizeTests : ResizeTests<Scalar>;
