using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d;

/// <summary>What <see cref="IConv2d"/> means: plain loops, sums in double.</summary>
internal static class Conv2dScalar
{
    /// <summary>For people: the one algorithm there is.</summary>
    public const string Algorithm = "direct";

    public static void Forward(HostMemory memory, in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        ConvShape s = shape;
        Span<float> xs = memory.Floats(x), ws = memory.Floats(w), ys = memory.Floats(y), bs = memory.Floats(bias);
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int o = 0; o < s.OutChannels; o++)
                    {
                        double sum = bias.IsNone ? 0 : bs[o];
                        for (int r = 0; r < s.Kernel; r++)
                            for (int c = 0; c < s.Kernel; c++)
                            {
                                int h = p * s.Stride - s.Pad + r * s.Dilation, v = q * s.Stride - s.Pad + c * s.Dilation;
                                if (h < 0 || h >= s.Height || v < 0 || v >= s.Width)
                                    continue;
                                int xi = ((n * s.Height + h) * s.Width + v) * s.InChannels;
                                int wi = (r * s.Kernel + c) * s.InChannels * s.OutChannels + o;
                                for (int i = 0; i < s.InChannels; i++)
                                    sum += (double)xs[xi + i] * ws[wi + i * s.OutChannels];
                            }

                        ys[at++] = (float)sum;
                    }
    }

    public static void BackInput(HostMemory memory, in ConvShape shape, Place dy, Place w, Place dx, Into into)
    {
        shape.Validate(dx, w, dy);
        ConvShape s = shape;
        Span<float> ds = memory.Floats(dy), ws = memory.Floats(w), xs = memory.Floats(dx);
        int at = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int h = 0; h < s.Height; h++)
                for (int v = 0; v < s.Width; v++)
                    for (int i = 0; i < s.InChannels; i++)
                    {
                        double sum = 0;
                        for (int r = 0; r < s.Kernel; r++)
                            for (int c = 0; c < s.Kernel; c++)
                            {
                                int p = h + s.Pad - r * s.Dilation, q = v + s.Pad - c * s.Dilation;
                                if (p < 0 || p % s.Stride != 0 || q < 0 || q % s.Stride != 0)
                                    continue;
                                (p, q) = (p / s.Stride, q / s.Stride);
                                if (p >= s.OutHeight || q >= s.OutWidth)
                                    continue;
                                int yi = ((n * s.OutHeight + p) * s.OutWidth + q) * s.OutChannels;
                                int wi = ((r * s.Kernel + c) * s.InChannels + i) * s.OutChannels;
                                for (int o = 0; o < s.OutChannels; o++)
                                    sum += (double)ds[yi + o] * ws[wi + o];
                            }

                        into.Store(sum, ref xs[at++]);
                    }
    }

    public static void BackWeight(HostMemory memory, in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        ConvShape s = shape;
        Span<float> xs = memory.Floats(x), ds = memory.Floats(dy), ws = memory.Floats(dw);
        int at = 0;
        for (int r = 0; r < s.Kernel; r++)
            for (int c = 0; c < s.Kernel; c++)
                for (int i = 0; i < s.InChannels; i++)
                    for (int o = 0; o < s.OutChannels; o++)
                    {
                        double sum = 0;
                        for (int n = 0; n < s.Batch; n++)
                            for (int p = 0; p < s.OutHeight; p++)
                                for (int q = 0; q < s.OutWidth; q++)
                                {
                                    int h = p * s.Stride - s.Pad + r * s.Dilation, v = q * s.Stride - s.Pad + c * s.Dilation;
                                    if (h < 0 || h >= s.Height || v < 0 || v >= s.Width)
                                        continue;
                                    sum += (double)xs[((n * s.Height + h) * s.Width + v) * s.InChannels + i]
                                        * ds[((n * s.OutHeight + p) * s.OutWidth + q) * s.OutChannels + o];
                                }

                        into.Store(sum, ref ws[at++]);
                    }
    }

    public static void BackBias(HostMemory memory, in ConvShape shape, Place dy, Place dbias, Into into)
    {
        shape.Validate();
        Check.Length(dy, shape.OutputCount);
        Check.Length(dbias, shape.OutChannels);
        Check.Apart(dbias, dy);
        Span<float> ds = memory.Floats(dy), bs = memory.Floats(dbias);
        for (int o = 0; o < bs.Length; o++)
        {
            double sum = 0;
            for (int i = o; i < ds.Length; i += bs.Length)
                sum += ds[i];
            into.Store(sum, ref bs[o]);
        }
    }
}
