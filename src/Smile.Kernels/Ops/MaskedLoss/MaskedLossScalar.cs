using System.Runtime.InteropServices;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>The meaning of <see cref="IMaskedLoss"/>.</summary>
internal static class MaskedLossScalar
{
    public static void Compute(HostMemory memory, in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated,
        Place sums, Place counts, Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, annotated, sums, counts, dlogits);
        (int organs, LossTerms terms) = (shape.Organs, shape.Terms);
        Span<float> zs = memory.Floats(logits), ds = memory.Floats(dlogits);
        Span<uint> organ = memory.Words(isOrgan), known = memory.Words(isKnown), inImage = memory.Words(annotated);
        Span<LossSums> total = MemoryMarshal.Cast<float, LossSums>(memory.Floats(sums));
        Span<LossCounts> count = MemoryMarshal.Cast<uint, LossCounts>(memory.Words(counts));
        for (int k = 0; k < organs; k++)
        {
            double loss = 0, truePositives = 0, falsePositives = 0, falseNegatives = 0;
            uint all = 0, region = 0;
            for (int p = 0; p < known.Length; p++)
            {
                if ((known[p] >> k & 1) == 0)
                    continue;
                bool y = (organ[p] >> k & 1) != 0;
                var term = new PixelTerm(zs[p * organs + k], y, terms.FocalGamma);
                loss += term.Loss;
                all++;
                if ((inImage[p / shape.Pixels] >> k & 1) == 0)
                    continue;
                region++;
                truePositives += y ? term.Right : 0;
                falsePositives += y ? 0 : term.Wrong;
                falseNegatives += y ? term.Wrong : 0;
            }

            total[k] = new LossSums((float)loss, (float)truePositives, (float)falsePositives, (float)falseNegatives);
            count[k] = new LossCounts(all, region);
        }

        if (dlogits.IsNone)
            return;
        double pixel = terms.PixelWeight / (double)terms.Divisor(count, shape.AllPixels);
        int regions = LossTerms.Regions(count);
        for (int k = 0; k < organs; k++)
        {
            var (ofOrgan, ofOther) = terms.RegionSlopes(total[k], count[k], regions);
            for (int p = 0; p < known.Length; p++)
            {
                if ((known[p] >> k & 1) == 0)
                {
                    ds[p * organs + k] = 0;
                    continue;
                }

                bool y = (organ[p] >> k & 1) != 0, inRegion = (inImage[p / shape.Pixels] >> k & 1) != 0;
                var term = new PixelTerm(zs[p * organs + k], y, terms.FocalGamma);
                double slope = pixel * term.Slope + (inRegion ? (y ? ofOrgan : ofOther) * term.Right * term.Wrong : 0);
                ds[p * organs + k] = (float)(y ? -slope : slope);
            }
        }
    }

    /// <summary>
    /// One known pixel and organ. With t = z where the label is 0 and -z where it is 1, Wrong = sigmoid(t) and Right = sigmoid(-t).
    /// </summary>
    private readonly struct PixelTerm
    {
        public readonly double Right, Wrong, Loss;

        /// <summary>dLoss / dt.</summary>
        public readonly double Slope;

        public PixelTerm(double z, bool isOrgan, double gamma)
        {
            double t = isOrgan ? -z : z, e = Math.Exp(-Math.Abs(t)), crossEntropy = Math.Max(t, 0) + Math.Log(1 + e);
            (Right, Wrong) = t < 0 ? (1 / (1 + e), e / (1 + e)) : (e / (1 + e), 1 / (1 + e));
            double focus = gamma == 0 ? 1 : Math.Pow(Wrong, gamma);
            Loss = focus * crossEntropy;
            Slope = gamma == 0 ? Wrong : focus * (Wrong + gamma * Right * crossEntropy);
        }
    }
}
