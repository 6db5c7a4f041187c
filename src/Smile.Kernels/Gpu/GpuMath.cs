using ILGPU;

namespace Smile.Kernels.Gpu;

/// <summary>
/// Functions that ILGPU has no PTX form for without its algorithms library, or none that is accurate where a loss is small. The
/// same arithmetic runs on every device, so the tests on the CPU see what a GPU computes.
/// </summary>
internal static class GpuMath
{
    /// <summary>
    /// exp(x) for x at most 0: 2^n times the Taylor series of the rest, |rest| at most ln 2 / 2, which the 7th power leaves with
    /// an error of 5e-9.
    /// </summary>
    public static float ExpOfNegative(float x)
    {
        if (x < -87)
            return 0; // the result would be below the smallest normal number
        int n = (int)(x * 1.44269504f - 0.5f);
        float r = x - n * 0.693359375f + n * 2.12194440e-4f; // ln 2 in two parts, the product with the first exact
        float series = 1 + r * (1 + r * (1f / 2 + r * (1f / 6 + r * (1f / 24 + r * (1f / 120 + r * (1f / 720 + r * (1f / 5040)))))));
        return series * Interop.IntAsFloat((uint)(n + 127) << 23);
    }

    /// <summary>
    /// log(1 + e) for e at least 0. Up to 1 it is 2 artanh(e / (2 + e)), by the series to the 13th power with an error below
    /// 1e-8: 1 + e would lose the digits of a small e. Above, the exponent of 1 + e is taken apart first.
    /// </summary>
    public static float Log1P(float e)
    {
        if (!(e <= float.MaxValue))
            return e; // infinite or NaN
        float exponent = 0;
        if (e > 1)
        {
            uint bits = Interop.FloatAsInt(1 + e);
            exponent = (int)(bits >> 23) - 127;
            e = Interop.IntAsFloat(bits & 0x7F_FFFF | 0x3F80_0000) - 1;
        }

        float s = e / (2 + e), t = s * s;
        return exponent * 0.693147181f + 2 * s
            * (1 + t * (1f / 3 + t * (1f / 5 + t * (1f / 7 + t * (1f / 9 + t * (1f / 11 + t * (1f / 13)))))));
    }

    /// <summary>
    /// log(x) for x above 0 and at most 1, or somewhat more by rounding, within 1e-7 or 2 units: the exponent is taken apart. Below the
    /// smallest normal number it is no better than that number's.
    /// </summary>
    public static float LogOfShare(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        float exponent = (int)(bits >> 23) - 127;
        return exponent * 0.693147181f + Log1P(Interop.IntAsFloat(bits & 0x7F_FFFF | 0x3F80_0000) - 1);
    }
}
