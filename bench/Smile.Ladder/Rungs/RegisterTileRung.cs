using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

/// <summary>
/// A thread makes 8 x 8 outputs, a group 128 pixels of 128 channels: sixteen words read from shared memory are worth 64 multiply-adds. Rows
/// of shared memory are four words longer than the tile: four pixels of eight channels, as a warp writes them, then lie in all banks.
/// </summary>
internal static class RegisterTileRung
{
    public const int Tile = 128;

    private const int Depth = 8, Pitch = Tile + 4, Threads = 256;

    public static readonly GpuKernel<ConvArgs> Kernel = new(LadderRegisterTile, Threads);

    private static void LadderRegisterTile(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<float> left = SharedMemory.Allocate<float>(Depth * Pitch), right = SharedMemory.Allocate<float>(Depth * Pitch);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * Tile, firstChannel = Grid.IdxY * Tile;
        ArrayView<float> source = args.A.In(memory), weight = args.B.In(memory);

        // What this thread brings: one channel of four pixels, and one output channel of four rows of the weights.
        int deep = thread % Depth, line = thread / Depth, channel = firstChannel + thread % Tile, weightRow = thread / Tile;
        SourcePixel pixel0 = Pixel(args, firstPixel + line), pixel1 = Pixel(args, firstPixel + line + 32),
            pixel2 = Pixel(args, firstPixel + line + 64), pixel3 = Pixel(args, firstPixel + line + 96);

        // What it makes: two runs of four rows by two runs of four columns, half a tile apart.
        int row = 4 * Block<Tile128>.RowPanel, column = 4 * Block<Tile128>.ColumnPanel;
        Tile8x8 sum = default;
        for (var tap = default(Tap); tap.Row < args.Kernel; tap = tap.Next(args, args.SourceChannels))
        {
            int x0 = pixel0.Find(args, tap, 1), x1 = pixel1.Find(args, tap, 1), x2 = pixel2.Find(args, tap, 1),
                x3 = pixel3.Find(args, tap, 1), w = tap.FirstWeight(args) + channel;
            for (int first = 0; first < args.SourceChannels; first += Depth)
            {
                int at = deep * Pitch + line, k = first + deep;
                left[at] = Load(source, x0, k, args.SourceChannels);
                left[at + 32] = Load(source, x1, k, args.SourceChannels);
                left[at + 64] = Load(source, x2, k, args.SourceChannels);
                left[at + 96] = Load(source, x3, k, args.SourceChannels);
                for (int i = weightRow; i < Depth; i += 2)
                    right[i * Pitch + thread % Tile] = channel < args.Channels && first + i < args.SourceChannels
                        ? weight[w + (first + i) * args.Channels]
                        : 0;
                Group.Barrier();
                for (int i = 0; i < Depth * Pitch; i += Pitch)
                    sum.AddOuter(Four(left, i + row), Four(left, i + row + 64), Four(right, i + column), Four(right, i + column + 64));
                Group.Barrier();
            }
        }

        MatrixRows.StoreBlock(memory, args.C, 0, sum.TopLeft, firstPixel + row, args.Pixels, firstChannel + column, args.Channels,
            Into.Set);
        MatrixRows.StoreBlock(memory, args.C, 0, sum.TopRight, firstPixel + row, args.Pixels, firstChannel + column + 64, args.Channels,
            Into.Set);
        MatrixRows.StoreBlock(memory, args.C, 0, sum.BottomLeft, firstPixel + row + 64, args.Pixels, firstChannel + column, args.Channels,
            Into.Set);
        MatrixRows.StoreBlock(memory, args.C, 0, sum.BottomRight, firstPixel + row + 64, args.Pixels, firstChannel + column + 64,
            args.Channels, Into.Set);
    }

    private static SourcePixel Pixel(in ConvArgs args, int index) => SourcePixel.At(args, index, args.Pixels);

    private static float Load(ArrayView<float> source, int pixel, int channel, int channels) =>
        pixel >= 0 && channel < channels ? source[pixel + channel] : 0;

    private static Float4 Four(ArrayView<float> words, int at) => new(words[at], words[at + 1], words[at + 2], words[at + 3]);
}
