using System.Runtime.CompilerServices;
using Smile.Kernels.Ops.Conv2d.Cpu;

namespace Smile.Kernels.Ops.Conv2d.Winograd;

/// <summary>
/// Weights (3, 3, InChannels, OutChannels) of a Winograd product; transposed and turned round for the input gradient. Their panels are as
/// <see cref="ConvPackJob"/> makes them, one set for each product; lanes past the last channel hold what lies there: their products are dropped.
/// </summary>
internal unsafe struct WinogradWeights
{
    /// <summary>Source channels that are turned round at once: whole cache lines are read.</summary>
    public const int Turned = 16;

    private const int Taps = 9;

    /// <summary>(3, 3, InChannels, OutChannels).</summary>
    public float* Weights;

    public int InChannels, OutChannels, Lanes;
    public bool Transposed;

    public readonly int SourceChannels => Transposed ? OutChannels : InChannels;

    public readonly int Channels => Transposed ? InChannels : OutChannels;

    /// <summary>Transforms rows <paramref name="first"/> to <paramref name="end"/> of one panel; <paramref name="panel"/> is its row 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Transform(in WinogradKernels kernels, int index, int first, int end, float* panel, nint distance, ConvScratch* scratch)
    {
        int column = index * Lanes, wide = ConvGather.IsNarrow(Channels, column, Lanes) ? Lanes / 2 : Lanes, filled = Math.Min(wide, Channels - column);
        float** list = scratch->WinogradList;
        nint tap = (nint)InChannels * OutChannels;
        for (int k = first; k < end; k++)
        {
            int turned = (k - first) % Turned;
            if (Transposed && turned == 0)
                Turn(column, filled, k, Math.Min(Turned, end - k), scratch->WinogradTurned);
            for (int i = 0; i < Taps; i++)
                list[i] = Transposed ? scratch->WinogradTurned + (turned * Taps + i) * Lanes : Weights + i * tap + (nint)k * OutChannels + column;
            kernels.Weight(list, 0, filled, panel + (nint)k * wide, distance, scratch->WinogradTemp);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Turn(int column, int filled, int k, int count, float* to)
    {
        int step = Taps * Lanes;
        for (int i = 0; i < Taps; i++, to += Lanes)
            for (int j = 0; j < filled; j++)
            {
                float* from = Weights + ((nint)(Taps - 1 - i) * InChannels + column + j) * OutChannels + k;
                for (int r = 0; r < count; r++)
                    to[r * step + j] = from[r];
            }
    }
}
