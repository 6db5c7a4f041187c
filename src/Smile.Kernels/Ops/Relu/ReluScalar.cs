using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Relu;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void ReluForward(Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        Span<float> xs = Memory.Floats(x), ys = Memory.Floats(y);
        for (int i = 0; i < xs.Length; i++)
            ys[i] = xs[i] <= 0 ? 0 : xs[i];
    }

    public virtual void ReluBackward(Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        Span<float> ys = Memory.Floats(y), ds = Memory.Floats(dy), xs = Memory.Floats(dx);
        for (int i = 0; i < ys.Length; i++)
            Put(ref xs[i], ys[i] > 0 ? ds[i] : 0, into);
    }
}
