using System.Runtime.CompilerServices;

namespace Smile.Kernels;

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
        {
            for (int j = 0; j < filled; j++)
                for (int k = 0; k < depth; k++)
                    to[k * wide + j] = from[(nint)(column + j) * outChannels + k];
        }
        else
        {
            for (int k = 0; k < depth; k++)
                for (int j = 0; j < filled; j++)
                    to[k * wide + j] = from[(nint)k * outChannels + column + j];
        }
    }
}
