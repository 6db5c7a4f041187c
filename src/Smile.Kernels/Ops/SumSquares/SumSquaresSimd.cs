using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.SumSquares;

/// <summary><see cref="ISumSquares"/> on vectors and all cores.</summary>
internal sealed unsafe class SumSquaresSimd(SimdContext context) : IDisposable
{
    private readonly NativeScratch<SquaresPart> _parts = new();

    public void Compute(Place x, Place result)
    {
        SumSquaresOperands.Validate(x, result);
        int chunks = Lanes.Chunks(x.Length);
        float* from = context.Memory.Pointer(x), to = context.Memory.Pointer(result);
        SquaresPart* parts = _parts.Allocate(chunks);
        context.Pool.Run(chunks, new SumSquaresJob(from, x.Length, parts));
        var total = default(SquaresPart);
        for (int i = 0; i < chunks; i++)
            total = new SquaresPart(total.Sum + parts[i].Sum, total.Bad + parts[i].Bad);
        to[0] = (float)total.Sum;
        ((uint*)to)[1] = (uint)total.Bad;
    }

    public void Dispose() => _parts.Dispose();

    private readonly record struct SquaresPart(double Sum, long Bad);

    private readonly struct SumSquaresJob(float* x, int length, SquaresPart* parts) : IJob
    {
        public void Run(int chunk, int worker)
        {
            int first = chunk * Lanes.ChunkWords, count = Math.Min(length - first, Lanes.ChunkWords);
            double sum = Sum(x + first, count); // squares of finite float32 numbers do not overflow float64
            parts[chunk] = double.IsFinite(sum) ? new SquaresPart(sum, 0) : OfFinite(x + first, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double Sum(float* x, int count)
        {
            if (Vector512.IsHardwareAccelerated)
                return Sum512(x, count);
            Vector256<double> s0 = Vector256<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
            int i = 0;
            for (; i + 16 <= count; i += 16)
            {
                (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(x + i));
                (Vector256<double> c, Vector256<double> d) = Vector256.Widen(Vector256.Load(x + i + 8));
                s0 = Vector256.FusedMultiplyAdd(a, a, s0);
                s1 = Vector256.FusedMultiplyAdd(b, b, s1);
                s2 = Vector256.FusedMultiplyAdd(c, c, s2);
                s3 = Vector256.FusedMultiplyAdd(d, d, s3);
            }

            double sum = Vector256.Sum((s0 + s1) + (s2 + s3));
            for (; i < count; i++)
                sum += (double)x[i] * x[i];
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double Sum512(float* x, int count)
        {
            Vector512<double> s0 = Vector512<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
            int i = 0;
            for (; i + 32 <= count; i += 32)
            {
                (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Vector512.Load(x + i));
                (Vector512<double> c, Vector512<double> d) = Vector512.Widen(Vector512.Load(x + i + 16));
                s0 = Vector512.FusedMultiplyAdd(a, a, s0);
                s1 = Vector512.FusedMultiplyAdd(b, b, s1);
                s2 = Vector512.FusedMultiplyAdd(c, c, s2);
                s3 = Vector512.FusedMultiplyAdd(d, d, s3);
            }

            double sum = Vector512.Sum((s0 + s1) + (s2 + s3));
            for (; i < count; i++)
                sum += (double)x[i] * x[i];
            return sum;
        }

        private static SquaresPart OfFinite(float* x, int count)
        {
            (double sum, long bad) = (0, 0);
            for (int i = 0; i < count; i++)
            {
                if (float.IsFinite(x[i]))
                    sum += (double)x[i] * x[i];
                else
                    bad++;
            }

            return new SquaresPart(sum, bad);
        }
    }
}
