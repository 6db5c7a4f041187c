using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.MovingAverage;

/// <summary><see cref="IMovingAverage"/> on vectors and all cores.</summary>
internal sealed unsafe class MovingAverageSimd(SimdContext context)
{
    public void Compute(float share, Place value, Place average)
    {
        MovingAverageOperands.Validate(share, value, average);
        context.Pool.Run(Lanes.Chunks(average.Length),
            new MovingAverageJob(share, context.Memory.Pointer(value), context.Memory.Pointer(average), average.Length));
    }

    private readonly struct MovingAverageJob(float share, float* value, float* average, int length) : IJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int start = chunk * Lanes.ChunkWords, end = Math.Min(length, start + Lanes.ChunkWords);
            float* from = value, to = average;
            Lanes256 part = Lanes256.All(share);
            for (int i = start; i < end; i += Lanes256.Count)
            {
                Lanes256 a = Lanes256.Load(to + i);
                Lanes.Store(Lanes256.MultiplyAdd(part, Lanes256.Load(from + i) - a, a), to + i, end - i);
            }
        }
    }
}
