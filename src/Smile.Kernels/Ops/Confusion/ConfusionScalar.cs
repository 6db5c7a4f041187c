using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Confusion;

/// <summary><see cref="IConfusion"/> as plain loops with sums in double.</summary>
internal static class ConfusionScalar
{
    public static void Compute(HostMemory memory, in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts,
        Into into)
    {
        shape.Validate(predicted, isOrgan, isKnown, counts);
        Span<uint> guess = memory.Words(predicted), truth = memory.Words(isOrgan), known = memory.Words(isKnown),
            sums = memory.Words(counts);
        if (into == Into.Set)
            sums.Clear();
        for (int p = 0; p < shape.Pixels; p++)
            for (int k = 0; k < shape.Organs; k++)
            {
                if ((known[p] >> k & 1) == 0)
                    continue;
                bool g = (guess[p] >> k & 1) != 0, t = (truth[p] >> k & 1) != 0;
                if (g && t)
                    sums[3 * k]++;
                else if (g)
                    sums[3 * k + 1]++;
                else if (t)
                    sums[3 * k + 2]++;
            }
    }
}
