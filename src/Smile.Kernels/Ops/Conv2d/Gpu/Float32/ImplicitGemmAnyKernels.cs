using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Float32;

/// <summary>
/// Implicit GEMM for any number of channels and any place: a group of 64 threads makes a 64x64 tile of the result, a thread 8x8 of it,
/// eight deep at a time from shared memory. Two stages of shared memory make one barrier a step enough: a thread writes a stage again only
/// after the barrier that all threads reach when they have read it.
/// </summary>
internal static class ImplicitGemmAnyKernels
{
    /// <summary>Rows and columns of a group's tile; what a step takes of the depth.</summary>
    public const int TileSize = 64, DepthStep = 8;

    private const int GroupSize = 64, RowFloat4s = TileSize / 4, SideFloat4s = DepthStep * RowFloat4s,
        StageFloat4s = 2 * SideFloat4s;

    public static readonly GpuKernel<ConvArgs> Forward = new(ConvForwardAny, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackInput = new(ConvBackInputAny, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackWeight = new(ConvBackWeightAny, GroupSize);

    /// <summary>
    /// (Pixels, Depth) x (Depth, Channels), each split of the depth into its own copy of the result: the weights lie in memory as the
    /// product needs them.
    /// </summary>
    private static void ConvForwardAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageFloat4s);
        int thread = Group.IdxX, columnTiles = (args.Channels + TileSize - 1) / TileSize, firstPixel = Grid.IdxX * TileSize;
        int firstChannel = Grid.IdxY % columnTiles * TileSize, split = Grid.IdxY / columnTiles, first = split * args.DepthPerSplit;
        int end = IntrinsicMath.Min(args.Depth, first + args.DepthPerSplit);
        SourcePixel pixel = SourcePixel.At(args, firstPixel + thread, args.Pixels);
        int channel = firstChannel + thread % RowFloat4s * 4;
        Tap tap = Tap.At(args, first);
        // The bias is the first split's: what lies behind its end reads as zero.
        Tile8x8 sum = args.StartFromBias(memory, split == 0 ? firstChannel + thread % 8 * 4 : args.Bias.Length, TileSize / 2);
        for (int depth = first, stage = 0; depth < end; depth += DepthStep, stage ^= StageFloat4s)
        {
            tap = StageSource(memory, args, pixel, tap, 1, shared, stage);
            int row = depth + thread / RowFloat4s;
            shared[stage + SideFloat4s + thread] = MatrixRows.LoadRow(memory, args.B, row, channel, args.Depth, args.Channels);
            shared[stage + SideFloat4s + thread + GroupSize] = MatrixRows.LoadRow(memory, args.B, row + 4, channel, args.Depth,
                args.Channels);
            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.C, split * args.Pixels * args.Channels, sum, firstPixel, args.Pixels, firstChannel, args.Channels, Into.Set);
    }

    /// <summary>
    /// (Pixels, Depth) x (Depth, Channels) with depth = taps x channels of dy: the weights are transposed while they are loaded.
    /// </summary>
    private static void ConvBackInputAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageFloat4s);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * TileSize, firstChannel = Grid.IdxY * TileSize;
        SourcePixel pixel = SourcePixel.At(args, firstPixel + thread, args.Pixels);
        Tap tap = default;
        Tile8x8 sum = default;
        for (int depth = 0, stage = 0; depth < args.Depth; depth += DepthStep, stage ^= StageFloat4s)
        {
            StageWeightColumn(memory, args, firstChannel + thread, tap, shared, stage + SideFloat4s);
            tap = StageSource(memory, args, pixel, tap, args.Divisor, shared, stage);
            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.C, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, args.Into);
    }

    /// <summary>(Depth, Pixels) x (Pixels, Channels), each split of the pixels into its own copy of the result.</summary>
    private static void ConvBackWeightAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageFloat4s);
        int thread = Group.IdxX, columnTiles = (args.Channels + TileSize - 1) / TileSize;
        int firstRow = Grid.IdxX * TileSize, firstChannel = Grid.IdxY % columnTiles * TileSize, split = Grid.IdxY / columnTiles;
        int end = IntrinsicMath.Min(args.Pixels, (split + 1) * args.DepthPerSplit);
        int row = firstRow + thread % RowFloat4s * 4, channel = firstChannel + thread % RowFloat4s * 4;
        Tap tap0 = Tap.At(args, row), tap1 = Tap.At(args, row + 1), tap2 = Tap.At(args, row + 2), tap3 = Tap.At(args, row + 3);
        Tile8x8 sum = default;
        for (int first = split * args.DepthPerSplit, stage = 0; first < end; first += DepthStep, stage ^= StageFloat4s)
        {
            for (int half = 0; half < 2; half++)
            {
                int index = first + thread / RowFloat4s + half * 4;
                SourcePixel pixel = SourcePixel.At(args, index, end);
                int at = stage + thread + half * GroupSize;
                shared[at] = args.SourceInFloat4s
                    ? pixel.LoadFloat4(memory, args, tap0, 1)
                    : new Float4(
                        pixel.Load(memory, args, tap0, 1),
                        pixel.Load(memory, args, tap1, 1),
                        pixel.Load(memory, args, tap2, 1),
                        pixel.Load(memory, args, tap3, 1));
                shared[at + SideFloat4s] = MatrixRows.LoadRow(memory, args.B, index, channel, end, args.Channels);
            }

            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.C, split * args.Depth * args.Channels, sum, firstRow, args.Depth, firstChannel, args.Channels, args.Into);
    }

    /// <summary>
    /// Brings eight of the depth, from <paramref name="tap"/> on, of this thread's pixel to shared memory; returns the tap that follows.
    /// </summary>
    private static Tap StageSource(ArrayView<float> memory, in ConvArgs args, SourcePixel pixel, Tap tap, int divisor,
        ArrayView<Float4> shared, int float4)
    {
        ArrayView<float> column = shared.Cast<float>();
        int at = 4 * float4 + Group.IdxX;
        if (args.SourceInFloat4s)
        {
            StoreColumn(column, at, pixel.LoadFloat4(memory, args, tap, divisor));
            tap = tap.Next(args, 4);
            StoreColumn(column, at + 4 * TileSize, pixel.LoadFloat4(memory, args, tap, divisor));
            return tap.Next(args, 4);
        }

        for (int k = 0; k < DepthStep; k++, tap = tap.Next(args, 1))
            column[at + k * TileSize] = pixel.Load(memory, args, tap, divisor);
        return tap;
    }

    /// <summary>The same eight of the depth of the weights to one channel of the result.</summary>
    private static void StageWeightColumn(ArrayView<float> memory, in ConvArgs args, int channel, Tap tap, ArrayView<Float4> shared,
        int float4)
    {
        ArrayView<float> column = shared.Cast<float>();
        int at = 4 * float4 + Group.IdxX;
        if (args.SourceChannels % 4 == 0 && args.B.Aligned != 0)
        {
            StoreColumn(column, at, LoadWeightFloat4(memory, args, channel, tap));
            StoreColumn(column, at + 4 * TileSize, LoadWeightFloat4(memory, args, channel, tap.Next(args, 4)));
            return;
        }

        for (int k = 0; k < DepthStep; k++, tap = tap.Next(args, 1))
            column[at + k * TileSize] = tap.Row < args.Kernel && channel < args.Channels
                ? args.B.Load(memory, WeightAt(args, channel, tap))
                : 0;
    }

    private static Float4 LoadWeightFloat4(ArrayView<float> memory, in ConvArgs args, int channel, Tap tap) =>
        tap.Row < args.Kernel && channel < args.Channels ? args.B.LoadFloat4(memory, WeightAt(args, channel, tap)) : default;

    private static int WeightAt(in ConvArgs args, int channel, Tap tap) =>
        ((tap.Row * args.Kernel + tap.Column) * args.Channels + channel) * args.SourceChannels + tap.Channel;

    private static void StoreColumn(ArrayView<float> column, int at, Float4 values)
    {
        column[at] = values.X;
        column[at + TileSize] = values.Y;
        column[at + 2 * TileSize] = values.Z;
        column[at + 3 * TileSize] = values.W;
    }

    private static void AddProducts(ArrayView<Float4> shared, int stage, ref Tile8x8 sum)
    {
        int row = stage + Group.IdxX / 8, column = stage + SideFloat4s + Group.IdxX % 8;
        for (int k = 0; k < DepthStep; k++, row += RowFloat4s, column += RowFloat4s)
            sum.AddOuter(shared[row], shared[row + RowFloat4s / 2], shared[column], shared[column + RowFloat4s / 2]);
    }

    private static void StoreTile(ArrayView<float> memory, in GpuSpan to, int start, in Tile8x8 sum,
        int firstRow, int rows, int firstColumn, int columns, Into into)
    {
        int row = firstRow + Group.IdxX / 8 * 4, column = firstColumn + Group.IdxX % 8 * 4;
        MatrixRows.StoreBlock(memory, to, start, sum.TopLeft, row, rows, column, columns, into);
        MatrixRows.StoreBlock(memory, to, start, sum.TopRight, row, rows, column + TileSize / 2, columns, into);
        MatrixRows.StoreBlock(memory, to, start, sum.BottomLeft, row + TileSize / 2, rows, column, columns, into);
        MatrixRows.StoreBlock(memory, to, start, sum.BottomRight, row + TileSize / 2, rows, column + TileSize / 2, columns, into);
    }
}
