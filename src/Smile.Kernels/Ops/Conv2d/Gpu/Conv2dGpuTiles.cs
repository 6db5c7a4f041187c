using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>
/// Convolution as implicit matrix product where channels come in whole quads: the depth goes by eights, of which a tap has a whole number, so that a
/// tap's place in the source is found once a tap and the main loop only moves on. A step's quads are asked for before the products of the step before, and
/// written to the other stage of shared memory after them: one barrier a step.
/// </summary>
internal static class ConvTiles
{
    /// <summary>Where no source is: far enough below zero to stay there.</summary>
    private const int Nowhere = int.MinValue / 2;

    public static readonly GpuKernel<ConvArgs> Forward64 = new(ConvForward64, Block<Tile64>.Threads), Forward128 = new(ConvForward128, Block<Tile128>.Threads);
    public static readonly GpuKernel<ConvArgs> BackInput64 = new(ConvBackInput64, Block<Tile64>.Threads), BackInput128 = new(ConvBackInput128, Block<Tile128>.Threads);
    public static readonly GpuKernel<ConvArgs> BackWeight64 = new(ConvBackWeight64, Block<Tile64>.Threads), BackWeight128 = new(ConvBackWeight128, Block<Tile128>.Threads);

    private static void ConvForward64(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile64>(memory, args, false);

    private static void ConvForward128(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile128>(memory, args, false);

    private static void ConvBackInput64(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile64>(memory, args, true);

    private static void ConvBackInput128(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile128>(memory, args, true);

    private static void ConvBackWeight64(ArrayView<float> memory, ConvArgs args) => OverPixels<Tile64>(memory, args);

    private static void ConvBackWeight128(ArrayView<float> memory, ConvArgs args) => OverPixels<Tile128>(memory, args);

    /// <summary>
    /// (Pixels, Depth) x (Depth, Channels). Two neighbouring threads bring the two quads of a pixel's eight channels: whole sectors. For the input
    /// gradient the weights lie with the depth fastest and are brought the same way. Lines beyond the result's last repeat it and are not stored.
    /// </summary>
    private static void OverTaps<TTile>(ArrayView<float> memory, in ConvArgs args, bool isInputGradient)
        where TTile : struct, IBlockTile
    {
        ArrayView<Float4> shared = Block<TTile>.Allocate(), source = args.Source.QuadsIn(memory), weight = args.Weight.QuadsIn(memory);
        ArrayView<float> words = shared.Cast<float>();
        int thread = Group.IdxX, half = thread % 2, line = thread / 2, firstPixel = Grid.IdxX * TTile.Size, firstChannel = Grid.IdxY * TTile.Size;
        SourcePixel pixel0 = Pixel(args, firstPixel + line), pixel1 = Pixel(args, firstPixel + line + TTile.Size / 2);

        // Forward: a quad of channels at one depth. Input gradient: a quad of the depth of one channel.
        int rowQuads = (isInputGradient ? args.SourceChannels : args.Channels) / 4;
        int weight0 = isInputGradient
            ? IntrinsicMath.Min(firstChannel + line, args.Channels - 1) * rowQuads + half
            : thread / Block<TTile>.Side * rowQuads + IntrinsicMath.Min(firstChannel / 4 + thread % Block<TTile>.Side, rowQuads - 1);
        int weight1 = isInputGradient
            ? IntrinsicMath.Min(firstChannel + line + TTile.Size / 2, args.Channels - 1) * rowQuads + half
            : weight0 + Panel.Depth / 2 * rowQuads;

        Tap tap = default;
        int source0 = First(pixel0, args, tap, half, isInputGradient), source1 = First(pixel1, args, tap, half, isInputGradient), left = args.SourceChannels;
        Float4 a0 = Load(source, source0), a1 = Block<TTile>.BringsTwo ? Load(source, source1) : default;
        Float4 b0 = weight[weight0], b1 = Block<TTile>.BringsTwo ? weight[weight1] : default;
        Tile8x8 sum = isInputGradient ? default : StartFromBias<TTile>(memory, args, firstChannel);

        // Places in shared memory go to and fro between the stages: sums that run on, which the compiler does not make anew in each step.
        long rows = Block<TTile>.RowPanel * Panel.Quads, columns = Block<TTile>.SideQuads + Block<TTile>.ColumnPanel * Panel.Quads;
        int column0 = line / 4 * Panel.Words + half * 16 + line % 4, column1 = column0 + TTile.Size / 8 * Panel.Words, row = Block<TTile>.SideQuads + RowQuad<TTile>(thread);
        int toOther = Block<TTile>.Stage;
        for (int steps = args.Depth / Panel.Depth; ; steps--)
        {
            PutColumn(words, column0, a0);
            if (Block<TTile>.BringsTwo)
                PutColumn(words, column1, a1);
            if (isInputGradient)
            {
                PutColumn(words, column0 + 4 * Block<TTile>.SideQuads, b0);
                if (Block<TTile>.BringsTwo)
                    PutColumn(words, column1 + 4 * Block<TTile>.SideQuads, b1);
            }
            else
            {
                shared[row] = b0;
                if (Block<TTile>.BringsTwo)
                    shared[row + Panel.Depth / 2] = b1;
            }

            Group.Barrier();
            if (steps > 1)
            {
                left -= Panel.Depth;
                source0 += Panel.Depth / 4;
                source1 += Panel.Depth / 4;
                weight0 += isInputGradient ? Panel.Depth / 4 : 2 * args.Channels;
                weight1 += isInputGradient ? Panel.Depth / 4 : 2 * args.Channels;
                if (left == 0)
                {
                    left = args.SourceChannels;
                    tap = tap.Next(args, left);
                    source0 = First(pixel0, args, tap, half, isInputGradient);
                    source1 = First(pixel1, args, tap, half, isInputGradient);
                    if (isInputGradient)
                    {
                        weight0 += (args.Channels - 1) * rowQuads;
                        weight1 += (args.Channels - 1) * rowQuads;
                    }
                }

                a0 = Load(source, source0);
                b0 = weight[weight0];
                if (Block<TTile>.BringsTwo)
                {
                    a1 = Load(source, source1);
                    b1 = weight[weight1];
                }
            }

            Block<TTile>.AddProducts(shared, rows, columns, ref sum);
            if (steps <= 1)
                break;
            rows += toOther;
            columns += toOther;
            row += toOther;
            column0 += 4 * toOther;
            column1 += 4 * toOther;
            toOther = -toOther;
        }

        StoreTile<TTile>(memory, args.Destination, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, args.Accumulate);
    }

    /// <summary>
    /// (Depth, Pixels) x (Pixels, Channels), each split of the pixels into its own copy of the result. A thread brings a quad of one tap, which stays the
    /// same, from every eighth pixel, and a quad of that pixel's gradient.
    /// </summary>
    private static void OverPixels<TTile>(ArrayView<float> memory, in ConvArgs args)
        where TTile : struct, IBlockTile
    {
        ArrayView<Float4> shared = Block<TTile>.Allocate(), source = args.Source.QuadsIn(memory), gradient = args.Weight.QuadsIn(memory);
        int thread = Group.IdxX, line = thread / Block<TTile>.Side, quad = thread % Block<TTile>.Side;
        int columnTiles = (args.Channels + TTile.Size - 1) / TTile.Size, split = Grid.IdxY / columnTiles;
        int firstRow = Grid.IdxX * TTile.Size, firstChannel = Grid.IdxY % columnTiles * TTile.Size;
        int first = split * args.PixelsPerSplit, count = IntrinsicMath.Min(args.Pixels - first, args.PixelsPerSplit);
        Tap tap = Tap.At(args, IntrinsicMath.Min(firstRow + quad * 4, args.Depth - 4));
        PixelWalk pixel0 = PixelWalk.At(args, first + line, tap), pixel1 = PixelWalk.At(args, first + line + Panel.Depth / 2, tap);
        int channelQuads = args.Channels / 4, gradient0 = (first + line) * channelQuads + IntrinsicMath.Min(firstChannel / 4 + quad, channelQuads - 1);
        int gradient1 = gradient0 + Panel.Depth / 2 * channelQuads, left = count - line;

        Float4 a0 = Load(source, left > 0 ? pixel0.Quad(args) : Nowhere), b0 = Load(gradient, left > 0 ? gradient0 : Nowhere), a1 = default, b1 = default;
        if (Block<TTile>.BringsTwo)
        {
            a1 = Load(source, left > Panel.Depth / 2 ? pixel1.Quad(args) : Nowhere);
            b1 = Load(gradient, left > Panel.Depth / 2 ? gradient1 : Nowhere);
        }

        Tile8x8 sum = default;
        long rows = Block<TTile>.RowPanel * Panel.Quads, columns = Block<TTile>.SideQuads + Block<TTile>.ColumnPanel * Panel.Quads;
        int row = RowQuad<TTile>(thread), toOther = Block<TTile>.Stage;
        for (int steps = (count + Panel.Depth - 1) / Panel.Depth; ; steps--)
        {
            shared[row] = a0;
            shared[row + Block<TTile>.SideQuads] = b0;
            if (Block<TTile>.BringsTwo)
            {
                shared[row + Panel.Depth / 2] = a1;
                shared[row + Panel.Depth / 2 + Block<TTile>.SideQuads] = b1;
            }

            Group.Barrier();
            if (steps > 1)
            {
                left -= Panel.Depth;
                gradient0 += 2 * args.Channels;
                gradient1 += 2 * args.Channels;
                pixel0.Move(args);
                pixel1.Move(args);
                a0 = Load(source, left > 0 ? pixel0.Quad(args) : Nowhere);
                b0 = Load(gradient, left > 0 ? gradient0 : Nowhere);
                if (Block<TTile>.BringsTwo)
                {
                    a1 = Load(source, left > Panel.Depth / 2 ? pixel1.Quad(args) : Nowhere);
                    b1 = Load(gradient, left > Panel.Depth / 2 ? gradient1 : Nowhere);
                }
            }

            Block<TTile>.AddProducts(shared, rows, columns, ref sum);
            if (steps <= 1)
                break;
            rows += toOther;
            columns += toOther;
            row += toOther;
            toOther = -toOther;
        }

        StoreTile<TTile>(memory, args.Destination, split * args.Depth * channelQuads, sum, firstRow, args.Depth, firstChannel, args.Channels, args.Accumulate);
    }

    /// <summary>The pixel at that index, or the last.</summary>
    private static SourcePixel Pixel(in ConvArgs args, int index) => SourcePixel.At(args, IntrinsicMath.Min(index, args.Pixels - 1), args.Pixels);

    /// <summary>The first quad that a tap of this thread meets.</summary>
    private static int First(SourcePixel pixel, in ConvArgs args, Tap tap, int half, bool isInputGradient)
    {
        int at = pixel.Find(args, tap, isInputGradient ? args.Divisor : 1);
        return at < 0 ? Nowhere : at / 4 + half;
    }

    private static Float4 Load(ArrayView<Float4> quads, int at) => at < 0 ? default : quads[at];

    /// <summary>Where in a side's panels this thread's quad of four lines lies.</summary>
    private static int RowQuad<TTile>(int thread)
        where TTile : struct, IBlockTile => thread % Block<TTile>.Side * Panel.Quads + thread / Block<TTile>.Side;

    private static void PutColumn(ArrayView<float> words, int at, Float4 values)
    {
        ArrayView<float> column = words.SubView(at, 13);
        column[0L] = values.X;
        column[4L] = values.Y;
        column[8L] = values.Z;
        column[12L] = values.W;
    }

    private static Tile8x8 StartFromBias<TTile>(ArrayView<float> memory, in ConvArgs args, int firstChannel)
        where TTile : struct, IBlockTile
    {
        int channel = firstChannel + 4 * Block<TTile>.ColumnPanel;
        Tile4x4 left = Tile4x4.Rows(args.Bias.Load4(memory, channel)), right = Tile4x4.Rows(args.Bias.Load4(memory, channel + TTile.Size / 2));
        return new Tile8x8 { TopLeft = left, TopRight = right, BottomLeft = left, BottomRight = right };
    }

    public static void StoreTile<TTile>(ArrayView<float> memory, in GpuSpan to, int start, in Tile8x8 sum, int firstRow, int rows, int firstColumn, int columns, int accumulate)
        where TTile : struct, IBlockTile
    {
        ArrayView<Float4> quads = to.QuadsIn(memory);
        int row = firstRow + 4 * Block<TTile>.RowPanel, column = firstColumn + 4 * Block<TTile>.ColumnPanel, far = TTile.Size / 2;
        StoreBlock(quads, start, sum.TopLeft, row, rows, column, columns, accumulate);
        StoreBlock(quads, start, sum.TopRight, row, rows, column + far, columns, accumulate);
        StoreBlock(quads, start, sum.BottomLeft, row + far, rows, column, columns, accumulate);
        StoreBlock(quads, start, sum.BottomRight, row + far, rows, column + far, columns, accumulate);
    }

    public static void StoreBlock(ArrayView<Float4> quads, int start, in Tile4x4 block, int row, int rows, int column, int columns, int accumulate)
    {
        if (column >= columns)
            return;
        int step = columns / 4, at = start + row * step + column / 4;
        StoreQuad(quads, at, block.Row0, row < rows, accumulate);
        StoreQuad(quads, at + step, block.Row1, row + 1 < rows, accumulate);
        StoreQuad(quads, at + 2 * step, block.Row2, row + 2 < rows, accumulate);
        StoreQuad(quads, at + 3 * step, block.Row3, row + 3 < rows, accumulate);
    }

    public static void StoreQuad(ArrayView<Float4> quads, int at, Float4 values, bool isInside, int accumulate)
    {
        if (isInside)
            quads[at] = accumulate != 0 ? quads[at] + values : values;
    }
}

/// <summary>A pixel of the grid that moves on by eight, and where its one tap meets the source: rows and columns are the source's.</summary>
internal struct PixelWalk
{
    private int _image, _row, _column, _endRow, _endColumn, _moveImage, _moveRow, _moveColumn, _channel;

    /// <summary>The pixel at <paramref name="index"/>.</summary>
    public static PixelWalk At(in ConvArgs args, int index, Tap tap)
    {
        int firstRow = args.Shift + tap.Row * args.TapStep, firstColumn = args.Shift + tap.Column * args.TapStep, row = index / args.Columns, moveRows = Panel.Depth / args.Columns;
        return new PixelWalk
        {
            _image = row / args.Rows * args.SourceRows,
            _row = row % args.Rows * args.Scale + firstRow,
            _column = index % args.Columns * args.Scale + firstColumn,
            _endRow = args.Rows * args.Scale + firstRow,
            _endColumn = args.Columns * args.Scale + firstColumn,
            _moveImage = moveRows / args.Rows * args.SourceRows,
            _moveRow = moveRows % args.Rows * args.Scale,
            _moveColumn = Panel.Depth % args.Columns * args.Scale,
            _channel = tap.Channel / 4,
        };
    }

    /// <summary>To the pixel eight further: at most once over the end of a row and once over that of an image.</summary>
    public void Move(in ConvArgs args)
    {
        _column += _moveColumn;
        _row += _moveRow;
        _image += _moveImage;
        if (_column >= _endColumn)
        {
            _column -= args.Columns * args.Scale;
            _row += args.Scale;
        }

        if (_row >= _endRow)
        {
            _row -= args.Rows * args.Scale;
            _image += args.SourceRows;
        }
    }

    /// <summary>The quad that the tap meets; negative outside the source.</summary>
    public readonly int Quad(in ConvArgs args) =>
        (uint)_row < (uint)args.SourceRows && (uint)_column < (uint)args.SourceColumns
            ? ((_image + _row) * args.SourceColumns + _column) * (args.SourceChannels / 4) + _channel
            : -1;
}
