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
    public void Log1p_to_one_is_right_for_its_range()
    {
        for (double x = 1e-30; x <= 1; x *= 1.01)
            Near(x < 1e-4 ? Series((float)x) : Math.Log(1 + (double)(float)x), VectorMath.Log1pToOne(Vector256.Create((float)x)).ToScalar(), x);
        Near(Math.Log(2), VectorMath.Log1pToOne(Vector256<float>.One).ToScalar(), 1);
        Assert.Equal(0, VectorMath.Log1pToOne(Vector256<float>.Zero).ToScalar());
        Assert.True(float.IsNaN(VectorMath.Log1pToOne(Vector256.Create(float.NaN)).ToScalar()));
    }

    [Fact]
    public void Exp_is_right_for_the_arguments_of_the_losses()
    {
        for (float x = 0; x > -87; x -= 0.01f)
            Near(Math.Exp(x), VectorMath.ExpOfNegative(Vector256.Create(x)).ToScalar(), x);
        foreach (float x in (float[])[-88, -1000, -1e30f, float.NegativeInfinity])
            Assert.Equal(0, VectorMath.ExpOfNegative(Vector256.Create(x)).ToScalar());
        foreach (uint nan in (uint[])[0x7FC0_0000, 0x7FC5_A5A5, 0xFFFF_FFFF])
            Assert.True(float.IsNaN(VectorMath.ExpOfNegative(Vector256.Create(BitConverter.UInt32BitsToSingle(nan))).ToScalar()));
    }

    /// <summary>log(1 + x) for x below 1e-4, where 1 + x loses digits even in double.</summary>
    private static double Series(double x) => x - x * x / 2 + x * x * x / 3;

    private static void Near(double expected, float actual, double x)
    {
        if (!(Math.Abs(actual - expected) <= Relative * expected))
            Assert.Fail($"At {x}: {actual}, expected {expected}.");
    }
}
