using System.Numerics;
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
        var job = new SgdJob(rate, context.Memory.Pointer(gradient), context.Memory.Pointer(weight), context.Memory.Pointer(moment), weight.Length);
        context.Pool.Run(Lanes.Chunks(weight.Length), job);
    }

    private readonly struct SgdJob(SgdRate rate, float* gradient, float* weight, float* moment, int length) : IJob
    {
        private readonly SgdRate _rate = rate;

        public void Run(int chunk, int worker)
        {
            int start = chunk * Lanes.ChunkWords, end = Math.Min(length, start + Lanes.ChunkWords), head = Math.Clamp(_rate.Head, start, end);
            Update(start, head, _rate.LearningRate);
            Update(head, end, _rate.HeadLearningRate);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Update(int start, int end, float learningRate)
        {
            Vector<float> decay = new(_rate.WeightDecay), momentum = new(_rate.Momentum), step = new(learningRate);
            for (int i = start; i < end; i += Vector<float>.Count)
            {
                Vector<float> w = Vector.Load(weight + i);
                Vector<float> g = Vector.FusedMultiplyAdd(decay, w, Vector.Load(gradient + i));
                Vector<float> m = Vector.FusedMultiplyAdd(momentum, Vector.Load(moment + i), g);
                Lanes.Store(m, moment + i, end - i);
                Lanes.Store(w - step * m, weight + i, end - i);
            }
        }
    }
}
