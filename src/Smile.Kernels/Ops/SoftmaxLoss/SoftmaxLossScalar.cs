using System.Runtime.InteropServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;

namespace Smile.Kernels.Ops.SoftmaxLoss;

/// <summary><see cref="ISoftmaxLoss"/> as plain loops with sums in double.</summary>
internal static class SoftmaxLossScalar
{
    public static void Compute(HostMemory memory, in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts,
        Place dlogits)
    {
        shape.Validate(logits, labels, sums, counts, dlogits);
        (int classes, LossTerms terms) = (shape.Classes, shape.Terms);
        Span<float> zs = memory.Floats(logits), ds = memory.Floats(dlogits);
        Span<uint> label = memory.Words(labels);
        Span<LossSums> total = MemoryMarshal.Cast<float, LossSums>(memory.Floats(sums));
        Span<LossCounts> count = MemoryMarshal.Cast<uint, LossCounts>(memory.Words(counts));
        double[] p = new double[classes], loss = new double[classes], slopes = new double[classes];
        double[] truePositives = new double[classes], falsePositives = new double[classes], falseNegatives = new double[classes];
        var of = new uint[classes];
        for (int i = 0; i < label.Length; i++)
        {
            if (label[i] >= (uint)classes)
                continue;
            int own = (int)label[i];
            var (wrong, crossEntropy) = Softmax(zs.Slice(i * classes, classes), own, p);
            of[own]++;
            loss[own] += Focus(wrong, terms.FocalGamma) * crossEntropy;
            truePositives[own] += p[own];
            falseNegatives[own] += wrong;
            for (int c = 0; c < classes; c++)
                falsePositives[c] += c == own ? 0 : p[c];
        }

        uint used = (uint)of.Sum(n => n);
        for (int c = 0; c < classes; c++)
        {
            total[c] = new LossSums((float)loss[c], (float)truePositives[c], (float)falsePositives[c], (float)falseNegatives[c]);
            count[c] = new LossCounts(of[c], c == 0 ? 0 : used);
        }

        if (dlogits.IsNone)
            return;
        double pixel = terms.PixelWeight / (double)terms.Divisor(count, shape.Pixels);
        int regions = LossTerms.Regions(count);
        for (int i = 0; i < label.Length; i++)
        {
            Span<float> dz = ds.Slice(i * classes, classes);
            if (label[i] >= (uint)classes)
            {
                dz.Clear();
                continue;
            }

            int own = (int)label[i];
            var (wrong, crossEntropy) = Softmax(zs.Slice(i * classes, classes), own, p);
            double mean = 0, gamma = terms.FocalGamma;
            for (int c = 0; c < classes; c++)
            {
                var (ofOrgan, ofOther) = terms.RegionSlopes(total[c], count[c], regions);
                slopes[c] = c == own ? -ofOrgan : ofOther;
                mean += p[c] * slopes[c];
            }

            double focused = gamma == 0 ? 1 : Focus(wrong, gamma) * (1 + gamma * p[own] * (wrong > 0 ? crossEntropy / wrong : 1));
            for (int c = 0; c < classes; c++)
                dz[c] = (float)(pixel * focused * (c == own ? -wrong : p[c]) + p[c] * (slopes[c] - mean));
        }
    }

    /// <summary>Probabilities of a pixel; 1 - p and -log p of its class.</summary>
    private static (double Wrong, double CrossEntropy) Softmax(ReadOnlySpan<float> z, int own, Span<double> p)
    {
        double top = double.NegativeInfinity, sum = 0, others = 0;
        foreach (float value in z)
            top = Math.Max(top, value);
        for (int c = 0; c < z.Length; c++)
        {
            p[c] = Math.Exp(z[c] - top);
            sum += p[c];
            others += c == own ? 0 : p[c];
        }

        for (int c = 0; c < z.Length; c++)
            p[c] /= sum;
        return (others / sum, top + Math.Log(sum) - z[own]);
    }

    private static double Focus(double wrong, double gamma) => gamma == 0 ? 1 : Math.Pow(wrong, gamma);
}
