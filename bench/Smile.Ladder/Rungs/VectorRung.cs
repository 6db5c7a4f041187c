using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

/// <summary>
/// The same tile in accesses of 16 bytes, of global and of shared memory: a thread brings four channels of a pixel, four output channels of
/// one row of the weights, and reads four at a time.
/// </summary>
internal static class VectorRung
{
    public const int Tile = 128;

    private const int Depth = 8, Pitch = Tile / 4 + 1, Threads = 256;

    public static readonly GpuKernel<ConvArgs> Kernel = new(LadderVector, Threads);

    private static void LadderVector(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(Depth * Pitch), right = SharedMemory.Allocate<Float4>(Depth * Pitch);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * Tile, firstChannel = Grid.IdxY * Tile;
        ArrayView<Float4> source = args.A.Float4sIn(memory), weight = args.B.Float4sIn(memory);
        int half = thread % 2, line = thread / 2, weightRow = thread / 32, float4 = thread % 32, channel = firstChannel + 4 * float4;
        SourcePixel pixel = SourcePixel.At(args, firstPixel + line, args.Pixels);
        int row = Block<Tile128>.RowPanel, column = Block<Tile128>.ColumnPanel;
        Tile8x8 sum = default;
        for (var tap = default(Tap); tap.Row < args.Kernel; tap = tap.Next(args, args.SourceChannels))
        {
            int x = pixel.Find(args, tap, 1), w = tap.FirstWeight(args) + channel;
            for (int first = 0; first < args.SourceChannels; first += Depth)
            {
                int k = first + 4 * half;
                Float4Columns.Store(left, 4 * half * Pitch, Pitch, line, x >= 0 && k < args.SourceChannels ? source[(x + k) / 4] : default);
                right[weightRow * Pitch + float4] = channel < args.Channels && first + weightRow < args.SourceChannels
                    ? weight[(w + (first + weightRow) * args.Channels) / 4]
                    : default;
                Group.Barrier();
                for (int i = 0; i < Depth * Pitch; i += Pitch)
                    sum.AddOuter(left[i + row], left[i + row + 16], right[i + column], right[i + column + 16]);
                Group.Barrier();
            }
        }

        ImplicitGemmKernels.StoreTile<Tile128>(memory, args.C, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, Into.Set);
    }
}
