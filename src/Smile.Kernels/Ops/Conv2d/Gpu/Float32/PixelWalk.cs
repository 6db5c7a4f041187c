using Smile.Kernels.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Float32;

/// <summary>
/// A pixel of the grid that moves on by eight, and where its one tap meets the source: rows and columns are the source's.
/// </summary>
internal struct PixelWalk
{
    private int _image, _row, _column, _endRow, _endColumn, _moveImage, _moveRow, _moveColumn, _channel;

    /// <summary>The pixel at <paramref name="index"/>.</summary>
    public static PixelWalk At(in ConvArgs args, int index, Tap tap)
    {
        int firstRow = args.Shift + tap.Row * args.TapStep, firstColumn = args.Shift + tap.Column * args.TapStep,
            row = index / args.Columns, moveRows = Panel.Depth / args.Columns;
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

    /// <summary>The float4 that the tap meets; negative outside the source.</summary>
    public readonly int Find(in ConvArgs args) =>
        (uint)_row < (uint)args.SourceRows && (uint)_column < (uint)args.SourceColumns
            ? ((_image + _row) * args.SourceColumns + _column) * (args.SourceChannels / 4) + _channel
            : -1;
}
