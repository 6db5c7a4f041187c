using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

/// <summary>
/// A thread an output. A group of 256 makes 16 pixels of 16 channels; each operand of each multiply-add comes from global memory.
/// </summary>
internal static class DirectRung
{
    public const int Tile = 16;

    public static readonly GpuKernel<ConvArgs> Kernel = new(LadderDirect, Tile * Tile);

    private static void LadderDirect(ArrayView<float> memory, ConvArgs args)
    {
        int row = Group.IdxX / Tile, column = Group.IdxX % Tile, pixel = Grid.IdxX * Tile + row, channel = Grid.IdxY * Tile + column;
        if (pixel >= args.Pixels || channel >= args.Channels)
            return;
        ArrayView<float> source = args.A.In(memory), weight = args.B.In(memory);
        SourcePixel from = SourcePixel.At(args, pixel, args.Pixels);
        float sum = 0;
        for (var tap = default(Tap); tap.Row < args.Kernel; tap = tap.Next(args, args.SourceChannels))
        {
            int x = from.Find(args, tap, 1), w = tap.FirstWeight(args) + channel;
            if (x < 0)
                continue;
            for (int k = 0; k < args.SourceChannels; k++, w += args.Channels)
                sum += source[x + k] * weight[w];
        }

        args.C.Store(memory, pixel * args.Channels + channel, sum, Into.Set);
    }
}
