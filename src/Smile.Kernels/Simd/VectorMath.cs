using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Smile.Kernels;

/// <summary>
/// What the losses need beyond the runtime's own vector exponential and logarithm (both within 2 units in the last place).
/// </summary>
internal static class VectorMath
{
    /// <summary>
    /// log(1 + x) for x &gt;= 0, relative error below 1e-6 however small x is: the factor x / ((1 + x) - 1) undoes what rounding
    /// 1 + x lost (Kahan; Goldberg 1991, theorem 4).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log1p(Vector256<float> x)
    {
        Vector256<float> u = Vector256<float>.One + x, d = u - Vector256<float>.One;
        return Vector256.ConditionalSelect(Vector256.Equals(d, Vector256<float>.Zero), x, Vector256.Log(u) * (x / d));
    }
}
