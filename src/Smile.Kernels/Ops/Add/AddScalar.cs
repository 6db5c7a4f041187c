using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Add;

/// <summary><see cref="IAdd"/> as plain loops with sums in double.</summary>
internal static class AddScalar
{
    public static void Forward(HostMemory memory, Place a, Place b, Place y)
    {
        AddOperands.Validate(a, b, y);
        Span<float> xs = memory.Floats(a), zs = memory.Floats(b), ys = memory.Floats(y);
        for (int i = 0; i < ys.Length; i++)
            ys[i] = xs[i] + zs[i];
    }

    public static void Backward(HostMemory memory, Place dy, Place dx, Into into)
    {
        AddOperands.Validate(dy, dx);
        Span<float> ds = memory.Floats(dy), xs = memory.Floats(dx);
        for (int i = 0; i < xs.Length; i++)
            into.Store(ds[i], ref xs[i]);
    }
}
