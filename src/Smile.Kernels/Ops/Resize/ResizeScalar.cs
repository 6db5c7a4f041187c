using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Resize;

/// <summary><see cref="IResize"/> as plain loops with sums in double.</summary>
internal static class ResizeScalar
{
    public static void Forward(HostMemory memory, in ResizeShape shape, Place x, Place y)
    {
        shape.Validate(x, y);
        ResizeShape s = shape;
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y);
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int c = 0; c < s.Channels; c++)
                    {
                        var (top, bottom, v) = ResizeShape.Tap(p, s.Height, s.OutHeight);
                        var (left, right, u) = ResizeShape.Tap(q, s.Width, s.OutWidth);
                        double upper = (1.0 - u) * xs[Index(s, n, top, left, c)] + (double)u * xs[Index(s, n, top, right, c)];
                        double lower = (1.0 - u) * xs[Index(s, n, bottom, left, c)] + (double)u * xs[Index(s, n, bottom, right, c)];
                        ys[at++] = (float)((1.0 - v) * upper + v * lower);
                    }
    }

    public static void Backward(HostMemory memory, in ResizeShape shape, Place dy, Place dx, Into into)
    {
        shape.Validate(dx, dy);
        ResizeShape s = shape;
        Span<float> ds = memory.Floats(dy), xs = memory.Floats(dx);
        var sums = new double[xs.Length];
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int c = 0; c < s.Channels; c++, at++)
                    {
                        var (top, bottom, v) = ResizeShape.Tap(p, s.Height, s.OutHeight);
                        var (left, right, u) = ResizeShape.Tap(q, s.Width, s.OutWidth);
                        sums[Index(s, n, top, left, c)] += (1.0 - v) * (1.0 - u) * ds[at];
                        sums[Index(s, n, top, right, c)] += (1.0 - v) * u * ds[at];
                        sums[Index(s, n, bottom, left, c)] += v * (1.0 - u) * ds[at];
                        sums[Index(s, n, bottom, right, c)] += (double)v * u * ds[at];
                    }

        for (int i = 0; i < xs.Length; i++)
            into.Store(sums[i], ref xs[i]);
    }

    /// <summary>Where x[n, h, v, c] lies.</summary>
    internal static int Index(in ResizeShape s, int n, int h, int v, int c) => ((n * s.Height + h) * s.Width + v) * s.Channels + c;
}
