namespace Smile.Kernels.Tests.Ops;

// The operations' tests, on the scalar backend.
public sealed class ScalarConvTests : ConvTests<Scalar>;
