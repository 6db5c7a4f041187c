using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Add;

public interface IAdd
{
    /// <summary>y = a + b. y may be the same place as a or b.</summary>
    void AddForward(Place a, Place b, Place y);

    /// <summary>dx = dy: the gradient of either summand.</summary>
    void AddBackward(Place dy, Place dx, Into into);
}

internal static class AddOperands
{
    public static void Validate(Place a, Place b, Place y)
    {
        Check.Length(b, a.Length);
        Check.Length(y, a.Length);
        if (y != a)
            Check.Apart(y, a);
        if (y != b)
            Check.Apart(y, b);
    }

    public static void Validate(Place dy, Place dx)
    {
        Check.Length(dx, dy.Length);
        Check.Apart(dx, dy);
    }
}
