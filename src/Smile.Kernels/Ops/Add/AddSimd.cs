using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Add;

/// <summary><see cref="IAdd"/> on vectors and all cores.</summary>
internal sealed unsafe class AddSimd(SimdContext context)
{
    public void Forward(Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        context.Elements<Sum>(context.Memory.Pointer(a), context.Memory.Pointer(b), context.Memory.Pointer(y), y.Length, Into.Set);
    }

    public void Backward(Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        float* from = context.Memory.Pointer(dy);
        context.Elements<First>(from, from, context.Memory.Pointer(dx), dx.Length, into);
    }

    private readonly struct Sum : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T a, T b)
            where T : unmanaged, ILanes<T> => a + b;
    }

    private readonly struct First : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T a, T b)
            where T : unmanaged, ILanes<T> => a;
    }
}
