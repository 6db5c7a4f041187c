using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Ladder.Rungs;

/// <summary>
/// The same with two stages of shared memory. A step's float4s are asked for before the products of the step before and written to the
/// other stage after them: their way from memory is covered by 512 multiply-adds, and one barrier a step is enough, as a stage is written
/// again only after the barrier that follows its use.
/// </summary>
internal static class DoubleBufferRung
{
    public const int Tile = 128;

    private const int Depth = 8, Pitch = Tile / 4 + 1, Stage = Depth * Pitch, Threads = 256;

    public static readonly GpuKernel<ConvArgs> Kernel = new(LadderDoubleBuffer, Threads);

    private static void LadderDoubleBuffer(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> left = SharedMemory.Allocate<Float4>(2 * Stage), right = SharedMemory.Allocate<Float4>(2 * Stage);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * Tile, firstChannel = Grid.IdxY * Tile;
        ArrayView<Float4> source = args.A.Float4sIn(memory), weight = args.B.Float4sIn(memory);
        int half = thread % 2, line = thread / 2, weightRow = thread / 32, float4 = thread % 32, channel = firstChannel + 4 * float4;
        SourcePixel pixel = SourcePixel.At(args, firstPixel + line, args.Pixels);
        int row = Block<Tile128>.RowPanel, column = Block<Tile128>.ColumnPanel;
        Tile8x8 sum = default;
        var tap = default(Tap);
        int x = pixel.Find(args, tap, 1), w = channel, first = 0;
        Float4 a = x >= 0 && 4 * half < args.SourceChannels ? source[x / 4 + half] : default;
        Float4 b = channel < args.Channels && weightRow < args.SourceChannels ? weight[(w + weightRow * args.Channels) / 4] : default;
        int steps = args.Kernel * args.Kernel * ((args.SourceChannels + Depth - 1) / Depth);
        for (int stage = 0; steps > 0; steps--, stage ^= Stage)
        {
            Float4Columns.Store(left, stage + 4 * half * Pitch, Pitch, line, a);
            right[stage + weightRow * Pitch + float4] = b;
            Group.Barrier();
            first += Depth;
            if (first >= args.SourceChannels)
            {
                first = 0;
                tap = tap.Next(args, args.SourceChannels);
                x = pixel.Find(args, tap, 1);
                w = tap.FirstWeight(args) + channel;
            }

            if (steps > 1)
            {
                int k = first + 4 * half;
                a = x >= 0 && k < args.SourceChannels ? source[(x + k) / 4] : default;
                b = channel < args.Channels && first + weightRow < args.SourceChannels
                    ? weight[(w + (first + weightRow) * args.Channels) / 4]
                    : default;
            }

            for (int i = stage; i < stage + Depth * Pitch; i += Pitch)
                sum.AddOuter(left[i + row], left[i + row + 16], right[i + column], right[i + column + 16]);
        }

        ImplicitGemmKernels.StoreTile<Tile128>(memory, args.C, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, Into.Set);
    }
}
