using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Float32;

/// <summary>
/// Convolution as implicit matrix product where channels come in whole float4s: the depth goes by eights, of which a tap has a whole
/// number, so that a tap's place in the source is found once a tap and the main loop only moves on. A step's float4s are asked for before
/// the products of the step before, and written to the other stage of shared memory after them: one barrier a step.
/// </summary>
internal static class ImplicitGemmKernels
{
    /// <summary>Where no source is: far enough below zero to stay there.</summary>
    private const int Nowhere = int.MinValue / 2;

    public static readonly GpuKernel<ConvArgs> Forward64 = new(ConvForward64, Block<Tile64>.Threads),
        Forward128 = new(ConvForward128, Block<Tile128>.Threads);
    public static readonly GpuKernel<ConvArgs> BackInput64 = new(ConvBackInput64, Block<Tile64>.Threads),
        BackInput128 = new(ConvBackInput128, Block<Tile128>.Threads);
    public static readonly GpuKernel<ConvArgs> BackWeight64 = new(ConvBackWeight64, Block<Tile64>.Threads),
        BackWeight128 = new(ConvBackWeight128, Block<Tile128>.Threads);

    private static void ConvForward64(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile64, ForwardProduct>(memory, args);

    private static void ConvForward128(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile128, ForwardProduct>(memory, args);

    private static void ConvBackInput64(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile64, InputGradientProduct>(memory, args);

    private static void ConvBackInput128(ArrayView<float> memory, ConvArgs args) => OverTaps<Tile128, InputGradientProduct>(memory, args);

    private static void ConvBackWeight64(ArrayView<float> memory, ConvArgs args) => OverPixels<Tile64>(memory, args);

    private static void ConvBackWeight128(ArrayView<float> memory, ConvArgs args) => OverPixels<Tile128>(memory, args);

    /// <summary>
    /// (Pixels, Depth) x (Depth, Channels), each split of the depth into its own copy of the result. Two neighbouring threads bring the two
    /// float4s of a pixel's eight channels: whole sectors. For the input gradient the weights lie with the depth fastest and are brought
    /// the same way. Lines beyond the result's last repeat it and are not stored.
    /// </summary>
    private static void OverTaps<TTile, TProduct>(ArrayView<float> memory, in ConvArgs args)
        where TTile : struct, IBlockTile
        where TProduct : struct, IConvProduct
    {
        ArrayView<Float4> shared = Block<TTile>.Allocate(), source = args.A.Float4sIn(memory), weight = args.B.Float4sIn(memory);
        ArrayView<float> words = shared.Cast<float>();
        int thread = Group.IdxX, half = thread % 2, line = thread / 2, firstPixel = Grid.IdxX * TTile.Size,
            columnTiles = (args.Channels + TTile.Size - 1) / TTile.Size, split = Grid.IdxY / columnTiles,
            firstChannel = Grid.IdxY % columnTiles * TTile.Size, first = split * args.DepthPerSplit;
        SourcePixel pixel0 = Pixel(args, firstPixel + line), pixel1 = Pixel(args, firstPixel + line + TTile.Size / 2);

        // Forward: a float4 of channels at one depth. Input gradient: a float4 of the depth of one channel.
        int rowFloat4s = (TProduct.IsInputGradient ? args.SourceChannels : args.Channels) / 4;
        Tap tap = Tap.At(args, first);
        int firstWeight = TProduct.IsInputGradient
            ? (tap.Row * args.Kernel + tap.Column) * args.Channels * rowFloat4s + tap.Channel / 4
            : first * rowFloat4s;
        int weight0 = firstWeight + (TProduct.IsInputGradient
            ? IntrinsicMath.Min(firstChannel + line, args.Channels - 1) * rowFloat4s + half
            : thread / Block<TTile>.Side * rowFloat4s + IntrinsicMath.Min(firstChannel / 4 + thread % Block<TTile>.Side, rowFloat4s - 1));
        int weight1 = TProduct.IsInputGradient
            ? firstWeight + IntrinsicMath.Min(firstChannel + line + TTile.Size / 2, args.Channels - 1) * rowFloat4s + half
            : weight0 + Panel.Depth / 2 * rowFloat4s;

        int source0 = First<TProduct>(pixel0, args, tap, half), source1 = First<TProduct>(pixel1, args, tap, half),
            left = args.SourceChannels - tap.Channel;
        Float4 a0 = Load(source, source0), a1 = Block<TTile>.BringsTwo ? Load(source, source1) : default;
        Float4 b0 = weight[weight0], b1 = Block<TTile>.BringsTwo ? weight[weight1] : default;
        Tile8x8 sum = TProduct.IsInputGradient
            ? default
            // The bias is the first split's: what lies behind its end reads as zero.
            : args.StartFromBias(memory, split == 0 ? firstChannel + 4 * Block<TTile>.ColumnPanel : args.Bias.Length, TTile.Size / 2);

        // Places in shared memory go to and fro between the stages: sums that run on, which the compiler does not make anew in each step.
        long rows = Block<TTile>.RowPanel * Panel.Float4s, columns = Block<TTile>.SideFloat4s + Block<TTile>.ColumnPanel * Panel.Float4s;
        int column0 = line / 4 * Panel.Words + half * 16 + line % 4, column1 = column0 + TTile.Size / 8 * Panel.Words,
            row = Block<TTile>.SideFloat4s + RowFloat4<TTile>(thread);
        int toOther = Block<TTile>.Stage;
        for (int steps = IntrinsicMath.Min(args.Depth - first, args.DepthPerSplit) / Panel.Depth; ; steps--)
        {
            StoreColumn(words, column0, a0);
            if (Block<TTile>.BringsTwo)
                StoreColumn(words, column1, a1);
            if (TProduct.IsInputGradient)
            {
                StoreColumn(words, column0 + 4 * Block<TTile>.SideFloat4s, b0);
                if (Block<TTile>.BringsTwo)
                    StoreColumn(words, column1 + 4 * Block<TTile>.SideFloat4s, b1);
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
                weight0 += TProduct.IsInputGradient ? Panel.Depth / 4 : 2 * args.Channels;
                weight1 += TProduct.IsInputGradient ? Panel.Depth / 4 : 2 * args.Channels;
                if (left == 0)
                {
                    left = args.SourceChannels;
                    tap.Channel = 0;
                    tap = tap.Next(args, left);
                    source0 = First<TProduct>(pixel0, args, tap, half);
                    source1 = First<TProduct>(pixel1, args, tap, half);
                    if (TProduct.IsInputGradient)
                    {
                        weight0 += (args.Channels - 1) * rowFloat4s;
                        weight1 += (args.Channels - 1) * rowFloat4s;
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

        StoreTile<TTile>(memory, args.C, split * args.Pixels * (args.Channels / 4), sum, firstPixel, args.Pixels, firstChannel,
            args.Channels, args.Into);
    }

    /// <summary>
    /// (Depth, Pixels) x (Pixels, Channels), each split of the pixels into its own copy of the result. A thread brings a float4 of one tap,
    /// which stays the same, from every eighth pixel, and a float4 of that pixel's gradient.
    /// </summary>
    private static void OverPixels<TTile>(ArrayView<float> memory, in ConvArgs args)
        where TTile : struct, IBlockTile
    {
        ArrayView<Float4> shared = Block<TTile>.Allocate(), source = args.A.Float4sIn(memory), gradient = args.B.Float4sIn(memory);
        int thread = Group.IdxX, line = thread / Block<TTile>.Side, float4 = thread % Block<TTile>.Side;
        int columnTiles = (args.Channels + TTile.Size - 1) / TTile.Size, split = Grid.IdxY / columnTiles;
        int firstRow = Grid.IdxX * TTile.Size, firstChannel = Grid.IdxY % columnTiles * TTile.Size;
        int first = split * args.DepthPerSplit, count = IntrinsicMath.Min(args.Pixels - first, args.DepthPerSplit);
        Tap tap = Tap.At(args, IntrinsicMath.Min(firstRow + float4 * 4, args.Depth - 4));
        PixelWalk pixel0 = PixelWalk.At(args, first + line, tap), pixel1 = PixelWalk.At(args, first + line + Panel.Depth / 2, tap);
        int channelFloat4s = args.Channels / 4,
            gradient0 = (first + line) * channelFloat4s + IntrinsicMath.Min(firstChannel / 4 + float4, channelFloat4s - 1);
        int gradient1 = gradient0 + Panel.Depth / 2 * channelFloat4s, left = count - line;

        Float4 a0 = Load(source, left > 0 ? pixel0.Find(args) : Nowhere), b0 = Load(gradient, left > 0 ? gradient0 : Nowhere), a1 = default,
            b1 = default;
        if (Block<TTile>.BringsTwo)
        {
            a1 = Load(source, left > Panel.Depth / 2 ? pixel1.Find(args) : Nowhere);
            b1 = Load(gradient, left > Panel.Depth / 2 ? gradient1 : Nowhere);
        }

        Tile8x8 sum = default;
        long rows = Block<TTile>.RowPanel * Panel.Float4s, columns = Block<TTile>.SideFloat4s + Block<TTile>.ColumnPanel * Panel.Float4s;
        int row = RowFloat4<TTile>(thread), toOther = Block<TTile>.Stage;
        for (int steps = (count + Panel.Depth - 1) / Panel.Depth; ; steps--)
        {
            shared[row] = a0;
            shared[row + Block<TTile>.SideFloat4s] = b0;
            if (Block<TTile>.BringsTwo)
            {
                shared[row + Panel.Depth / 2] = a1;
                shared[row + Panel.Depth / 2 + Block<TTile>.SideFloat4s] = b1;
            }

            Group.Barrier();
            if (steps > 1)
            {
                left -= Panel.Depth;
                gradient0 += 2 * args.Channels;
                gradient1 += 2 * args.Channels;
                pixel0.Move(args);
                pixel1.Move(args);
                a0 = Load(source, left > 0 ? pixel0.Find(args) : Nowhere);
                b0 = Load(gradient, left > 0 ? gradient0 : Nowhere);
                if (Block<TTile>.BringsTwo)
                {
                    a1 = Load(source, left > Panel.Depth / 2 ? pixel1.Find(args) : Nowhere);
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

        StoreTile<TTile>(memory, args.C, split * args.Depth * channelFloat4s, sum, firstRow, args.Depth, firstChannel, args.Channels,
            args.Into);
    }

    /// <summary>The pixel at that index, or the last.</summary>
    private static SourcePixel Pixel(in ConvArgs args, int index) =>
        SourcePixel.At(args, IntrinsicMath.Min(index, args.Pixels - 1), args.Pixels);

    /// <summary>The first float4 that a tap of this thread meets.</summary>
    private static int First<TProduct>(SourcePixel pixel, in ConvArgs args, Tap tap, int half)
        where TProduct : struct, IConvProduct
    {
        int at = pixel.Find(args, tap, TProduct.IsInputGradient ? args.Divisor : 1);
        return at < 0 ? Nowhere : at / 4 + half;
    }

    private static Float4 Load(ArrayView<Float4> float4s, int at) => at < 0 ? default : float4s[at];

    /// <summary>Where in a side's panels this thread's float4 of four lines lies.</summary>
    private static int RowFloat4<TTile>(int thread)
        where TTile : struct, IBlockTile => thread % Block<TTile>.Side * Panel.Float4s + thread / Block<TTile>.Side;

    private static void StoreColumn(ArrayView<float> words, int at, Float4 values)
    {
        ArrayView<float> column = words.SubView(at, 13);
        column[0L] = values.X;
        column[4L] = values.Y;
        column[8L] = values.Z;
        column[12L] = values.W;
    }

    public static void StoreTile<TTile>(ArrayView<float> memory, in GpuSpan to, int start, in Tile8x8 sum, int firstRow, int rows,
        int firstColumn, int columns, Into into)
        where TTile : struct, IBlockTile
    {
        ArrayView<Float4> float4s = to.Float4sIn(memory);
        int row = firstRow + 4 * Block<TTile>.RowPanel, column = firstColumn + 4 * Block<TTile>.ColumnPanel, far = TTile.Size / 2;
        MatrixRows.StoreBlock(float4s, start, sum.TopLeft, row, rows, column, columns, into);
        MatrixRows.StoreBlock(float4s, start, sum.TopRight, row, rows, column + far, columns, into);
        MatrixRows.StoreBlock(float4s, start, sum.BottomLeft, row + far, rows, column, columns, into);
        MatrixRows.StoreBlock(float4s, start, sum.BottomRight, row + far, rows, column + far, columns, into);
    }
}

/// <summary>Which product of pixels and taps a kernel is compiled for.</summary>
internal interface IConvProduct
{
    /// <summary>Whether B, the weights, is read transposed, and the source where the stride divides.</summary>
    static abstract bool IsInputGradient { get; }
}

internal readonly struct ForwardProduct : IConvProduct
{
    public static bool IsInputGradient => false;
}

internal readonly struct InputGradientProduct : IConvProduct
{
    public static bool IsInputGradient => true;
}
