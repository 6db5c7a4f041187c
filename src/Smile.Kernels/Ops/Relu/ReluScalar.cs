using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Relu;

/// <summary><see cref="IRelu"/> as plain loops with sums in double.</summary>
internal static class ReluScalar
{
    public static void Forward(HostMemory memory, Place x, Place y)
    {
        ReluOperands.Validate(x, y);
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y);
        for (int i = 0; i < xs.Length; i++)
            ys[i] = xs[i] <= 0 ? 0 : xs[i];
    }

    public static void Backward(HostMemory memory, Place y, Place dy, Place dx, Into into)
    {
        ReluOperands.Validate(y, dy, dx);
        Span<float> ys = memory.Floats(y), ds = memory.Floats(dy), xs = memory.Floats(dx);
        for (int i = 0; i < ys.Length; i++)
            into.Store(ys[i] > 0 ? ds[i] : 0, ref xs[i]);
    }
}
