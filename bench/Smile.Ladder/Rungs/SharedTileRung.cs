using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

/// <summary>
/// The same tile; sixteen channels of its pixels and weights at a time are brought to shared memory, one word of each a thread, and read
/// there by sixteen threads.
/// </summary>
internal static class SharedTileRung
{
    public const int Tile = 16;

    public static readonly GpuKernel<ConvArgs> Kernel = new(LadderSharedTile, Tile * Tile);

    private static void LadderSharedTile(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<float> left = SharedMemory.Allocate<float>(Tile * Tile), right = SharedMemory.Allocate<float>(Tile * Tile);
        int thread = Group.IdxX, row = thread / Tile, column = thread % Tile, pixel = Grid.IdxX * Tile + row,
            channel = Grid.IdxY * Tile + column;
        ArrayView<float> source = args.A.In(memory), weight = args.B.In(memory);
        SourcePixel from = SourcePixel.At(args, pixel, args.Pixels);
        float sum = 0;
        for (var tap = default(Tap); tap.Row < args.Kernel; tap = tap.Next(args, args.SourceChannels))
        {
            int x = from.Find(args, tap, 1), w = tap.FirstWeight(args) + channel;
            for (int first = 0; first < args.SourceChannels; first += Tile)
            {
                left[thread] = x >= 0 && first + column < args.SourceChannels ? source[x + first + column] : 0;
                right[thread] = channel < args.Channels && first + row < args.SourceChannels
                    ? weight[w + (first + row) * args.Channels]
                    : 0;
                Group.Barrier();
                for (int k = 0; k < Tile; k++)
                    sum += left[row * Tile + k] * right[k * Tile + column];
                Group.Barrier();
            }
        }

        if (pixel < args.Pixels && channel < args.Channels)
            args.C.Store(memory, pixel * args.Channels + channel, sum, Into.Set);
    }
}
