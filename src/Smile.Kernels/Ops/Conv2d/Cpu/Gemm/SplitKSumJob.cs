using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>
/// The end of a split-K product, whose sums over pixels were split: target = or += the splits' sums, in order. Floats of a vector past the
/// last split's end are read.
/// </summary>
/// <param name="sums">(splits, length).</param>
/// <param name="splits">Splits.</param>
/// <param name="length">Floats of the result.</param>
/// <param name="target">(length).</param>
/// <param name="into">Whether the target is overwritten.</param>
internal readonly unsafe struct SplitKSumJob(float* sums, int splits, int length, float* target, Into into) : IJob
{
    private const int ChunkWords = 1 << 14;

    public int Chunks => Integers.CeilingDivide(length, ChunkWords);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int end = Math.Min(length, (chunk + 1) * ChunkWords);
        for (int i = chunk * ChunkWords; i < end; i += Lanes256.Count)
        {
            Lanes256 sum = into == Into.Add ? Lanes256.Load(target + i) : Lanes256.All(0);
            for (int split = 0; split < splits; split++)
                sum += Lanes256.Load(sums + (nint)split * length + i);
            Lanes.Store(sum, target + i, end - i);
        }
    }
}
