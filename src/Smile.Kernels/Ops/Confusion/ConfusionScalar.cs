using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Confusion;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void Confusion(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into)
    {
        shape.Validate(predicted, isOrgan, isKnown, counts);
        Span<uint> guess = Memory.Words(predicted), truth = Memory.Words(isOrgan), known = Memory.Words(isKnown), sums = Memory.Words(counts);
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
