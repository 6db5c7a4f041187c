using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu.Ptx;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

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
            // beyond the pixels: above the source, whatever the tap
            _row = index < args.Pixels ? row % args.Rows * args.Scale + args.Shift : int.MinValue / 2,
            _column = index % args.Columns * args.Scale + args.Shift,
        };
    }

    /// <summary>The pixel of the source that the tap meets; -1 where there is none.</summary>
    public readonly int Meets(in ConvArgs args, int tapRow, int tapColumn)
    {
        int row = _row + tapRow * args.TapStep, column = _column + tapColumn * args.TapStep;
        if (args.Divisor > 1)
        {
            bool isWhole = row % args.Divisor == 0 & column % args.Divisor == 0;
            row = isWhole ? row / args.Divisor : -1;
            column /= args.Divisor;
        }

        // Not &&: each branch would wait for the one before.
        bool isInside = (uint)row < (uint)args.SourceRows & (uint)column < (uint)args.SourceColumns;
        return isInside ? (_image + row) * args.SourceColumns + column : -1;
    }
}

/// <summary>
/// Brings stages of 128 pixels and 128 channels, 64 bytes deep, to shared memory. Four threads bring a row; each brings rows 32 apart. The
/// 16-byte pieces of a row are permuted by a xor with bits 1 and 2 of the row's number: eight rows that ldmatrix reads at one depth then
/// lie in all 32 banks.
/// </summary>
internal struct TensorLoader
{
    private const int RowThreads = TensorTileText.RowBytes / 16, RowsApart = TensorConvText.GroupSize / RowThreads,
        StepWords = TensorTileText.RowBytes / 4;

    private TensorPixel _pixel0, _pixel1, _pixel2, _pixel3;
    private int _tapRow, _tapColumn, _word, _isNewTap;

    /// <summary>How many stages a split takes.</summary>
    public static int Steps(in ConvArgs args, int split) => IntrinsicMath.Min(args.DepthPerSplit,
        Steps(args.Kernel * args.Kernel, args.SourceChannels) - split * args.DepthPerSplit);

    /// <summary>How many stages so many taps of so many words are.</summary>
    public static int Steps(int taps, int words) => taps * StepsOfTap(words);

    private static int StepsOfTap(int words) => (words + StepWords - 1) / StepWords;

    /// <summary>Where a row's piece lies in an operand of a stage.</summary>
    public static int Place(int row, int piece) => row * TensorTileText.RowBytes + ((piece ^ row >> 1 & 3) << 4);

    public static TensorLoader Start(in ConvArgs args, int firstPixel, int firstChannel, int split)
    {
        int step = split * args.DepthPerSplit, stepsOfTap = StepsOfTap(args.SourceChannels), tap = step / stepsOfTap;
        int row = Group.IdxX / RowThreads, piece = Group.IdxX % RowThreads, pixel = firstPixel + row, channel = firstChannel + row;
        CudaAsm.Emit("expand TensorCopyRegisters %0, %1, %2, %3, %4;",
            Place(row, piece), 4 * piece, args.A.Offset, args.B.Offset + (long)channel * args.SourceChannels + 4 * piece,
            RowsApart * args.SourceChannels);
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
            _tapRow = tap / args.Kernel,
            _tapColumn = tap % args.Kernel,
            _word = step % stepsOfTap * StepWords,
            _isNewTap = 1,
        };
    }

    /// <summary>Brings what the next stage holds to the place of a stage.</summary>
    public void Copy(in ConvArgs args, int stage)
    {
        if (_isNewTap != 0)
            StartTap(args);
        _isNewTap = 0;
        CudaAsm.Emit("expand TensorCopy %0, %1;", stage, args.SourceChannels - _word);
        _word += StepWords;
        if (_word < args.SourceChannels)
            return;
        (_word, _isNewTap) = (0, 1);
        _tapColumn++;
        if (_tapColumn == args.Kernel)
        {
            _tapColumn = 0;
            _tapRow++;
        }
    }

    /// <summary>The source pixels of a new tap, which a split may begin within.</summary>
    private readonly void StartTap(in ConvArgs args)
    {
        CudaAsm.Emit("expand TensorRight %0;", (_tapRow * args.Kernel + _tapColumn) * args.Channels * args.SourceChannels + _word);
        CudaAsm.Emit("expand TensorLeftFrom0 %0, %1, %2;", _pixel0.Meets(args, _tapRow, _tapColumn), args.SourceChannels, _word);
        CudaAsm.Emit("expand TensorLeftFrom1 %0, %1, %2;", _pixel1.Meets(args, _tapRow, _tapColumn), args.SourceChannels, _word);
        CudaAsm.Emit("expand TensorLeftFrom2 %0, %1, %2;", _pixel2.Meets(args, _tapRow, _tapColumn), args.SourceChannels, _word);
        CudaAsm.Emit("expand TensorLeftFrom3 %0, %1, %2;", _pixel3.Meets(args, _tapRow, _tapColumn), args.SourceChannels, _word);
    }
}
