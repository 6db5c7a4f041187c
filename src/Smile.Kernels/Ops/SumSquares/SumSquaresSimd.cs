using System.Numerics;
using System.Runtime.CompilerServices;

namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override void SumSquares(Place x, Place result)
    {
        Kernels.SumSquares.Validate(x, result);
        int chunks = Lanes.Chunks(x.Length);
        float* from = Memory.Pointer(x), to = Memory.Pointer(result);
        var parts = (SquaresPart*)_partials.Bytes((long)chunks * sizeof(SquaresPart));
        _pool.Run(chunks, new SumSquaresJob(from, x.Length, parts));
        var total = default(SquaresPart);
        for (int i = 0; i < chunks; i++)
            total = new SquaresPart(total.Sum + parts[i].Sum, total.Bad + parts[i].Bad);
        to[0] = (float)total.Sum;
        ((uint*)to)[1] = (uint)total.Bad;
    }

    private readonly record struct SquaresPart(double Sum, long Bad);

    private readonly struct SumSquaresJob(float* x, int length, SquaresPart* parts) : IJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int i = chunk * Lanes.ChunkWords, end = Math.Min(length, i + Lanes.ChunkWords);
            Vector<double> low = Vector<double>.Zero, high = Vector<double>.Zero;
            Vector<int> finite = Vector<int>.Zero;
            for (; i + Vector<float>.Count <= end; i += Vector<float>.Count)
            {
                Vector<float> v = Vector.Load(x + i);
                Vector<int> ok = Vector.Equals(v - v, Vector<float>.Zero); // -1 where finite: inf - inf and NaN - NaN are NaN
                finite -= ok;
                Vector.Widen(Vector.ConditionalSelect(ok, v, Vector<float>.Zero), out Vector<double> a, out Vector<double> b);
                low += a * a;
                high += b * b;
            }

            double sum = Vector.Sum(low) + Vector.Sum(high);
            long bad = i - chunk * Lanes.ChunkWords - (long)Vector.Sum(finite);
            for (; i < end; i++)
            {
                if (float.IsFinite(x[i]))
                    sum += (double)x[i] * x[i];
                else
                    bad++;
            }

            parts[chunk] = new SquaresPart(sum, bad);
        }
    }
}
