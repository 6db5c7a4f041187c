using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Concat;

/// <summary><see cref="IConcat"/> as plain loops with sums in double.</summary>
internal static class ConcatScalar
{
    public static void Forward(HostMemory memory, in ConcatShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y);
        for (int row = 0; row < shape.Rows; row++)
            for (int c = 0; c < shape.InChannels; c++)
                ys[row * shape.OutChannels + shape.FirstChannel + c] = xs[row * shape.InChannels + c];
    }

    public static void Backward(HostMemory memory, in ConcatShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        Span<float> ds = memory.Floats(dy), xs = memory.Floats(dx);
        for (int row = 0; row < shape.Rows; row++)
            for (int c = 0; c < shape.InChannels; c++)
                into.Store(ds[row * shape.OutChannels + shape.FirstChannel + c], ref xs[row * shape.InChannels + c]);
    }
}
