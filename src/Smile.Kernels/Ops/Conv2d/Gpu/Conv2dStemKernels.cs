using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>
/// A tile of 8 x 8 output pixels of a 7x7 convolution with stride 2, and one channel of the input that its taps meet: 22 rows of 24 words in shared memory, zero outside the image. Rows lie 28 words apart: so the
/// quads that a warp reads, of every row or of every second, lie in banks of their own.
/// </summary>
internal readonly struct StemTile
{
    public const int Side = 8, Pixels = Side * Side, Kernel = 7, Stride = 2;

    /// <summary>Quads from one row of the patch to the next, and of all.</summary>
    public const int RowQuads = 7, PatchQuads = PatchRows * RowQuads;

    // One row more than the taps of the last pixel reach: the weight gradient's eighth row of taps is nobody's, but it is read.
    private const int PatchRows = (Side - 1) * Stride + Kernel + 1, PatchColumns = 24, WarpRows = StemKernels.GroupSize / 32;

    private readonly int _image, _row, _column;

    private StemTile(int image, int row, int column) => (_image, _row, _column) = (image, row, column);

    /// <summary>Tiles that cover the output.</summary>
    public static int Count(in ConvArgs args) => args.Pixels / (args.Rows * args.Columns) * Across(args.Rows) * Across(args.Columns);

    /// <summary>The tile at that number: columns fastest, then rows.</summary>
    public static StemTile At(in ConvArgs args, int number)
    {
        int across = Across(args.Columns), down = Across(args.Rows), row = number / across;
        return new StemTile(row / down, row % down * Side, number % across * Side);
    }

    /// <summary>Brings a channel of the input to shared memory, every second row a warp.</summary>
    public void LoadPatch(ArrayView<float> memory, in ConvArgs args, int channel, ArrayView<Float4> patch)
    {
        int column = Group.IdxX % 32, row = Group.IdxX / 32, sourceColumn = _column * Stride + args.Shift + column, sourceRow = _row * Stride + args.Shift + row;
        if (column >= PatchColumns)
            return;
        ArrayView<float> source = args.Source.In(memory), words = patch.Cast<float>();
        int lastRow = (uint)sourceColumn < (uint)args.SourceColumns ? args.SourceRows : 0, step = WarpRows * args.SourceColumns * args.SourceChannels;
        int from = ((_image * args.SourceRows + sourceRow) * args.SourceColumns + sourceColumn) * args.SourceChannels + channel, to = row * (4 * RowQuads) + column;
        for (int rows = PatchRows / WarpRows; rows > 0; rows--, sourceRow += WarpRows, from += step, to += WarpRows * 4 * RowQuads)
            words[to] = (uint)sourceRow < (uint)lastRow ? source[from] : 0;
    }

    /// <summary>Brings 64 channels, in quads, of the tile's pixels to shared memory; zero beyond the image and the last channel.</summary>
    public void LoadPixels(ArrayView<float> memory, in ConvArgs args, in GpuSpan values, int firstChannel, ArrayView<Float4> pixels)
    {
        const int Quads = StemKernels.ChannelQuads, Apart = StemKernels.GroupSize / Quads;
        ArrayView<Float4> quads = values.QuadsIn(memory);
        int to = Group.IdxX, column = to / Quads, channel = firstChannel / 4 + to % Quads, step = args.Channels / 4, from = First(args, 0, column) * step + channel;
        int rows = channel < step ? args.Rows - _row : 0, rows0 = _column + column < args.Columns ? rows : 0, rows1 = _column + column + Apart < args.Columns ? rows : 0;
        for (int row = 0; row < Side; row++, from += args.Columns * step, to += Side * Quads)
        {
            pixels[to] = row < rows0 ? quads[from] : default;
            pixels[to + Apart * Quads] = row < rows1 ? quads[from + Apart * step] : default;
        }
    }

    /// <summary>The output pixel in that row and column of the tile, which may lie beyond the image.</summary>
    public int First(in ConvArgs args, int row, int column) => (_image * args.Rows + _row + row) * args.Columns + _column + column;

    /// <summary>The pixel behind the last in that row of the tile; 0 beyond the image.</summary>
    public int End(in ConvArgs args, int row) => _row + row < args.Rows ? (_image * args.Rows + _row + row + 1) * args.Columns : 0;

    private static int Across(int pixels) => (pixels + Side - 1) / Side;
}

/// <summary>
/// The stem of a ResNet: 7x7, stride 2, from 1 to 4 channels. As a matrix product its depth is short and never in whole quads, and each element would be looked for once a tap. Here a group of 64 threads
/// brings a patch of the input once, channel by channel, and a thread takes a row of it to registers for all seven taps of a row: neighbouring outputs share all but two of its words. Channels of the result come in quads.
/// </summary>
internal static class StemKernels
{
    public const int GroupSize = 64, Channels = ConvKernels.TileSize;

    public const int ChannelQuads = Channels / 4;

    private const int RowTaps = StemTile.Kernel * ChannelQuads, MostChannels = 4;

    public static readonly GpuKernel<ConvArgs> Forward = new(ConvStemForward, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackWeight = new(ConvStemBackWeight, GroupSize);

    /// <summary>Whether a pass over outputs is one that these kernels compute.</summary>
    public static bool Take(in ConvArgs args) => args is { Kernel: StemTile.Kernel, Scale: StemTile.Stride, TapStep: 1, SourceChannels: <= MostChannels }
        && args.Channels % 4 == 0 && (args.Weight.Aligned & args.Destination.Aligned) != 0;

    /// <summary>A thread makes a row of eight pixels of the tile, eight channels of each in two runs of four.</summary>
    private static void ConvStemForward(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> patch = SharedMemory.Allocate<Float4>(StemTile.PatchQuads), weight = SharedMemory.Allocate<Float4>(StemTile.Kernel * RowTaps);
        int thread = Group.IdxX, line = thread / 8, firstChannel = Grid.IdxY * Channels;
        StemTile tile = StemTile.At(args, Grid.IdxX);
        Tile8x8 sum = ConvKernels.StartFromBias(memory, args, firstChannel);
        for (int channel = 0; channel < args.SourceChannels; channel++)
        {
            Group.Barrier();
            tile.LoadPatch(memory, args, channel, patch);
            LoadWeights(memory, args, channel, firstChannel, weight);
            Group.Barrier();
            long row = line * StemTile.Stride * StemTile.RowQuads, taps = thread % 8;
            for (int tapRow = 0; tapRow < StemTile.Kernel; tapRow++, row += StemTile.RowQuads, taps += RowTaps)
                AddTapRow(patch.SubView(row, 6), weight.SubView(taps, RowTaps - ChannelQuads / 2 + 1), ref sum);
        }

        ArrayView<Float4> to = args.Destination.QuadsIn(memory);
        int pixel = tile.First(args, line, 0), end = tile.End(args, line), column = firstChannel + thread % 8 * 4;
        ConvTiles.StoreBlock(to, 0, sum.TopLeft, pixel, end, column, args.Channels, 0);
        ConvTiles.StoreBlock(to, 0, sum.TopRight, pixel, end, column + Channels / 2, args.Channels, 0);
        ConvTiles.StoreBlock(to, 0, sum.BottomLeft, pixel + 4, end, column, args.Channels, 0);
        ConvTiles.StoreBlock(to, 0, sum.BottomRight, pixel + 4, end, column + Channels / 2, args.Channels, 0);
    }

    /// <summary>Brings the taps of an input channel to shared memory, 64 output channels of each; zero beyond the last.</summary>
    private static void LoadWeights(ArrayView<float> memory, in ConvArgs args, int channel, int firstChannel, ArrayView<Float4> weight)
    {
        ArrayView<Float4> quads = args.Weight.QuadsIn(memory);
        int to = Group.IdxX, quad = firstChannel / 4 + to % ChannelQuads, step = args.SourceChannels * args.Channels / 4, from = to / ChannelQuads * step + channel * args.Channels / 4 + quad;
        for (bool isInside = quad < args.Channels / 4; to < StemTile.Kernel * RowTaps; to += GroupSize, from += GroupSize / ChannelQuads * step)
            weight[to] = isInside ? quads[from] : default;
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
    /// A thread makes a row of seven taps of eight channels; an eighth of the threads idles. The grid's x counts input channels, y tiles of channels times splits; a split is a run of tiles of pixels, with its own
    /// copy of the result.
    /// </summary>
    private static void ConvStemBackWeight(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> patch = SharedMemory.Allocate<Float4>(StemTile.PatchQuads), gradient = SharedMemory.Allocate<Float4>(StemTile.Pixels * ChannelQuads);
        int thread = Group.IdxX, tapRow = thread / 8, columnTiles = (args.Channels + Channels - 1) / Channels, tilesPerSplit = args.PixelsPerSplit / StemTile.Pixels;
        int firstChannel = Grid.IdxY % columnTiles * Channels, split = Grid.IdxY / columnTiles, end = IntrinsicMath.Min((split + 1) * tilesPerSplit, StemTile.Count(args));
        Tile8x8 sum = default; // rows: taps
        for (int number = split * tilesPerSplit; number < end; number++)
        {
            StemTile tile = StemTile.At(args, number);
            Group.Barrier();
            tile.LoadPatch(memory, args, Grid.IdxX, patch);
            tile.LoadPixels(memory, args, args.Weight, firstChannel, gradient);
            Group.Barrier();
            long row = tapRow * StemTile.RowQuads, pixels = thread % 8;
            for (int line = 0; line < StemTile.Side; line++, row += StemTile.Stride * StemTile.RowQuads, pixels += StemTile.Side * ChannelQuads)
            {
                AddFourPixels(patch.SubView(row, 4), gradient.SubView(pixels, 4 * ChannelQuads - ChannelQuads / 2 + 1), ref sum);
                AddFourPixels(patch.SubView(row + 2, 4), gradient.SubView(pixels + 4 * ChannelQuads, 4 * ChannelQuads - ChannelQuads / 2 + 1), ref sum);
            }
        }

        if (tapRow == StemTile.Kernel)
            return;
        ArrayView<Float4> to = args.Destination.QuadsIn(memory);
        int step = args.Channels / 4, next = args.SourceChannels * step, quad = firstChannel / 4 + thread % 8;
        int at = (split * args.Depth + tapRow * StemTile.Kernel * args.SourceChannels + Grid.IdxX) * step + quad;
        StoreTaps(to, at, next, sum.TopLeft, sum.BottomLeft, quad < step, args.Accumulate);
        StoreTaps(to, at + 8, next, sum.TopRight, sum.BottomRight, quad + 8 < step, args.Accumulate);
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

    private static void StoreTaps(ArrayView<Float4> to, int at, int next, in Tile4x4 first, in Tile4x4 last, bool isInside, int accumulate)
    {
        ConvTiles.StoreQuad(to, at, first.Row0, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + next, first.Row1, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + 2 * next, first.Row2, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + 3 * next, first.Row3, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + 4 * next, last.Row0, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + 5 * next, last.Row1, isInside, accumulate);
        ConvTiles.StoreQuad(to, at + 6 * next, last.Row2, isInside, accumulate);
    }
}
