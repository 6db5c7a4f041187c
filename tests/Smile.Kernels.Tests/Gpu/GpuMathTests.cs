using Smile.Kernels.Gpu;

namespace Smile.Kernels.Tests.Gpu;

public class GpuMathTests
{
    // Three roundings and the error of the series: two units in the last place.
    private const double Accuracy = 4 * Tolerance.Unit;

    [Fact]
    public void Exponential_is_accurate_over_its_whole_range()
    {
        for (float x = 0; x > -87; x -= 0.0137f)
            Near(Math.Exp(x), GpuMath.ExpOfNegative(x), $"exp({x})");
        Assert.Equal(1, GpuMath.ExpOfNegative(0));
        Assert.Equal(0, GpuMath.ExpOfNegative(float.NegativeInfinity));
        Assert.True(float.IsNaN(GpuMath.ExpOfNegative(float.NaN)));
    }

    [Fact]
    public void Logarithm_keeps_its_digits_near_one_and_far_from_it()
    {
        for (double e = 1e-30; e < 1e30; e *= 1.0837)
        {
            double exact = e < 1e-6 ? (float)e - (double)(float)e * (float)e / 2 : Math.Log(1 + (double)(float)e);
            Near(exact, GpuMath.Log1P((float)e), $"log(1 + {e})");
        }

        Assert.Equal(0, GpuMath.Log1P(0));
        Assert.Equal(float.PositiveInfinity, GpuMath.Log1P(float.PositiveInfinity));
        Assert.True(float.IsNaN(GpuMath.Log1P(float.NaN)));
    }

    private static void Near(double expected, float actual, string what) =>
        Close.Within(new Tolerance(0, Accuracy), expected, actual, what);
}
