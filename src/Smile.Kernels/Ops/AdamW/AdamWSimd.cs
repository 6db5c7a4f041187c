using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.AdamW;

/// <summary><see cref="IAdamW"/> on vectors and all cores.</summary>
internal sealed unsafe class AdamWSimd(SimdContext context)
{
    public void Compute(in AdamWRate rate, Place gradient, Place weight, Place moment, Place secondMoment)
    {
        rate.Validate(gradient, weight, moment, secondMoment);
        HostMemory memory = context.Memory;
        context.Pool.Run(Lanes.Chunks(weight.Length),
            new AdamWJob(rate, memory.Pointer(gradient), memory.Pointer(weight), memory.Pointer(moment), memory.Pointer(secondMoment),
                weight.Length));
    }

    private readonly struct AdamWJob(AdamWRate rate, float* gradient, float* weight, float* moment, float* secondMoment, int length) : IJob
    {
        private readonly AdamWRate _rate = rate;
        private readonly float _moments = rate.MomentScale, _seconds = rate.SecondMomentScale;

        public void Run(int chunk, int worker)
        {
            int start = chunk * Lanes.ChunkWords, end = Math.Min(length, start + Lanes.ChunkWords),
                head = Math.Clamp(_rate.Head, start, end);
            Update(start, head, _rate.LearningRate);
            Update(head, end, _rate.HeadLearningRate);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Update(int start, int end, float learningRate)
        {
            Lanes256 scale = Lanes256.All(_rate.GradientScale), beta1 = Lanes256.All(_rate.Beta1), beta2 = Lanes256.All(_rate.Beta2);
            Lanes256 rest1 = Lanes256.All(1 - _rate.Beta1), rest2 = Lanes256.All(1 - _rate.Beta2), seconds = Lanes256.All(_seconds);
            Lanes256 step = Lanes256.All(learningRate * _moments), decay = Lanes256.All(learningRate * _rate.WeightDecay);
            Lanes256 epsilon = Lanes256.All(_rate.Epsilon);
            for (int i = start; i < end; i += Lanes256.Count)
            {
                Lanes256 g = scale * Lanes256.Load(gradient + i), w = Lanes256.Load(weight + i);
                Lanes256 m = Lanes256.MultiplyAdd(beta1, Lanes256.Load(moment + i), rest1 * g);
                Lanes256 v = Lanes256.MultiplyAdd(beta2, Lanes256.Load(secondMoment + i), rest2 * g * g);
                Lanes.Store(m, moment + i, end - i);
                Lanes.Store(v, secondMoment + i, end - i);
                Lanes.Store(w - decay * w - step * m / (Lanes256.SquareRoot(seconds * v) + epsilon), weight + i, end - i);
            }
        }
    }
}
