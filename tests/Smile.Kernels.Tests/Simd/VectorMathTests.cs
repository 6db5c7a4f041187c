using System.Runtime.Intrinsics;

namespace Smile.Kernels.Tests.Vectors;

/// <summary>The functions that the losses are made of: within 1e-6 of the value, however small that is.</summary>
public sealed class VectorMathTests
{
    private const double Relative = 1e-6;

    [Fact]
    public void Log1p_is_right_for_small_and_large_arguments()
    {
        for (double x = 1e-30; x < 1e4; x *= 1.01)
            Near(x < 1e-4 ? Series((float)x) : Math.Log(1 + (double)(float)x), VectorMath.Log1p(Vector256.Create((float)x)).ToScalar(), x);
        Assert.Equal(0, VectorMath.Log1p(Vector256<float>.Zero).ToScalar());
        Assert.True(float.IsNaN(VectorMath.Log1p(Vector256.Create(float.NaN)).ToScalar()));
    }

    [Fact]
    public void Exp_is_right_for_the_arguments_of_the_losses()
    {
        for (float x = 0; x > -87; x -= 0.01f)
            Near(Math.Exp(x), Vector256.Exp(Vector256.Create(x)).ToScalar(), x);
        Assert.Equal(0, Vector256.Exp(Vector256.Create(-1000f)).ToScalar());
        Assert.Equal(0, Vector256.Exp(Vector256.Create(float.NegativeInfinity)).ToScalar());
        Assert.True(float.IsNaN(Vector256.Exp(Vector256.Create(float.NaN)).ToScalar()));
    }

    /// <summary>log(1 + x) for x below 1e-4, where 1 + x loses digits even in double.</summary>
    private static double Series(double x) => x - x * x / 2 + x * x * x / 3;

    private static void Near(double expected, float actual, double x)
    {
        if (!(Math.Abs(actual - expected) <= Relative * expected))
            Assert.Fail($"At {x}: {actual}, expected {expected}.");
    }
}
