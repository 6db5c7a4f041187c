using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.AdamW;

/// <summary>The meaning of <see cref="IAdamW"/>.</summary>
internal static class AdamWScalar
{
    public static void Compute(HostMemory memory, in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment)
    {
        rate.Validate(gradient, weight, moment, secondMoment);
        Span<float> gs = memory.Floats(gradient), ws = memory.Floats(weight), ms = memory.Floats(moment), vs = memory.Floats(secondMoment);
        double moments = 1 / (1 - Math.Pow(rate.Beta1, rate.Step)), seconds = 1 / (1 - Math.Pow(rate.Beta2, rate.Step));
        for (int i = 0; i < ws.Length; i++)
        {
            double g = (double)rate.GradientScale * gs[i], step = i < rate.Head ? rate.LearningRate : rate.HeadLearningRate;
            ms[i] = (float)((double)rate.Beta1 * ms[i] + (1 - (double)rate.Beta1) * g);
            vs[i] = (float)((double)rate.Beta2 * vs[i] + (1 - (double)rate.Beta2) * g * g);
            double kept = ws[i] - step * rate.WeightDecay * ws[i];
            ws[i] = (float)(kept - step * (moments * ms[i]) / (Math.Sqrt(seconds * vs[i]) + rate.Epsilon));
        }
    }
}
