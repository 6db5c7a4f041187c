using System.Runtime.CompilerServices;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>
/// Weights of 3 x 3 taps, transformed for a Winograd product. Their panels are as <see cref="PackWeightsJob"/> makes them, one set for each
/// product; lanes past the last channel hold what lies there: their products are dropped.
/// </summary>
internal readonly unsafe struct WinogradWeights(in ConvWeights weights, int lanes)
{
    public const int Taps = 9;

    /// <summary>Source channels that are transposed at once: whole cache lines are read.</summary>
    public const int MostTransposed = 16;

    private readonly ConvWeights _weights = weights;

    /// <summary>Transforms some rows of one panel.</summary>
    /// <param name="transforms">The algorithm's.</param>
    /// <param name="index">The panel.</param>
    /// <param name="first">First row.</param>
    /// <param name="end">Past the last row.</param>
    /// <param name="to">The panel's row 0 in the first product.</param>
    /// <param name="distance">Floats from one product's weights to the next.</param>
    /// <param name="scratch">The worker's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transform(
        in WinogradTransforms transforms, int index, int first, int end, float* to, nint distance, WinogradProductScratch* scratch)
    {
        Panel panel = Panel.At(index, _weights.Channels, lanes);
        bool transposed = _weights.Order == WeightOrder.Transposed;
        nint tapStride = transposed ? lanes : _weights.TapStride;
        float** list = scratch->Transform.List;
        for (int k = first; k < end; k++)
        {
            int row = (k - first) % MostTransposed;
            if (transposed && row == 0)
                Transpose(panel, k, Math.Min(MostTransposed, end - k), scratch->Transposed);
            float* from = transposed ? scratch->Transposed + row * Taps * lanes
                : _weights.Tap(0) + k * _weights.SourceStride + panel.Column;
            for (int i = 0; i < Taps; i++)
                list[i] = from + i * tapStride;
            transforms.Weight(list, 0, panel.Filled, to + (nint)k * panel.Width, distance, scratch->Transform.Temp);
        }
    }

    /// <summary>to[row, tap, j] = the weight from source channel k + row to the panel's channel j, the last tap first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transpose(Panel panel, int k, int count, float* to)
    {
        int step = Taps * lanes;
        for (int i = 0; i < Taps; i++, to += lanes)
            for (int j = 0; j < panel.Filled; j++)
            {
                float* from = _weights.Tap(i) + (panel.Column + j) * _weights.ChannelStride + k;
                for (int r = 0; r < count; r++)
                    to[r * step + j] = from[r];
            }
    }
}
