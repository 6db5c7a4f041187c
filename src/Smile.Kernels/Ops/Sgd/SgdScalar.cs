using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Sgd;

/// <summary><see cref="ISgd"/> as plain loops with sums in double.</summary>
internal static class SgdScalar
{
    public static void Compute(HostMemory memory, in SgdRate rate, Place gradient, Place weight, Place moment)
    {
        rate.Validate(gradient, weight, moment);
        Span<float> gs = memory.Floats(gradient), ws = memory.Floats(weight), ms = memory.Floats(moment);
        for (int i = 0; i < ws.Length; i++)
        {
            double g = (double)rate.GradientScale * gs[i] + (double)rate.WeightDecay * ws[i];
            ms[i] = (float)((double)rate.Momentum * ms[i] + g);
            double step = rate.Nesterov ? g + (double)rate.Momentum * ms[i] : ms[i];
            ws[i] = (float)(ws[i] - (i < rate.Head ? rate.LearningRate : rate.HeadLearningRate) * step);
        }
    }
}
