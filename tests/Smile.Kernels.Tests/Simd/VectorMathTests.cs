using System.Runtime.Intrinsics;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Tests.Simd;

/// <summary>The functions that the losses are made of: within 1e-6 of the value, however small that is.</summary>
public sealed class VectorMathTests
{
    private const double Relative = 1e-6;

    [Fact]
    public void Log1p_is_right_for_small_and_large_arguments()
    {
        for (double x = 1e-30; x < 1e4; x *= 1.01)
            Near(x < 1e-4 ? Series((float)x) : Math.Log(1 + (double)(float)x), Log1p((float)x), x);
        Assert.Equal(0, Log1p(0));
        Assert.True(float.IsNaN(Log1p(float.NaN)));
    }

    [Fact]
    public void Log1p_to_one_is_right_for_its_range()
    {
        for (double x = 1e-30; x <= 1; x *= 1.01)
            Near(x < 1e-4 ? Series((float)x) : Math.Log(1 + (double)(float)x), Log1pToOne((float)x), x);
        Near(Math.Log(2), Log1pToOne(1), 1);
        Assert.Equal(0, Log1pToOne(0));
        Assert.True(float.IsNaN(Log1pToOne(float.NaN)));
    }

    [Fact]
    public void Exp_is_right_for_the_arguments_of_the_losses()
    {
        for (float x = 0; x > -87; x -= 0.01f)
            Near(Math.Exp(x), Exp(x), x);
        foreach (float x in (float[])[-88, -1000, -1e30f, float.NegativeInfinity])
            Assert.Equal(0, Exp(x));
        foreach (uint nan in (uint[])[0x7FC0_0000, 0x7FC5_A5A5, 0xFFFF_FFFF])
            Assert.True(float.IsNaN(Exp(BitConverter.UInt32BitsToSingle(nan))));
    }

    private static float Exp(float x) => Both(VectorMath.ExpOfNegative(Lanes256.All(x)), VectorMath.ExpOfNegative(Lanes512.All(x)));

    private static float Log1pToOne(float x) => Both(VectorMath.Log1pToOne(Lanes256.All(x)), VectorMath.Log1pToOne(Lanes512.All(x)));

    private static float Log1p(float x) => Both(VectorMath.Log1p(Lanes256.All(x)), VectorMath.Log1p(Lanes512.All(x)));

    /// <summary>What both widths give: they differ by no more than is allowed.</summary>
    private static float Both(Lanes256 narrow, Lanes512 wide)
    {
        (float a, float b) = (narrow.Value.ToScalar(), wide.Value.ToScalar());
        if (!float.IsNaN(a) || !float.IsNaN(b))
            Near(a, b, a);
        return b;
    }

    /// <summary>log(1 + x) for x below 1e-4, where 1 + x loses digits even in double.</summary>
    private static double Series(double x) => x - x * x / 2 + x * x * x / 3;

    private static void Near(double expected, float actual, double x)
    {
        if (!(Math.Abs(actual - expected) <= Relative * Math.Abs(expected)))
            Assert.Fail($"At {x}: {actual}, expected {expected}.");
    }
}
