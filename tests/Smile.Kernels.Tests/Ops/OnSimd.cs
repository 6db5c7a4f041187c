namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the SIMD backend.
public sealed class SimdAddTests : AddTests<Simd>;
public sealed class SimdBatchNormTests : BatchNormTests<Simd>;
public sealed class SimdConcatTests : ConcatTests<Simd>;
public sealed class SimdConvTests : ConvTests<Simd>;
public sealed class SimdMaxPoolTests : MaxPoolTests<Simd>;
public sealed class SimdMeanPoolTests : MeanPoolTests<Simd>;
public sealed class SimdReluTests : ReluTests<Simd>;
public sealed class SimdResizeTests : ResizeTests<Simd>;
