using System.Numerics;
using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override void AddForward(Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        Elements<Sum>(Memory.Pointer(a), Memory.Pointer(b), Memory.Pointer(y), y.Length, Into.Set);
    }

    public override void AddBackward(Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        float* from = Memory.Pointer(dy);
        Elements<First>(from, from, Memory.Pointer(dx), dx.Length, into);
    }

    private readonly struct Sum : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a + b;
    }

    private readonly struct First : IElement
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a;
    }
}
