using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Sgd;

namespace Smile.Kernels.Backend;

internal partial class ScalarBackend
{
    public virtual void Sgd(in SgdRate rate, Place gradient, Place weight, Place moment)
    {
        rate.Validate(gradient, weight, moment);
        Span<float> gs = Memory.Floats(gradient), ws = Memory.Floats(weight), ms = Memory.Floats(moment);
        for (int i = 0; i < ws.Length; i++)
        {
            double g = gs[i] + (double)rate.WeightDecay * ws[i];
            ms[i] = (float)((double)rate.Momentum * ms[i] + g);
            ws[i] = (float)(ws[i] - (double)(i < rate.Head ? rate.LearningRate : rate.HeadLearningRate) * ms[i]);
        }
    }
}
