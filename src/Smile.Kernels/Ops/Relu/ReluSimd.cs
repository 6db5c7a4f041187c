using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Relu;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override void ReluForward(Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        float* from = Memory.Pointer(x);
        Elements<Positive>(from, from, Memory.Pointer(y), y.Length, Into.Set);
    }

    public override void ReluBackward(Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        Elements<WherePositive>(Memory.Pointer(y), Memory.Pointer(dy), Memory.Pointer(dx), dx.Length, into);
    }

    /// <summary>max(a, 0); the comparison is false for NaN, which stays.</summary>
    private readonly struct Positive : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(a, Vector<float>.Zero), Vector<float>.Zero, a);
    }

    /// <summary>b where a is positive, else 0.</summary>
    private readonly struct WherePositive : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) =>
            Vector.ConditionalSelect(Vector.GreaterThan(a, Vector<float>.Zero), b, Vector<float>.Zero);
    }
}
