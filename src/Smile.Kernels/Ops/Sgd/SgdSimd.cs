using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Sgd;

/// <summary><see cref="ISgd"/> on vectors and all cores.</summary>
internal sealed unsafe class SgdSimd(SimdContext context)
{
    public void Compute(in SgdRate rate, Place gradient, Place weight, Place moment)
    {
        rate.Validate(gradient, weight, moment);
        var job = new SgdJob(rate, context.Memory.Pointer(gradient), context.Memory.Pointer(weight), context.Memory.Pointer(moment),
            weight.Length);
        context.Pool.Run(Lanes.Chunks(weight.Length), job);
    }

    private readonly struct SgdJob(SgdRate rate, float* gradient, float* weight, float* moment, int length) : IJob
    {
        private readonly SgdRate _rate = rate;

        public void Run(int chunk, int worker)
        {
            int start = chunk * Lanes.ChunkWords, end = Math.Min(length, start + Lanes.ChunkWords),
                head = Math.Clamp(_rate.Head, start, end);
            if (_rate.Nesterov)
            {
                Update<Yes>(start, head, _rate.LearningRate);
                Update<Yes>(head, end, _rate.HeadLearningRate);
            }
            else
            {
                Update<No>(start, head, _rate.LearningRate);
                Update<No>(head, end, _rate.HeadLearningRate);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Update<TNesterov>(int start, int end, float learningRate)
            where TNesterov : struct, IChoice
        {
            Lanes256 scale = Lanes256.All(_rate.GradientScale), decay = Lanes256.All(_rate.WeightDecay),
                momentum = Lanes256.All(_rate.Momentum), step = Lanes256.All(learningRate);
            for (int i = start; i < end; i += Lanes256.Count)
            {
                Lanes256 w = Lanes256.Load(weight + i);
                Lanes256 g = Lanes256.MultiplyAdd(decay, w, scale * Lanes256.Load(gradient + i));
                Lanes256 m = Lanes256.MultiplyAdd(momentum, Lanes256.Load(moment + i), g);
                Lanes.Store(m, moment + i, end - i);
                if (TNesterov.Taken)
                    m = Lanes256.MultiplyAdd(momentum, m, g);
                Lanes.Store(w - step * m, weight + i, end - i);
            }
        }
    }
}
