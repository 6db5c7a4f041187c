using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void AddForward(Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        Span<float> xs = Memory.Floats(a), zs = Memory.Floats(b), ys = Memory.Floats(y);
        for (int i = 0; i < ys.Length; i++)
            ys[i] = xs[i] + zs[i];
    }

    public virtual void AddBackward(Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        Span<float> ds = Memory.Floats(dy), xs = Memory.Floats(dx);
        for (int i = 0; i < xs.Length; i++)
            Put(ref xs[i], ds[i], into);
    }
}
