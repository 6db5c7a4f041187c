using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// Packs weights (taps, InChannels, OutChannels) into panels (taps * source channels, lanes), the last panel padded with
/// zeros. Transposed, for the input gradient, the taps are turned round too: it then reads its source from left to right. A
/// chunk is one tap of one panel.
/// </summary>
internal readonly unsafe struct ConvPackJob(float* weights, float* panels, int taps, int inChannels, int outChannels,
    int lanes, bool transposed) : IJob
{
    private int SourceChannels => transposed ? outChannels : inChannels;

    private int Channels => transposed ? inChannels : outChannels;

    public int Chunks => taps * ConvGather.PanelCount(Channels, lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int tap = chunk % taps, column = chunk / taps * lanes, depth = SourceChannels;
        int wide = ConvGather.IsNarrow(Channels, column, lanes) ? lanes / 2 : lanes, filled = Math.Min(wide, Channels - column);
        float* to = panels + (nint)column * taps * depth + (nint)tap * depth * wide;
        float* from = weights + (nint)(transposed ? taps - 1 - tap : tap) * inChannels * outChannels;
        if (filled < wide)
            new Span<float>(to, depth * wide).Clear();
        if (transposed)
            Turn(from + (nint)column * outChannels, outChannels, to, wide, filled, depth);
        else if (filled % Vector128<float>.Count == 0)
            for (int k = 0; k < depth; k++)
                Copy(from + (nint)k * outChannels + column, to + k * wide, filled);
        else
            for (int k = 0; k < depth; k++)
                for (int j = 0; j < filled; j++)
                    to[k * wide + j] = from[(nint)k * outChannels + column + j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count)
    {
        for (int j = 0; j < count; j += Vector128<float>.Count)
            Vector128.Load(from + j).Store(to + j);
    }

    /// <summary>to[k, j] = from[j, k], in squares of four where there are four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* from, nint distance, float* to, int wide, int filled, int depth)
    {
        int squares = Sse.IsSupported ? filled & -4 : 0, length = depth & -4;
        for (int j = 0; j < squares; j += 4)
        {
            float* row = from + j * distance;
            for (int k = 0; k < length; k += 4)
            {
                Vector128<float> a = Vector128.Load(row + k), b = Vector128.Load(row + distance + k);
                Vector128<float> c = Vector128.Load(row + 2 * distance + k), d = Vector128.Load(row + 3 * distance + k);
                Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
                float* at = to + k * wide + j;
                Sse.MoveLowToHigh(ab, cd).Store(at);
                Sse.MoveHighToLow(cd, ab).Store(at + wide);
                Sse.MoveLowToHigh(abHigh, cdHigh).Store(at + 2 * wide);
                Sse.MoveHighToLow(cdHigh, abHigh).Store(at + 3 * wide);
            }
        }

        for (int j = 0; j < filled; j++)
            for (int k = j < squares ? length : 0; k < depth; k++)
                to[k * wide + j] = from[j * distance + k];
    }
}
