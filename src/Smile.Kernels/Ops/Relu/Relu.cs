using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Relu;

public interface IRelu
{
    /// <summary>y = max(x, 0); NaN stays NaN. y may be the same place as x.</summary>
    void ReluForward(Place x, Place y);

    /// <summary>dx = dy where y &gt; 0, else 0. dx may be the same place as dy.</summary>
    void ReluBackward(Place y, Place dy, Place dx, Into into);
}

internal static class ReluOperands
{
    public static void Validate(Place x, Place y)
    {
        Check.Length(y, x.Length);
        if (x != y)
            Check.Apart(y, x);
    }

    public static void Validate(Place y, Place dy, Place dx)
    {
        Check.Length(dy, y.Length);
        Check.Length(dx, y.Length);
        Check.Apart(dx, y);
        if (dx != dy)
            Check.Apart(dx, dy);
    }
}
