using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedBce;

/// <summary><see cref="IMaskedBce"/> as plain loops with sums in double.</summary>
internal static class MaskedBceScalar
{
    public static void Compute(HostMemory memory, in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums,
        Place knownCounts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        Span<float> zs = memory.Floats(logits), sums = memory.Floats(lossSums), ds = memory.Floats(dlogits);
        Span<uint> organ = memory.Words(isOrgan), known = memory.Words(isKnown), counts = memory.Words(knownCounts);
        for (int k = 0; k < shape.Organs; k++)
        {
            double sum = 0;
            uint count = 0;
            for (int p = 0; p < shape.Pixels; p++)
            {
                double z = zs[p * shape.Organs + k], y = organ[p] >> k & 1;
                bool w = (known[p] >> k & 1) != 0;
                if (w)
                {
                    sum += Math.Max(z, 0) - z * y + Math.Log(1 + Math.Exp(-Math.Abs(z)));
                    count++;
                }

                if (!dlogits.IsNone)
                    ds[p * shape.Organs + k] = w ? (float)(shape.Scale * (1 / (1 + Math.Exp(-z)) - y)) : 0;
            }

            (sums[k], counts[k]) = ((float)sum, count);
        }
    }
}
