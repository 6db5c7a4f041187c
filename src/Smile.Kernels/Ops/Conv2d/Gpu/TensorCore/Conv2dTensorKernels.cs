using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Ptx;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>A pixel of the pass's grid, seen from the source.</summary>
internal struct TensorPixel
{
    private int _image, _row, _column;

    public static TensorPixel At(in ConvArgs args, int index)
    {
        int row = index / args.Columns;
        return new TensorPixel
        {
            _image = row / args.Rows * args.SourceRows,
            _row = index < args.Pixels ? row % args.Rows * args.Scale + args.Shift : int.MinValue / 2, // beyond the pixels: above the source, whatever the tap
            _column = index % args.Columns * args.Scale + args.Shift,
        };
    }

    /// <summary>The pixel of the source that the tap meets; -1 where there is none.</summary>
    public readonly int Meets(in ConvArgs args, int tapRow, int tapColumn)
    {
        int row = _row + tapRow * args.TapStep, column = _column + tapColumn * args.TapStep;
        if (row < 0 || column < 0)
            return -1;
        if (args.Divisor > 1)
        {
            if (row % args.Divisor != 0 || column % args.Divisor != 0)
                return -1;
            row /= args.Divisor;
            column /= args.Divisor;
        }

        return row < args.SourceRows && column < args.SourceColumns ? (_image + row) * args.SourceColumns + column : -1;
    }
}

/// <summary>
/// Brings stages of 128 pixels and 128 channels, 64 bytes deep, to shared memory. Four threads bring a row; each brings rows 32 apart. The 16-byte pieces of a row are permuted by a xor with bits 1 and 2
/// of the row's number: eight rows that ldmatrix reads at one depth then lie in all 32 banks.
/// </summary>
internal struct TensorLoader
{
    private const int RowThreads = TensorTileText.RowBytes / 16, RowsApart = TensorConvText.GroupSize / RowThreads, StepWords = TensorTileText.RowBytes / 4;

    private TensorPixel _pixel0, _pixel1, _pixel2, _pixel3;
    private int _tapRow, _tapColumn, _word;

    /// <summary>How many stages the pass takes.</summary>
    public static int Steps(in ConvArgs args) => args.Kernel * args.Kernel * ((args.SourceChannels + StepWords - 1) / StepWords);

    /// <summary>Where a row's piece lies in an operand of a stage.</summary>
    public static int Place(int row, int piece) => row * TensorTileText.RowBytes + ((piece ^ row >> 1 & 3) << 4);

    public static TensorLoader Start(in ConvArgs args, int firstPixel, int firstChannel)
    {
        int row = Group.IdxX / RowThreads, piece = Group.IdxX % RowThreads, pixel = firstPixel + row, channel = firstChannel + row;
        CudaAsm.Emit("expand TensorCopyRegisters %0, %1, %2, %3, %4;",
            Place(row, piece), 4 * piece, args.Source.Offset, args.Weight.Offset + (long)channel * args.SourceChannels + 4 * piece, RowsApart * args.SourceChannels);
        CudaAsm.Emit("expand TensorRightExists0 %0;", channel < args.Channels ? 1 : 0);
        CudaAsm.Emit("expand TensorRightExists1 %0;", channel + RowsApart < args.Channels ? 1 : 0);
        CudaAsm.Emit("expand TensorRightExists2 %0;", channel + 2 * RowsApart < args.Channels ? 1 : 0);
        CudaAsm.Emit("expand TensorRightExists3 %0;", channel + 3 * RowsApart < args.Channels ? 1 : 0);
        return new TensorLoader
        {
            _pixel0 = TensorPixel.At(args, pixel),
            _pixel1 = TensorPixel.At(args, pixel + RowsApart),
            _pixel2 = TensorPixel.At(args, pixel + 2 * RowsApart),
            _pixel3 = TensorPixel.At(args, pixel + 3 * RowsApart),
        };
    }

    /// <summary>Brings what the next stage holds to the place of a stage.</summary>
    public void Copy(in ConvArgs args, int stage)
    {
        if (_word == 0)
            Turn(args);
        CudaAsm.Emit("expand TensorCopy %0, %1;", stage, args.SourceChannels - _word);
        _word += StepWords;
        if (_word < args.SourceChannels)
            return;
        _word = 0;
        _tapColumn++;
        if (_tapColumn == args.Kernel)
        {
            _tapColumn = 0;
            _tapRow++;
        }
    }

    /// <summary>The source pixels of a new tap.</summary>
    private readonly void Turn(in ConvArgs args)
    {
        CudaAsm.Emit("expand TensorRight %0;", (_tapRow * args.Kernel + _tapColumn) * args.Channels * args.SourceChannels);
        CudaAsm.Emit("expand TensorLeft0 %0, %1;", _pixel0.Meets(args, _tapRow, _tapColumn), args.SourceChannels);
        CudaAsm.Emit("expand TensorLeft1 %0, %1;", _pixel1.Meets(args, _tapRow, _tapColumn), args.SourceChannels);
        CudaAsm.Emit("expand TensorLeft2 %0, %1;", _pixel2.Meets(args, _tapRow, _tapColumn), args.SourceChannels);
        CudaAsm.Emit("expand TensorLeft3 %0, %1;", _pixel3.Meets(args, _tapRow, _tapColumn), args.SourceChannels);
    }
}

/// <summary>The ring of stages in shared memory: while one is used, one is on the way and one, which was used before, is filled again.</summary>
internal struct TensorRing
{
    private const int Last = (TensorConvText.Stages - 1) * TensorConvText.StageBytes;

    /// <summary>Where the stage lies that is used, and the one that is filled.</summary>
    public int Used, Filled;

    /// <summary>As it is when the first stage is to be filled, and none can be used yet.</summary>
    public static TensorRing Start() => new() { Used = TensorConvText.StageBytes };

    public void Turn()
    {
        Filled = Used;
        Used = Used == Last ? 0 : Used + TensorConvText.StageBytes;
    }

    /// <summary>Waits until all but the newest stage have come, for all threads; from here on the stage used before may be filled.</summary>
    public static void Await()
    {
        CudaAsm.Emit("cp.async.wait_group 1;");
        Group.Barrier();
    }

    /// <summary>Closes what was brought since the last time, be it nothing: the wait counts.</summary>
    public static void Close() => CudaAsm.Emit("cp.async.commit_group;");
}

/// <summary>What a thread reads and writes of its warp's 64 x 64 quarter of the group's tile.</summary>
internal static class TensorWarp
{
    private const int Side = TensorTileText.RowTiles * TensorTileText.TileRows;

    /// <summary>First row of the warp.</summary>
    public static int Row => Group.IdxX / 64 * Side;

    /// <summary>First column of the warp.</summary>
    public static int Column => Group.IdxX / 32 % 2 * Side;

    public static int Lane => Group.IdxX % 32;

    /// <summary>The row that this lane gives ldmatrix for a left tile: 16 rows at the first depth, then 16 at the second.</summary>
    private static int LeftPlace => TensorLoader.Place(Row + Lane % 16, Lane / 16);

    /// <summary>The same for two right tiles: 8 columns at both depths, then the next 8.</summary>
    private static int RightPlace => TensorConvText.OperandBytes + TensorLoader.Place(Column + Lane % 8 + Lane / 16 * 8, Lane / 8 % 2);

    public static void Start(in ConvArgs args, int firstChannel)
    {
        int column = firstChannel + Column + Lane % 4 * 2;
        CudaAsm.Emit("expand TensorRegisters %0, %1;", LeftPlace, RightPlace);
        CudaAsm.Emit("expand TensorStart %0, %1;", args.Bias.Offset + column, args.Bias.Length - column);
    }

    public static void Store(in ConvArgs args, int firstPixel, int firstChannel)
    {
        int row = firstPixel + Row + Lane / 4, column = firstChannel + Column + Lane % 4 * 2;
        CudaAsm.Emit("expand TensorStore %0, %1, %2, %3, %4;",
            args.Destination.Offset + (long)row * args.Channels + column, args.Pixels - row, args.Channels - column, 8 * 4 * args.Channels, args.Accumulate);
    }
}

/// <summary>
/// Convolution in tensor cores: four warps make a tile of 128 pixels x 128 channels. One barrier a stage is enough: a stage is overwritten only after the barrier
/// that follows its use. Of <see cref="ConvArgs"/>, a source channel is a word here, one tf32 or two bfloat16, and the weights are packed, (Taps, Channels, SourceChannels):
/// transposed for the forward pass, as they lie for the input gradient.
/// </summary>
internal static class TensorConvKernels
{
    /// <summary>Side of a group's tile.</summary>
    public const int Tile = 128;

    private const int Ahead = TensorConvText.Stages - 1;

    public static readonly GpuKernel<ConvArgs> Tf32 = new(ConvTensorTf32, TensorConvText.GroupSize) { LeastCapability = 80 };
    public static readonly GpuKernel<ConvArgs> Bf16 = new(ConvTensorBf16, TensorConvText.GroupSize) { LeastCapability = 80 };

    private static void ConvTensorTf32(ArrayView<float> memory, ConvArgs args) => Convolve<Tf32Format>(args);

    private static void ConvTensorBf16(ArrayView<float> memory, ConvArgs args) => Convolve<Bf16Format>(args);

    private static void Convolve<TFormat>(in ConvArgs args)
        where TFormat : struct, ITensorFormat
    {
        int firstPixel = Grid.IdxX * Tile, firstChannel = Grid.IdxY * Tile;
        TensorWarp.Start(args, firstChannel);
        TensorLoader loader = TensorLoader.Start(args, firstPixel, firstChannel);
        TensorRing ring = TensorRing.Start();
        for (int step = -Ahead, toCopy = TensorLoader.Steps(args); toCopy > -Ahead; step++, toCopy--)
        {
            TensorRing.Await();
            if (toCopy > 0)
                loader.Copy(args, ring.Filled);
            TensorRing.Close();
            if (step >= 0)
                TFormat.Multiply(ring.Used);
            ring.Turn();
        }

        TensorWarp.Store(args, firstPixel, firstChannel);
    }
}
