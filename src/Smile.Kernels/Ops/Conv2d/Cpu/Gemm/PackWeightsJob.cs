using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

/// <summary>
/// Packs weights into panels (taps * source channels, lanes), the last panel padded with zeros. A chunk is one tap of one panel.
/// </summary>
internal readonly unsafe struct PackWeightsJob(ConvWeights weights, float* panels, int lanes) : IJob
{
    private readonly ConvWeights _weights = weights;

    public int Chunks => _weights.Taps * Panel.Count(_weights.Channels, lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int taps = _weights.Taps, tap = chunk % taps, depth = _weights.SourceChannels;
        Panel panel = Panel.At(chunk / taps, _weights.Channels, lanes);
        int column = panel.Column, width = panel.Width, filled = panel.Filled;
        float* to = panels + (nint)column * taps * depth + (nint)tap * depth * width;
        float* from = _weights.Tap(tap) + column * _weights.ChannelStride;
        nint distance = _weights.SourceStride;
        if (filled < width)
            new Span<float>(to, depth * width).Clear();
        if (_weights.Order == WeightOrder.Transposed)
            Transpose(from, _weights.ChannelStride, to, width, filled, depth);
        else if (filled % Vector128<float>.Count == 0)
            for (int k = 0; k < depth; k++)
                Copy(from + k * distance, to + k * width, filled);
        else
            for (int k = 0; k < depth; k++)
                for (int j = 0; j < filled; j++)
                    to[k * width + j] = from[k * distance + j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count)
    {
        for (int j = 0; j < count; j += Vector128<float>.Count)
            Vector128.Load(from + j).Store(to + j);
    }

    /// <summary>to[k, j] = from[j, k], in squares of four where there are four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, nint distance, float* to, int width, int filled, int depth)
    {
        int squares = Sse.IsSupported ? filled & -4 : 0, length = depth & -4;
        for (int j = 0; j < squares; j += 4)
        {
            float* row = from + j * distance;
            for (int k = 0; k < length; k += 4)
            {
                Vector128<float> a = Vector128.Load(row + k), b = Vector128.Load(row + distance + k);
                Vector128<float> c = Vector128.Load(row + 2 * distance + k), d = Vector128.Load(row + 3 * distance + k);
                Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d);
                Vector128<float> abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
                float* at = to + k * width + j;
                Sse.MoveLowToHigh(ab, cd).Store(at);
                Sse.MoveHighToLow(cd, ab).Store(at + width);
                Sse.MoveLowToHigh(abHigh, cdHigh).Store(at + 2 * width);
                Sse.MoveHighToLow(cdHigh, abHigh).Store(at + 3 * width);
            }
        }

        for (int j = 0; j < filled; j++)
            for (int k = j < squares ? length : 0; k < depth; k++)
                to[k * width + j] = from[j * distance + k];
    }
}
