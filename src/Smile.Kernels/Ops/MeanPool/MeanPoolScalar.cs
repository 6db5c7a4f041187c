using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MeanPool;

/// <summary><see cref="IMeanPool"/> as plain loops with sums in double.</summary>
internal static class MeanPoolScalar
{
    public static void Forward(HostMemory memory, in MeanShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y);
        for (int n = 0; n < shape.Batch; n++)
            for (int c = 0; c < shape.Channels; c++)
            {
                double sum = 0;
                for (int p = 0; p < shape.Pixels; p++)
                    sum += xs[(n * shape.Pixels + p) * shape.Channels + c];
                ys[n * shape.Channels + c] = (float)(sum / shape.Pixels);
            }
    }

    public static void Backward(HostMemory memory, in MeanShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Span<float> ds = memory.Floats(dy), xs = memory.Floats(dx);
        for (int n = 0; n < shape.Batch; n++)
            for (int p = 0; p < shape.Pixels; p++)
                for (int c = 0; c < shape.Channels; c++)
                    into.Store((double)ds[n * shape.Channels + c] / shape.Pixels, ref xs[(n * shape.Pixels + p) * shape.Channels + c]);
    }
}
