namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the SIMD backend.
public sealed class SimdConvTests : ConvTests<Simd>;
