using ILGPU;
using Smile.Kernels.Gpu;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>
/// A convolution pass as a matrix product whose left side is gathered from the source while it is loaded. The pixels are those of the pass's own
/// grid, (Rows, Columns); pixel (p, q) and tap (r, s) meet the source at ((p * Scale + Shift + r * TapStep) / Divisor, ...) where that division leaves no rest.
/// Forward and weight gradient: the grid is the output's, the source x. Input gradient: the grid is the input's, the source dy.
/// </summary>
internal struct ConvArgs
{
    public GpuSpan Source, Weight, Bias, Destination;
    public int SourceRows, SourceColumns, SourceChannels;
    public int Rows, Columns, Channels;
    public int Pixels, PixelsPerSplit;
    public int Kernel, Scale, Shift, TapStep, Divisor;
    public int Accumulate;

    /// <summary>Taps x source channels.</summary>
    public readonly int Depth => Kernel * Kernel * SourceChannels;

    /// <summary>Whether the source's channels come in whole multiples of <paramref name="channels"/> and everything can be accessed in quads: what <see cref="ConvTiles"/> take.</summary>
    public readonly bool InQuads(int channels) => SourceChannels % channels == 0 && Channels % 4 == 0 && (Source.Aligned & Weight.Aligned & Destination.Aligned) != 0;

    /// <summary>Whether four channels of the source can be read at once.</summary>
    public readonly bool SourceInQuads => SourceChannels % 4 == 0 && Source.Aligned != 0;
}

/// <summary>A tap of the kernel and a source channel.</summary>
internal struct Tap
{
    public int Row, Column, Channel;

    /// <summary>The tap and channel at that depth: channels fastest, then columns.</summary>
    public static Tap At(in ConvArgs args, int depth)
    {
        int tap = depth / args.SourceChannels;
        return new Tap { Row = tap / args.Kernel, Column = tap % args.Kernel, Channel = depth % args.SourceChannels };
    }

    /// <summary>The tap <paramref name="channels"/> deeper; at most as many as a tap has.</summary>
    public readonly Tap Next(in ConvArgs args, int channels)
    {
        Tap next = this;
        next.Channel += channels;
        if (next.Channel >= args.SourceChannels)
        {
            next.Channel -= args.SourceChannels;
            next.Column++;
            if (next.Column == args.Kernel)
            {
                next.Column = 0;
                next.Row++;
            }
        }

        return next;
    }
}

/// <summary>A pixel of the pass's grid, seen from the source: where its taps meet the source.</summary>
internal struct SourcePixel
{
    private int _image, _row, _column, _exists;

    /// <summary>The pixel at <paramref name="index"/>, which meets nothing from <paramref name="end"/> on.</summary>
    public static SourcePixel At(in ConvArgs args, int index, int end)
    {
        int row = index / args.Columns;
        return new SourcePixel
        {
            _image = row / args.Rows * args.SourceRows,
            _row = row % args.Rows * args.Scale + args.Shift,
            _column = index % args.Columns * args.Scale + args.Shift,
            _exists = index < end ? 1 : 0,
        };
    }

    /// <summary>What the tap meets; zero outside the source. A divisor that is a constant 1 leaves no trace in the kernel.</summary>
    public readonly float Load(ArrayView<float> memory, in ConvArgs args, Tap tap, int divisor)
    {
        int at = Find(args, tap, divisor);
        return at < 0 ? 0 : args.Source.Load(memory, at);
    }

    /// <summary>Four channels at once; see <see cref="ConvArgs.SourceInQuads"/>.</summary>
    public readonly Float4 LoadQuad(ArrayView<float> memory, in ConvArgs args, Tap tap, int divisor)
    {
        int at = Find(args, tap, divisor);
        return at < 0 ? default : args.Source.LoadQuad(memory, at);
    }

    /// <summary>The word of the source that the tap meets; negative outside it.</summary>
    public readonly int Find(in ConvArgs args, Tap tap, int divisor)
    {
        int row = _row + tap.Row * args.TapStep, column = _column + tap.Column * args.TapStep;
        if (divisor > 1)
        {
            if (row % divisor != 0 || column % divisor != 0)
                return -1;
            row /= divisor;
            column /= divisor;
        }

        bool inside = _exists != 0 && tap.Row < args.Kernel && row >= 0 && row < args.SourceRows && column >= 0 && column < args.SourceColumns;
        return inside ? ((_image + row) * args.SourceColumns + column) * args.SourceChannels + tap.Channel : -1;
    }
}

internal readonly struct SplitArgs(GpuSpan splits, int count, GpuSpan destination, int accumulate)
{
    public readonly GpuSpan Splits = splits, Destination = destination;
    public readonly int Count = count, Accumulate = accumulate;
}

internal readonly struct BiasArgs(Columns columns, GpuSpan dy, GpuSpan dbias, int accumulate)
{
    public readonly Columns Columns = columns;
    public readonly GpuSpan Dy = dy, Dbias = dbias;
    public readonly int Accumulate = accumulate;
}

/// <summary>
/// Convolution as implicit matrix product: a group of 64 threads makes a 64x64 tile of the result, a thread 8x8 of it, eight deep at a
/// time from shared memory. Two stages of shared memory make one barrier a step enough: a thread writes a stage again only after the barrier that all
/// threads reach when they have read it.
/// </summary>
internal static class ConvKernels
{
    public const int GroupSize = 64, TileSize = 64, DepthStep = 8;

    private const int RowQuads = TileSize / 4, SideQuads = DepthStep * RowQuads, StageQuads = 2 * SideQuads;

    public static readonly GpuKernel<ConvArgs> ForwardAny = new(ConvForwardAny, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackInputAny = new(ConvBackInputAny, GroupSize);
    public static readonly GpuKernel<ConvArgs> BackWeightAny = new(ConvBackWeightAny, GroupSize);
    public static readonly GpuKernel<SplitArgs> SumSplits = new(ConvSumSplits, GpuKernel.AnyGroup);
    public static readonly GpuKernel<BiasArgs> BiasPartials = new(ConvBiasPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<BiasArgs> Bias = new(ConvBias, GpuKernel.AnyGroup);

    /// <summary>(Pixels, Depth) x (Depth, Channels): the weights lie in memory as the product needs them.</summary>
    private static void ConvForwardAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageQuads);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * TileSize, firstChannel = Grid.IdxY * TileSize;
        SourcePixel pixel = SourcePixel.At(args, firstPixel + thread, args.Pixels);
        int channel = firstChannel + thread % RowQuads * 4;
        Tap tap = default;
        Tile8x8 sum = StartFromBias(memory, args, firstChannel);
        for (int depth = 0, stage = 0; depth < args.Depth; depth += DepthStep, stage ^= StageQuads)
        {
            tap = StageSource(memory, args, pixel, tap, 1, shared, stage);
            int row = depth + thread / RowQuads;
            shared[stage + SideQuads + thread] = LoadRow(memory, args.Weight, row, channel, args.Depth, args.Channels);
            shared[stage + SideQuads + thread + GroupSize] = LoadRow(memory, args.Weight, row + 4, channel, args.Depth, args.Channels);
            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.Destination, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, 0);
    }

    /// <summary>(Pixels, Depth) x (Depth, Channels) with depth = taps x channels of dy: the weights are transposed while they are loaded.</summary>
    private static void ConvBackInputAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageQuads);
        int thread = Group.IdxX, firstPixel = Grid.IdxX * TileSize, firstChannel = Grid.IdxY * TileSize;
        SourcePixel pixel = SourcePixel.At(args, firstPixel + thread, args.Pixels);
        Tap tap = default;
        Tile8x8 sum = default;
        for (int depth = 0, stage = 0; depth < args.Depth; depth += DepthStep, stage ^= StageQuads)
        {
            StageWeightColumn(memory, args, firstChannel + thread, tap, shared, stage + SideQuads);
            tap = StageSource(memory, args, pixel, tap, args.Divisor, shared, stage);
            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.Destination, 0, sum, firstPixel, args.Pixels, firstChannel, args.Channels, args.Accumulate);
    }

    /// <summary>(Depth, Pixels) x (Pixels, Channels), each split of the pixels into its own copy of the result.</summary>
    private static void ConvBackWeightAny(ArrayView<float> memory, ConvArgs args)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * StageQuads);
        int thread = Group.IdxX, columnTiles = (args.Channels + TileSize - 1) / TileSize;
        int firstRow = Grid.IdxX * TileSize, firstChannel = Grid.IdxY % columnTiles * TileSize, split = Grid.IdxY / columnTiles;
        int end = IntrinsicMath.Min(args.Pixels, (split + 1) * args.PixelsPerSplit);
        int row = firstRow + thread % RowQuads * 4, channel = firstChannel + thread % RowQuads * 4;
        Tap tap0 = Tap.At(args, row), tap1 = Tap.At(args, row + 1), tap2 = Tap.At(args, row + 2), tap3 = Tap.At(args, row + 3);
        Tile8x8 sum = default;
        for (int first = split * args.PixelsPerSplit, stage = 0; first < end; first += DepthStep, stage ^= StageQuads)
        {
            for (int half = 0; half < 2; half++)
            {
                int index = first + thread / RowQuads + half * 4;
                SourcePixel pixel = SourcePixel.At(args, index, end);
                int at = stage + thread + half * GroupSize;
                shared[at] = args.SourceInQuads
                    ? pixel.LoadQuad(memory, args, tap0, 1)
                    : new Float4(
                        pixel.Load(memory, args, tap0, 1),
                        pixel.Load(memory, args, tap1, 1),
                        pixel.Load(memory, args, tap2, 1),
                        pixel.Load(memory, args, tap3, 1));
                shared[at + SideQuads] = LoadRow(memory, args.Weight, index, channel, end, args.Channels);
            }

            Group.Barrier();
            AddProducts(shared, stage, ref sum);
        }

        StoreTile(memory, args.Destination, split * args.Depth * args.Channels, sum, firstRow, args.Depth, firstChannel, args.Channels, args.Accumulate);
    }

    private static void ConvSumSplits(ArrayView<float> memory, SplitArgs args)
    {
        int at = Element.FirstOfFour, length = args.Destination.Length;
        if (!Element.IsInside(at, length))
            return;
        Float4 sum = default;
        for (int split = 0; split < args.Count; split++)
            sum += LoadRow(memory, args.Splits, split, at, args.Count, length);
        args.Destination.Put4(memory, at, sum, args.Accumulate);
    }

    private static void ConvBiasPartials(ArrayView<float> memory, BiasArgs args)
    {
        float sum = 0;
        for (int row = args.Columns.FirstRow; row < args.Columns.EndRow; row += args.Columns.RowStep)
            sum += args.Dy.Load(memory, row * args.Columns.Count + args.Columns.Column);
        args.Columns.Keep(memory, new Sums(sum, 0));
    }

    private static void ConvBias(ArrayView<float> memory, BiasArgs args)
    {
        Sums total = args.Columns.Total<Sums>(memory);
        if (args.Columns.IsFirst)
            args.Dbias.Put(memory, args.Columns.Column, total.First, args.Accumulate);
    }

    /// <summary>Brings eight of the depth, from <paramref name="tap"/> on, of this thread's pixel to shared memory; returns the tap that follows.</summary>
    private static Tap StageSource(ArrayView<float> memory, in ConvArgs args, SourcePixel pixel, Tap tap, int divisor, ArrayView<Float4> shared, int quad)
    {
        ArrayView<float> column = shared.Cast<float>();
        int at = 4 * quad + Group.IdxX;
        if (args.SourceInQuads)
        {
            PutColumn(column, at, pixel.LoadQuad(memory, args, tap, divisor));
            tap = tap.Next(args, 4);
            PutColumn(column, at + 4 * TileSize, pixel.LoadQuad(memory, args, tap, divisor));
            return tap.Next(args, 4);
        }

        for (int k = 0; k < DepthStep; k++, tap = tap.Next(args, 1))
            column[at + k * TileSize] = pixel.Load(memory, args, tap, divisor);
        return tap;
    }

    /// <summary>The same eight of the depth of the weights to one channel of the result.</summary>
    private static void StageWeightColumn(ArrayView<float> memory, in ConvArgs args, int channel, Tap tap, ArrayView<Float4> shared, int quad)
    {
        ArrayView<float> column = shared.Cast<float>();
        int at = 4 * quad + Group.IdxX;
        if (args.SourceChannels % 4 == 0 && args.Weight.Aligned != 0)
        {
            PutColumn(column, at, LoadWeightQuad(memory, args, channel, tap));
            PutColumn(column, at + 4 * TileSize, LoadWeightQuad(memory, args, channel, tap.Next(args, 4)));
            return;
        }

        for (int k = 0; k < DepthStep; k++, tap = tap.Next(args, 1))
            column[at + k * TileSize] = tap.Row < args.Kernel && channel < args.Channels ? args.Weight.Load(memory, WeightAt(args, channel, tap)) : 0;
    }

    private static Float4 LoadWeightQuad(ArrayView<float> memory, in ConvArgs args, int channel, Tap tap) =>
        tap.Row < args.Kernel && channel < args.Channels ? args.Weight.LoadQuad(memory, WeightAt(args, channel, tap)) : default;

    private static int WeightAt(in ConvArgs args, int channel, Tap tap) =>
        ((tap.Row * args.Kernel + tap.Column) * args.Channels + channel) * args.SourceChannels + tap.Channel;

    private static void PutColumn(ArrayView<float> column, int at, Float4 values)
    {
        column[at] = values.X;
        column[at + TileSize] = values.Y;
        column[at + 2 * TileSize] = values.Z;
        column[at + 3 * TileSize] = values.W;
    }

    /// <summary>Four neighbours in a row of a (rows, columns) matrix; zero outside it.</summary>
    private static Float4 LoadRow(ArrayView<float> memory, in GpuSpan matrix, int row, int column, int rows, int columns)
    {
        if (row >= rows || column >= columns)
            return default;
        int at = row * columns + column;
        if (columns % 4 == 0 && matrix.Aligned != 0)
            return matrix.LoadQuad(memory, at);
        return new Float4(
            matrix.Load(memory, at),
            column + 1 < columns ? matrix.Load(memory, at + 1) : 0,
            column + 2 < columns ? matrix.Load(memory, at + 2) : 0,
            column + 3 < columns ? matrix.Load(memory, at + 3) : 0);
    }

    private static void AddProducts(ArrayView<Float4> shared, int stage, ref Tile8x8 sum)
    {
        int row = stage + Group.IdxX / 8, column = stage + SideQuads + Group.IdxX % 8;
        for (int k = 0; k < DepthStep; k++, row += RowQuads, column += RowQuads)
            sum.AddOuter(shared[row], shared[row + RowQuads / 2], shared[column], shared[column + RowQuads / 2]);
    }

    public static Tile8x8 StartFromBias(ArrayView<float> memory, in ConvArgs args, int firstChannel)
    {
        int channel = firstChannel + Group.IdxX % 8 * 4;
        Tile4x4 left = Tile4x4.Rows(args.Bias.Load4(memory, channel)), right = Tile4x4.Rows(args.Bias.Load4(memory, channel + TileSize / 2));
        return new Tile8x8 { TopLeft = left, TopRight = right, BottomLeft = left, BottomRight = right };
    }

    private static void StoreTile(ArrayView<float> memory, in GpuSpan to, int start, in Tile8x8 sum,
        int firstRow, int rows, int firstColumn, int columns, int accumulate)
    {
        int row = firstRow + Group.IdxX / 8 * 4, column = firstColumn + Group.IdxX % 8 * 4;
        StoreBlock(memory, to, start, sum.TopLeft, row, rows, column, columns, accumulate);
        StoreBlock(memory, to, start, sum.TopRight, row, rows, column + TileSize / 2, columns, accumulate);
        StoreBlock(memory, to, start, sum.BottomLeft, row + TileSize / 2, rows, column, columns, accumulate);
        StoreBlock(memory, to, start, sum.BottomRight, row + TileSize / 2, rows, column + TileSize / 2, columns, accumulate);
    }

    public static void StoreBlock(ArrayView<float> memory, in GpuSpan to, int start, in Tile4x4 block,
        int row, int rows, int column, int columns, int accumulate)
    {
        StoreRow(memory, to, start, block.Row0, row, rows, column, columns, accumulate);
        StoreRow(memory, to, start, block.Row1, row + 1, rows, column, columns, accumulate);
        StoreRow(memory, to, start, block.Row2, row + 2, rows, column, columns, accumulate);
        StoreRow(memory, to, start, block.Row3, row + 3, rows, column, columns, accumulate);
    }

    private static void StoreRow(ArrayView<float> memory, in GpuSpan to, int start, Float4 values,
        int row, int rows, int column, int columns, int accumulate)
    {
        if (row >= rows || column >= columns)
            return;
        int at = start + row * columns + column;
        if (columns % 4 == 0 && to.Aligned != 0)
        {
            to.PutQuad(memory, at, values, accumulate);
            return;
        }

        to.Put(memory, at, values.X, accumulate);
        if (column + 1 < columns)
            to.Put(memory, at + 1, values.Y, accumulate);
        if (column + 2 < columns)
            to.Put(memory, at + 2, values.Z, accumulate);
        if (column + 3 < columns)
            to.Put(memory, at + 3, values.W, accumulate);
    }
}
