namespace Smile.Kernels;

internal partial class ScalarBackend
{
    public virtual void AddForward(Place a, Place b, Place y)
    {
        Add.Validate(a, b, y);
        Span<float> xs = Memory.Floats(a), zs = Memory.Floats(b), ys = Memory.Floats(y);
        for (int i = 0; i < ys.Length; i++)
            ys[i] = xs[i] + zs[i];
    }

    public virtual void AddBackward(Place dy, Place dx, Into into)
    {
        Add.Validate(dy, dx);
        Span<float> ds = Memory.Floats(dy), xs = Memory.Floats(dx);
        for (int i = 0; i < xs.Length; i++)
            Put(ref xs[i], ds[i], into);
    }
}
