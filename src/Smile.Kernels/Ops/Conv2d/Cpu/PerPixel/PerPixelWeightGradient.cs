using System.Runtime.CompilerServices;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;

/// <summary>The weight gradient: see <see cref="PerPixelSums"/>.</summary>
internal unsafe struct PerPixelWeightGradient(in ConvShape shape, float* x, float* dy) : IScratch
{
    public readonly float* X = x, Dy = dy;

    public readonly int In = shape.InChannels, Out = shape.OutChannels;

    public readonly int Pixels = shape.Batch * shape.Height * shape.Width;

    /// <summary>(chunks, out, in padded).</summary>
    public float* Sums;

    public readonly int Chunks => Rows.Chunks(Pixels, In);

    public void Allocate(ref ScratchLayout layout) => Sums = layout.Floats(Chunks * (long)Out * Lanes.Padded(In));

    /// <summary>The sum over all pixels, from those of the chunks in their order.</summary>
    public readonly double Total(int i, int o)
    {
        double sum = 0;
        for (int chunk = 0; chunk < Chunks; chunk++)
            sum += Sums[((nint)chunk * Out + o) * Lanes.Padded(In) + i];
        return sum;
    }
}

/// <summary>sums[o, i] = sum of dy[p, o] x[p, i] over the pixels of a chunk, even and odd ones apart.</summary>
internal readonly unsafe struct PerPixelWeightGradientJob(PerPixelWeightGradient plan) : IJob
{
    private readonly PerPixelWeightGradient _plan = plan;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int channels = _plan.In, outputs = _plan.Out, per = Rows.PerChunk(_plan.Pixels, channels), first = chunk * per;
        int count = Math.Min(per, _plan.Pixels - first), last = outputs - 1;
        // Fewer outputs than registers: the last one is summed several times over, which costs nothing beside the loads.
        int second = Math.Min(1, last), third = Math.Min(2, last);
        nint padded = Lanes.Padded(channels);
        float* sums = _plan.Sums + chunk * outputs * padded;
        for (int i = 0; i < channels; i += Lanes256.Count)
        {
            float* x = _plan.X + (nint)first * channels + i, dy = _plan.Dy + (nint)first * outputs;
            Lanes256 a = Lanes256.All(0f), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
            int p = 0;
            for (; p + 2 <= count; p += 2, x += 2 * (nint)channels, dy += 2 * outputs)
            {
                Lanes256 even = Lanes256.Load(x), odd = Lanes256.Load(x + channels);
                float* next = dy + outputs;
                a = Lanes256.MultiplyAdd(dy, even, a);
                b = Lanes256.MultiplyAdd(dy + second, even, b);
                c = Lanes256.MultiplyAdd(dy + third, even, c);
                d = Lanes256.MultiplyAdd(dy + last, even, d);
                e = Lanes256.MultiplyAdd(next, odd, e);
                f = Lanes256.MultiplyAdd(next + second, odd, f);
                g = Lanes256.MultiplyAdd(next + third, odd, g);
                h = Lanes256.MultiplyAdd(next + last, odd, h);
            }

            if (p < count)
            {
                Lanes256 even = Lanes256.Load(x);
                a = Lanes256.MultiplyAdd(dy, even, a);
                b = Lanes256.MultiplyAdd(dy + second, even, b);
                c = Lanes256.MultiplyAdd(dy + third, even, c);
                d = Lanes256.MultiplyAdd(dy + last, even, d);
            }

            Lanes256.Store(a + e, sums + i);
            Lanes256.Store(b + f, sums + second * padded + i);
            Lanes256.Store(c + g, sums + third * padded + i);
            Lanes256.Store(d + h, sums + last * padded + i);
        }
    }
}
