using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Resize;

namespace Smile.Kernels.Ops.ResizedBce;

/// <summary><see cref="IResizedBce"/> as plain loops with sums in double.</summary>
internal static class ResizedBceScalar
{
    public static void Compute(HostMemory memory, in ResizedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        ResizedBceShape s = shape;
        Span<float> zs = memory.Floats(logits), ds = memory.Floats(dlogits);
        Span<uint> organ = memory.Words(isOrgan), known = memory.Words(isKnown);
        var gradient = new double[zs.Length];
        var sums = new double[s.Organs];
        var counts = new uint[s.Organs];
        int pixel = 0;
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++, pixel++)
                {
                    var (top, bottom, v) = ResizeShape.Tap(p, s.Height, s.OutHeight);
                    var (left, right, u) = ResizeShape.Tap(q, s.Width, s.OutWidth);
                    for (int k = 0; k < s.Organs; k++)
                    {
                        if ((known[pixel] >> k & 1) == 0)
                            continue;
                        int a = ResizeScalar.Index(s.Resize, n, top, left, k), b = ResizeScalar.Index(s.Resize, n, top, right, k);
                        int c = ResizeScalar.Index(s.Resize, n, bottom, left, k), d = ResizeScalar.Index(s.Resize, n, bottom, right, k);
                        double z = (1.0 - v) * ((1.0 - u) * zs[a] + (double)u * zs[b]) + v * ((1.0 - u) * zs[c] + (double)u * zs[d]);
                        double y = organ[pixel] >> k & 1;
                        sums[k] += Math.Max(z, 0) - z * y + Math.Log(1 + Math.Exp(-Math.Abs(z)));
                        counts[k]++;
                        double dz = s.Scale * (1 / (1 + Math.Exp(-z)) - y);
                        gradient[a] += (1.0 - v) * (1.0 - u) * dz;
                        gradient[b] += (1.0 - v) * u * dz;
                        gradient[c] += v * (1.0 - u) * dz;
                        gradient[d] += (double)v * u * dz;
                    }
                }

        for (int k = 0; k < s.Organs; k++)
            (memory.Floats(lossSums)[k], memory.Words(knownCounts)[k]) = ((float)sums[k], counts[k]);
        for (int i = 0; i < ds.Length; i++)
            ds[i] = (float)gradient[i];
    }
}
