using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Float32;

/// <summary>
/// The stem of a ResNet: 7x7, stride 2, from 1 to 4 channels. As a matrix product its depth is short and never in whole float4s, and each
/// element would be looked for once a tap. Here a group of 64 threads brings a patch of the input once, channel by channel, and a thread
/// takes a row of it to registers for all seven taps of a row: neighbouring outputs share all but two of its words. Channels of the result
/// come in float4s.
/// </summary>
internal static class StemKernels
{
    public const int GroupSize = 64, Channels = 64;

    public const int ChannelFloat4s = Channels / 4;

    private const int RowTaps = StemTile.Kernel * ChannelFloat4s, MostChannels = 4;

    public static readonly GpuKernel<ConvArgs> Forward = new(ConvStemForward, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackWeight = new(ConvStemBackWeight, GroupSize);

    /// <summary>
    /// Whether these kernels compute the forward pass and the weight gradient, given that weights or dy, and the result, start on 16 bytes.
    /// </summary>
    public static bool Supports(in ConvShape shape) =>
        shape is { Kernel: StemTile.Kernel, Stride: StemTile.Stride, Dilation: 1, InChannels: <= MostChannels }
            && shape.OutChannels % 4 == 0;

    /// <summary>A thread makes a row of eight pixels of the tile, eight channels of each in two runs of four.</summary>
    private static void ConvStemForward(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> patch = SharedMemory.Allocate<Float4>(StemTile.PatchFloat4s),
            weight = SharedMemory.Allocate<Float4>(StemTile.Kernel * RowTaps);
        int thread = Group.IdxX, line = thread / 8, firstChannel = Grid.IdxY * Channels;
        StemTile tile = StemTile.At(args, Grid.IdxX);
        Tile8x8 sum = args.StartFromBias(memory, firstChannel + thread % 8 * 4, Channels / 2);
        for (int channel = 0; channel < args.SourceChannels; channel++)
        {
            Group.Barrier();
            tile.LoadPatch(memory, args, channel, patch);
            LoadWeights(memory, args, channel, firstChannel, weight);
            Group.Barrier();
            long row = line * StemTile.Stride * StemTile.RowFloat4s, taps = thread % 8;
            for (int tapRow = 0; tapRow < StemTile.Kernel; tapRow++, row += StemTile.RowFloat4s, taps += RowTaps)
                AddTapRow(patch.SubView(row, 6), weight.SubView(taps, RowTaps - ChannelFloat4s / 2 + 1), ref sum);
        }

        ArrayView<Float4> to = args.C.Float4sIn(memory);
        int pixel = tile.First(args, line, 0), end = tile.End(args, line), column = firstChannel + thread % 8 * 4;
        MatrixRows.StoreBlock(to, 0, sum.TopLeft, pixel, end, column, args.Channels, Into.Set);
        MatrixRows.StoreBlock(to, 0, sum.TopRight, pixel, end, column + Channels / 2, args.Channels, Into.Set);
        MatrixRows.StoreBlock(to, 0, sum.BottomLeft, pixel + 4, end, column, args.Channels, Into.Set);
        MatrixRows.StoreBlock(to, 0, sum.BottomRight, pixel + 4, end, column + Channels / 2, args.Channels, Into.Set);
    }

    /// <summary>Brings the taps of an input channel to shared memory, 64 output channels of each; zero beyond the last.</summary>
    private static void LoadWeights(ArrayView<float> memory, in ConvArgs args, int channel, int firstChannel, ArrayView<Float4> weight)
    {
        ArrayView<Float4> float4s = args.B.Float4sIn(memory);
        int to = Group.IdxX, float4 = firstChannel / 4 + to % ChannelFloat4s, step = args.SourceChannels * args.Channels / 4,
            from = to / ChannelFloat4s * step + channel * args.Channels / 4 + float4;
        bool isInside = float4 < args.Channels / 4;
        for (; to < StemTile.Kernel * RowTaps; to += GroupSize, from += GroupSize / ChannelFloat4s * step)
            weight[to] = isInside ? float4s[from] : default;
    }

    /// <summary>Seven taps of a row: tap s of the thread's pixel i meets word 2 i + s.</summary>
    private static void AddTapRow(ArrayView<Float4> row, ArrayView<Float4> w, ref Tile8x8 sum)
    {
        Float4 a = row[0L], b = row[1L], c = row[2L], d = row[3L], e = row[4L], f = row[5L];
        sum.AddOuter(new Float4(a.X, a.Z, b.X, b.Z), new Float4(c.X, c.Z, d.X, d.Z), w[0L], w[8L]);
        sum.AddOuter(new Float4(a.Y, a.W, b.Y, b.W), new Float4(c.Y, c.W, d.Y, d.W), w[16L], w[24L]);
        sum.AddOuter(new Float4(a.Z, b.X, b.Z, c.X), new Float4(c.Z, d.X, d.Z, e.X), w[32L], w[40L]);
        sum.AddOuter(new Float4(a.W, b.Y, b.W, c.Y), new Float4(c.W, d.Y, d.W, e.Y), w[48L], w[56L]);
        sum.AddOuter(new Float4(b.X, b.Z, c.X, c.Z), new Float4(d.X, d.Z, e.X, e.Z), w[64L], w[72L]);
        sum.AddOuter(new Float4(b.Y, b.W, c.Y, c.W), new Float4(d.Y, d.W, e.Y, e.W), w[80L], w[88L]);
        sum.AddOuter(new Float4(b.Z, c.X, c.Z, d.X), new Float4(d.Z, e.X, e.Z, f.X), w[96L], w[104L]);
    }

    /// <summary>
    /// A thread makes a row of seven taps of eight channels; an eighth of the threads idles. The grid's x counts input channels, y tiles of
    /// channels times splits; a split is a run of tiles of pixels, with its own copy of the result.
    /// </summary>
    private static void ConvStemBackWeight(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> patch = SharedMemory.Allocate<Float4>(StemTile.PatchFloat4s),
            gradient = SharedMemory.Allocate<Float4>(StemTile.Pixels * ChannelFloat4s);
        int thread = Group.IdxX, tapRow = thread / 8, columnTiles = (args.Channels + Channels - 1) / Channels,
            tilesPerSplit = args.DepthPerSplit / StemTile.Pixels;
        int firstChannel = Grid.IdxY % columnTiles * Channels, split = Grid.IdxY / columnTiles,
            end = IntrinsicMath.Min((split + 1) * tilesPerSplit, StemTile.Count(args));
        Tile8x8 sum = default; // rows: taps
        for (int number = split * tilesPerSplit; number < end; number++)
        {
            StemTile tile = StemTile.At(args, number);
            Group.Barrier();
            tile.LoadPatch(memory, args, Grid.IdxX, patch);
            tile.LoadPixels(memory, args, args.B, firstChannel, gradient);
            Group.Barrier();
            long row = tapRow * StemTile.RowFloat4s, pixels = thread % 8;
            const int NextRow = StemTile.Stride * StemTile.RowFloat4s, NextPixels = StemTile.Side * ChannelFloat4s;
            for (int line = 0; line < StemTile.Side; line++, row += NextRow, pixels += NextPixels)
            {
                AddFourPixels(patch.SubView(row, 4), gradient.SubView(pixels, 4 * ChannelFloat4s - ChannelFloat4s / 2 + 1), ref sum);
                AddFourPixels(patch.SubView(row + 2, 4),
                    gradient.SubView(pixels + 4 * ChannelFloat4s, 4 * ChannelFloat4s - ChannelFloat4s / 2 + 1), ref sum);
            }
        }

        if (tapRow == StemTile.Kernel)
            return;
        ArrayView<Float4> to = args.C.Float4sIn(memory);
        int step = args.Channels / 4, next = args.SourceChannels * step, float4 = firstChannel / 4 + thread % 8;
        int at = (split * args.Depth + tapRow * StemTile.Kernel * args.SourceChannels + Grid.IdxX) * step + float4;
        StoreTaps(to, at, next, sum.TopLeft, sum.BottomLeft, float4 < step, args.Into);
        StoreTaps(to, at + 8, next, sum.TopRight, sum.BottomRight, float4 + 8 < step, args.Into);
    }

    /// <summary>Four pixels of a row, whose seven taps begin two words apart.</summary>
    private static void AddFourPixels(ArrayView<Float4> row, ArrayView<Float4> dy, ref Tile8x8 sum)
    {
        Float4 a = row[0L], b = row[1L], c = row[2L], d = row[3L];
        AddPixel(a, b.X, b.Y, b.Z, dy[0L], dy[8L], ref sum);
        AddPixel(new Float4(a.Z, a.W, b.X, b.Y), b.Z, b.W, c.X, dy[16L], dy[24L], ref sum);
        AddPixel(b, c.X, c.Y, c.Z, dy[32L], dy[40L], ref sum);
        AddPixel(new Float4(b.Z, b.W, c.X, c.Y), c.Z, c.W, d.X, dy[48L], dy[56L], ref sum);
    }

    private static void AddPixel(Float4 taps, float tap4, float tap5, float tap6, Float4 left, Float4 right, ref Tile8x8 sum)
    {
        sum.TopLeft.AddOuter(taps, left);
        sum.TopRight.AddOuter(taps, right);
        sum.BottomLeft.Row0 = Float4.MultiplyAdd(tap4, left, sum.BottomLeft.Row0);
        sum.BottomRight.Row0 = Float4.MultiplyAdd(tap4, right, sum.BottomRight.Row0);
        sum.BottomLeft.Row1 = Float4.MultiplyAdd(tap5, left, sum.BottomLeft.Row1);
        sum.BottomRight.Row1 = Float4.MultiplyAdd(tap5, right, sum.BottomRight.Row1);
        sum.BottomLeft.Row2 = Float4.MultiplyAdd(tap6, left, sum.BottomLeft.Row2);
        sum.BottomRight.Row2 = Float4.MultiplyAdd(tap6, right, sum.BottomRight.Row2);
    }

    private static void StoreTaps(ArrayView<Float4> to, int at, int next, in Tile4x4 first, in Tile4x4 last, bool isInside, Into into)
    {
        MatrixRows.StoreFloat4(to, at, first.Row0, isInside, into);
        MatrixRows.StoreFloat4(to, at + next, first.Row1, isInside, into);
        MatrixRows.StoreFloat4(to, at + 2 * next, first.Row2, isInside, into);
        MatrixRows.StoreFloat4(to, at + 3 * next, first.Row3, isInside, into);
        MatrixRows.StoreFloat4(to, at + 4 * next, last.Row0, isInside, into);
        MatrixRows.StoreFloat4(to, at + 5 * next, last.Row1, isInside, into);
        MatrixRows.StoreFloat4(to, at + 6 * next, last.Row2, isInside, into);
    }
}
