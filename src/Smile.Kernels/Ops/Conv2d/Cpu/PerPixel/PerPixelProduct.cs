using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;

/// <summary>The forward pass or the input gradient: see <see cref="PerPixelSums"/>.</summary>
internal unsafe struct PerPixelProduct(in ConvProblem problem, bool forward) : IScratch
{
    public readonly ConvProblem Problem = problem;

    /// <summary>(out, in padded): the weights, zeros beyond the last input channel.</summary>
    public float* Rows;

    /// <summary>Channels of the convolution's input and output, whichever pass this is.</summary>
    public readonly int In => forward ? Problem.SourceChannels : Problem.Channels;

    public readonly int Out => forward ? Problem.Channels : Problem.SourceChannels;

    public readonly int Pixels => Problem.Batch * Problem.Height * Problem.Width;

    public readonly int Chunks => Simd.Rows.Chunks(Pixels, In);

    public void Allocate(ref ScratchLayout layout) => Rows = layout.Floats((long)Out * Lanes.Padded(In));

    /// <summary>Fills <see cref="Rows"/> from the weights (in, out).</summary>
    public readonly void Transpose()
    {
        ConvWeights weights = Problem.Weights;
        float* from = weights.Tap(0);
        for (int o = 0; o < Out; o++)
        {
            float* row = Rows + (nint)o * Lanes.Padded(In);
            for (int i = 0; i < Lanes.Padded(In); i++)
                row[i] = i < In ? from[(nint)i * Out + o] : 0;
        }
    }

    /// <summary>First pixel of a chunk, and how many it has.</summary>
    public readonly (int First, int Count) Part(int chunk)
    {
        int per = Simd.Rows.PerChunk(Pixels, In), first = chunk * per;
        return (first, Math.Min(per, Pixels - first));
    }
}

/// <summary>y[p, o] = bias[o] + sum of x[p, i] w[i, o] over i: by lanes, then across them. A chunk is some pixels.</summary>
internal readonly unsafe struct PerPixelForwardJob(PerPixelProduct product) : IJob
{
    private readonly PerPixelProduct _product = product;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        (int first, int count) = _product.Part(chunk);
        int channels = _product.In, outputs = _product.Out, whole = channels / Lanes256.Count * Lanes256.Count;
        nint padded = Lanes.Padded(channels);
        // What follows the last channel is another pixel's or nobody's, and may be a NaN: its bits are cleared.
        Vector256<float> part = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(channels - whole)).AsSingle();
        float* x = _product.Problem.Source + (nint)first * channels, y = _product.Problem.Target + (nint)first * outputs;
        float* bias = _product.Problem.Bias, rows = _product.Rows;
        for (int p = 0; p < count; p++, x += channels)
        {
            float* row = rows;
            for (int o = 0; o < outputs; o++, row += padded)
            {
                var sum = Vector256<float>.Zero;
                for (int i = 0; i < whole; i += Lanes256.Count)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(row + i), sum);
                if (whole < channels)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + whole) & part, Vector256.Load(row + whole), sum);
                *y++ = Vector256.Sum(sum) + (bias == null ? 0 : bias[o]);
            }
        }
    }
}

/// <summary>dx[p, i] = or += sum of dy[p, o] w[i, o] over o. A chunk is some pixels.</summary>
internal readonly unsafe struct PerPixelInputGradientJob(PerPixelProduct product) : IJob
{
    private readonly PerPixelProduct _product = product;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        (int first, int count) = _product.Part(chunk);
        int channels = _product.In, outputs = _product.Out;
        nint padded = Lanes.Padded(channels);
        bool add = _product.Problem.Into == Into.Add;
        float* dx = _product.Problem.Target + (nint)first * channels, dy = _product.Problem.Source + (nint)first * outputs;
        for (int p = 0; p < count; p++, dx += channels, dy += outputs)
            for (int i = 0; i < channels; i += Lanes256.Count)
            {
                float* row = _product.Rows + i;
                Lanes256 sum = add ? Lanes256.Load(dx + i) : Lanes256.All(0f);
                for (int o = 0; o < outputs; o++, row += padded)
                    sum = Lanes256.MultiplyAdd(dy + o, Lanes256.Load(row), sum);
                Lanes.Store(sum, dx + i, channels - i);
            }
    }
}
