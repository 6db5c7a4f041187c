using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaxPool;

/// <summary><see cref="IMaxPool"/> as plain loops with sums in double.</summary>
internal static class MaxPoolScalar
{
    public static void Forward(HostMemory memory, in PoolShape shape, Place x, Place index, Place y)
    {
        shape.Validate(x, index, y);
        PoolShape s = shape;
        Span<float> xs = memory.Floats(x), ys = memory.Floats(y);
        Span<uint> winners = memory.Words(index);
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int c = 0; c < s.Channels; c++, at++)
                    {
                        (float best, winners[at]) = (float.NegativeInfinity, uint.MaxValue);
                        for (int tap = 0; tap < s.Kernel * s.Kernel; tap++)
                        {
                            int h = p * s.Stride - s.Pad + tap / s.Kernel, v = q * s.Stride - s.Pad + tap % s.Kernel;
                            if (h < 0 || h >= s.Height || v < 0 || v >= s.Width)
                                continue;
                            float value = xs[((n * s.Height + h) * s.Width + v) * s.Channels + c];
                            if (winners[at] == uint.MaxValue || value > best || (float.IsNaN(value) && !float.IsNaN(best)))
                                (best, winners[at]) = (value, (uint)tap);
                        }

                        ys[at] = best;
                    }
    }

    public static void Backward(HostMemory memory, in PoolShape shape, Place dy, Place index, Place dx, Into into)
    {
        shape.Validate(dx, index, dy);
        PoolShape s = shape;
        Span<float> ds = memory.Floats(dy), xs = memory.Floats(dx);
        Span<uint> winners = memory.Words(index);
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int h = 0; h < s.Height; h++)
                for (int v = 0; v < s.Width; v++)
                    for (int c = 0; c < s.Channels; c++)
                    {
                        double sum = 0;
                        for (int tap = 0; tap < s.Kernel * s.Kernel; tap++)
                        {
                            int p = h + s.Pad - tap / s.Kernel, q = v + s.Pad - tap % s.Kernel;
                            if (p < 0 || p % s.Stride != 0 || q < 0 || q % s.Stride != 0)
                                continue;
                            (p, q) = (p / s.Stride, q / s.Stride);
                            if (p >= s.OutHeight || q >= s.OutWidth)
                                continue;
                            int yi = ((n * s.OutHeight + p) * s.OutWidth + q) * s.Channels + c;
                            if (winners[yi] == tap)
                                sum += ds[yi];
                        }

                        into.Store(sum, ref xs[at++]);
                    }
    }
}
