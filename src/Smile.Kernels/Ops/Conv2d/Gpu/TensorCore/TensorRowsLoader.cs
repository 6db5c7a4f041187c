using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>
/// Brings stages of 128 of the depth and 128 channels to shared memory, a row a pixel. A thread brings one 16-byte piece, and so one tap,
/// of rows that lie apart; its pixels walk on with the stages.
/// </summary>
internal struct TensorRowsLoader
{
    private int _tapRow, _tapColumn, _exists, _columnExists, _pixel, _end;
    private TensorWalk _walk0, _walk1, _walk2, _walk3;

    /// <summary>
    /// Where a row's piece lies in an operand of a stage. tf32: the four rows and two pieces of a 16-byte read lie in all banks. bfloat16:
    /// so do the eight rows that ldmatrix reads.
    /// </summary>
    public static int Place(int row, int piece, int perWord) => perWord == 1
        ? row * 512 + ((piece ^ (row & 1 | (row & 2) << 1)) << 4)
        : row * 256 + ((piece ^ row & 7) << 4);

    /// <param name="args">The pass.</param>
    /// <param name="perWord">Values in a word: 1 or 2.</param>
    /// <param name="firstRow">The group's first row of the result.</param>
    /// <param name="firstChannel">Its first column.</param>
    /// <param name="firstPixel">The split's first pixel.</param>
    public static TensorRowsLoader Start(in TensorWeightArgs args, int perWord, int firstRow, int firstChannel, int firstPixel)
    {
        int pieces = 32 / perWord, apart = 4 * perWord, piece = Group.IdxX % pieces, row = Group.IdxX / pieces;
        int depth = firstRow + piece * 4 * perWord, channel = firstChannel + piece * 4 * perWord, inChannels = args.SourceWords * perWord;
        int tap = depth / inChannels, pixel = firstPixel + row;
        CudaAsm.Emit("expand TensorCopyRegisters %0, %1, %2, %3, %4;",
            Place(row, piece, perWord), depth % inChannels / perWord, args.A.Offset, args.B.Offset + channel / perWord,
            apart * args.GradientWords);
        return new TensorRowsLoader
        {
            _tapRow = tap / args.Kernel * args.Dilation - args.Pad,
            _tapColumn = tap % args.Kernel * args.Dilation - args.Pad,
            _exists = depth < args.Depth ? 1 : 0,
            _columnExists = channel < args.Channels ? 1 : 0,
            _pixel = pixel,
            _end = IntrinsicMath.Min(args.Pixels, firstPixel + args.PixelsPerSplit),
            _walk0 = TensorWalk.At(args, pixel),
            _walk1 = TensorWalk.At(args, pixel + apart),
            _walk2 = TensorWalk.At(args, pixel + 2 * apart),
            _walk3 = TensorWalk.At(args, pixel + 3 * apart),
        };
    }

    /// <summary>Brings the next stage's pixels to the place of a stage.</summary>
    public void Copy(in TensorWeightArgs args, int perWord, in TensorWalk step, int stage)
    {
        int apart = 4 * perWord;
        CudaAsm.Emit("expand TensorRight %0;", _pixel * args.GradientWords);
        CudaAsm.Emit("expand TensorRightExists0 %0;", _pixel < _end ? _columnExists : 0);
        CudaAsm.Emit("expand TensorRightExists1 %0;", _pixel + apart < _end ? _columnExists : 0);
        CudaAsm.Emit("expand TensorRightExists2 %0;", _pixel + 2 * apart < _end ? _columnExists : 0);
        CudaAsm.Emit("expand TensorRightExists3 %0;", _pixel + 3 * apart < _end ? _columnExists : 0);
        CudaAsm.Emit("expand TensorLeft0 %0, %1;", Meets(args, _walk0, _pixel), args.SourceWords);
        CudaAsm.Emit("expand TensorLeft1 %0, %1;", Meets(args, _walk1, _pixel + apart), args.SourceWords);
        CudaAsm.Emit("expand TensorLeft2 %0, %1;", Meets(args, _walk2, _pixel + 2 * apart), args.SourceWords);
        CudaAsm.Emit("expand TensorLeft3 %0, %1;", Meets(args, _walk3, _pixel + 3 * apart), args.SourceWords);
        CudaAsm.Emit("expand TensorCopyRows %0;", stage);
        _pixel += 4 * apart;
        _walk0.Move(args, step);
        _walk1.Move(args, step);
        _walk2.Move(args, step);
        _walk3.Move(args, step);
    }

    private readonly int Meets(in TensorWeightArgs args, TensorWalk at, int pixel)
    {
        int row = at.Row * args.Stride + _tapRow, column = at.Column * args.Stride + _tapColumn;
        // Not &&: each branch would wait for the one before.
        bool inside = _exists != 0 & pixel < _end & (uint)row < (uint)args.SourceRows & (uint)column < (uint)args.SourceColumns;
        return inside ? (at.Image * args.SourceRows + row) * args.SourceColumns + column : -1;
    }
}

/// <summary>A pixel of the output, or how far to the next that a thread takes: so no division is left in the loop.</summary>
internal struct TensorWalk
{
    public int Image, Row, Column;

    public static TensorWalk At(in TensorWeightArgs args, int pixel)
    {
        int row = pixel / args.Columns;
        return new TensorWalk { Image = row / args.Rows, Row = row % args.Rows, Column = pixel % args.Columns };
    }

    public void Move(in TensorWeightArgs args, in TensorWalk by)
    {
        Column += by.Column;
        int carry = Column >= args.Columns ? 1 : 0;
        Column -= carry * args.Columns;
        Row += by.Row + carry;
        carry = Row >= args.Rows ? 1 : 0;
        Row -= carry * args.Rows;
        Image += by.Image + carry;
    }
}
