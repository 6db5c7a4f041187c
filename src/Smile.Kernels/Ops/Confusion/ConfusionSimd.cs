using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Confusion;

/// <summary><see cref="IConfusion"/> on vectors and all cores.</summary>
internal sealed unsafe class ConfusionSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<uint> _counts = new();

    public void Compute(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into)
    {
        shape.Validate(predicted, isOrgan, isKnown, counts);
        var totals = (uint*)context.Memory.Pointer(counts);
        int chunks = ConfusionJob.Chunks(shape.Pixels), words = 3 * shape.Organs;
        uint* parts = _counts.Allocate((long)chunks * words);
        context.Pool.Run(chunks, new ConfusionJob(shape, (uint*)context.Memory.Pointer(predicted), (uint*)context.Memory.Pointer(isOrgan),
            (uint*)context.Memory.Pointer(isKnown), parts));
        for (int i = 0; i < words; i++)
        {
            uint sum = into == Into.Add ? totals[i] : 0;
            for (int chunk = 0; chunk < chunks; chunk++)
                sum += parts[(nint)chunk * words + i];
            totals[i] = sum;
        }
    }

    public void Dispose() => _counts.Dispose();

    /// <summary>
    /// Counts bit by bit: each lane counts one pixel in Vector256.Count, organ after organ over pixels that stay in the
    /// first-level cache.
    /// </summary>
    private readonly struct ConfusionJob(ConfusionShape shape, uint* guess, uint* truth, uint* known, uint* parts) : IJob
    {
        private const int ChunkPixels = 2048;

        private readonly ConfusionShape _shape = shape;

        public static int Chunks(int pixels) => Integers.CeilingDivide(pixels, ChunkPixels);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * ChunkPixels, end = Math.Min(_shape.Pixels, first + ChunkPixels);
            for (int organ = 0; organ < _shape.Organs; organ++)
            {
                Vector256<uint> hits = Vector256<uint>.Zero, extra = hits, missed = hits, one = Vector256<uint>.One;
                int i = first;
                for (; i + Vector256<uint>.Count <= end; i += Vector256<uint>.Count)
                {
                    Vector256<uint> g = Vector256.Load(guess + i), t = Vector256.Load(truth + i), k = Vector256.Load(known + i);
                    hits += (k & g & t) >> organ & one;
                    extra += (k & g & ~t) >> organ & one;
                    missed += (k & ~g & t) >> organ & one;
                }

                uint* sums = parts + ((nint)chunk * _shape.Organs + organ) * 3;
                (sums[0], sums[1], sums[2]) = (Vector256.Sum(hits), Vector256.Sum(extra), Vector256.Sum(missed));
                for (; i < end; i++)
                {
                    sums[0] += (known[i] & guess[i] & truth[i]) >> organ & 1;
                    sums[1] += (known[i] & guess[i] & ~truth[i]) >> organ & 1;
                    sums[2] += (known[i] & ~guess[i] & truth[i]) >> organ & 1;
                }
            }
        }
    }
}
