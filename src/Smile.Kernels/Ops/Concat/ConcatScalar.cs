using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Concat;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void ConcatForward(in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Span<float> xs = Memory.Floats(x), ys = Memory.Floats(y);
        for (int row = 0; row < shape.Rows; row++)
            for (int c = 0; c < shape.InChannels; c++)
                ys[row * shape.OutChannels + shape.FirstChannel + c] = xs[row * shape.InChannels + c];
    }

    public virtual void ConcatBackward(in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Span<float> ds = Memory.Floats(dy), xs = Memory.Floats(dx);
        for (int row = 0; row < shape.Rows; row++)
            for (int c = 0; c < shape.InChannels; c++)
                Put(ref xs[row * shape.InChannels + c], ds[row * shape.OutChannels + shape.FirstChannel + c], into);
    }
}
