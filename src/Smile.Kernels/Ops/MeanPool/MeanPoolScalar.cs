using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MeanPool;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void MeanPoolForward(in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Span<float> xs = Memory.Floats(x), ys = Memory.Floats(y);
        for (int n = 0; n < shape.Batch; n++)
            for (int c = 0; c < shape.Channels; c++)
            {
                double sum = 0;
                for (int p = 0; p < shape.Pixels; p++)
                    sum += xs[(n * shape.Pixels + p) * shape.Channels + c];
                ys[n * shape.Channels + c] = (float)(sum / shape.Pixels);
            }
    }

    public virtual void MeanPoolBackward(in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Span<float> ds = Memory.Floats(dy), xs = Memory.Floats(dx);
        for (int n = 0; n < shape.Batch; n++)
            for (int p = 0; p < shape.Pixels; p++)
                for (int c = 0; c < shape.Channels; c++)
                    Put(ref xs[(n * shape.Pixels + p) * shape.Channels + c], (double)ds[n * shape.Channels + c] / shape.Pixels, into);
    }
}
