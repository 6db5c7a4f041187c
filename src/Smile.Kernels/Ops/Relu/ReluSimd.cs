using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Relu;

/// <summary><see cref="IRelu"/> on vectors and all cores.</summary>
internal sealed unsafe class ReluSimd(SimdContext context)
{
    public void Forward(Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        float* from = context.Memory.Pointer(x);
        context.Elements<Positive>(from, from, context.Memory.Pointer(y), y.Length, Into.Set);
    }

    public void Backward(Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        context.Elements<WherePositive>(context.Memory.Pointer(y), context.Memory.Pointer(dy), context.Memory.Pointer(dx), dx.Length, into);
    }

    /// <summary>max(a, 0); the comparison is false for NaN, which stays.</summary>
    private readonly struct Positive : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T a, T b)
            where T : unmanaged, ILanes<T> => T.WhereLessOrEqual(a, T.All(0), T.All(0), a);
    }

    /// <summary>b where a is positive, else 0.</summary>
    private readonly struct WherePositive : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T a, T b)
            where T : unmanaged, ILanes<T> => T.WhereGreater(a, T.All(0), b, T.All(0));
    }
}
