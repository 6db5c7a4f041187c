using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Float32;

/// <summary>
/// A tile of 8 x 8 output pixels of a 7x7 convolution with stride 2, and one channel of the input that its taps meet: 22 rows of 24 words
/// in shared memory, zero outside the image. Rows lie 28 words apart: so the float4s that a warp reads, of every row or of every second,
/// lie in banks of their own.
/// </summary>
internal readonly struct StemTile
{
    public const int Side = 8, Pixels = Side * Side, Kernel = 7, Stride = 2;

    /// <summary>Float4s from one row of the patch to the next, and of all.</summary>
    public const int RowFloat4s = 7, PatchFloat4s = PatchRows * RowFloat4s;

    // One row more than the taps of the last pixel reach: the weight gradient's eighth row of taps is nobody's, but it is read.
    private const int PatchRows = (Side - 1) * Stride + Kernel + 1, PatchColumns = 24, WarpRows = StemKernels.GroupSize / 32;

    private readonly int _image, _row, _column;

    private StemTile(int image, int row, int column) => (_image, _row, _column) = (image, row, column);

    /// <summary>Tiles that cover the output.</summary>
    public static int Count(in ConvShape shape) => shape.Batch * Across(shape.OutHeight) * Across(shape.OutWidth);

    /// <inheritdoc cref="Count(in ConvShape)"/>
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
        int column = Group.IdxX % 32, row = Group.IdxX / 32, sourceColumn = _column * Stride + args.Shift + column,
            sourceRow = _row * Stride + args.Shift + row;
        if (column >= PatchColumns)
            return;
        ArrayView<float> source = args.A.In(memory), words = patch.Cast<float>();
        int lastRow = (uint)sourceColumn < (uint)args.SourceColumns ? args.SourceRows : 0;
        int step = WarpRows * args.SourceColumns * args.SourceChannels;
        int from = ((_image * args.SourceRows + sourceRow) * args.SourceColumns + sourceColumn) * args.SourceChannels + channel,
            to = row * (4 * RowFloat4s) + column;
        for (int rows = PatchRows / WarpRows; rows > 0; rows--, sourceRow += WarpRows, from += step, to += WarpRows * 4 * RowFloat4s)
            words[to] = (uint)sourceRow < (uint)lastRow ? source[from] : 0;
    }

    /// <summary>
    /// Brings 64 channels, in float4s, of the tile's pixels to shared memory; zero beyond the image and the last channel.
    /// </summary>
    public void LoadPixels(ArrayView<float> memory, in ConvArgs args, in GpuSpan values, int firstChannel, ArrayView<Float4> pixels)
    {
        const int Float4s = StemKernels.ChannelFloat4s, Apart = StemKernels.GroupSize / Float4s;
        ArrayView<Float4> float4s = values.Float4sIn(memory);
        int to = Group.IdxX, column = to / Float4s, channel = firstChannel / 4 + to % Float4s, step = args.Channels / 4,
            from = First(args, 0, column) * step + channel;
        int rows = channel < step ? args.Rows - _row : 0;
        int rows0 = _column + column < args.Columns ? rows : 0, rows1 = _column + column + Apart < args.Columns ? rows : 0;
        for (int row = 0; row < Side; row++, from += args.Columns * step, to += Side * Float4s)
        {
            pixels[to] = row < rows0 ? float4s[from] : default;
            pixels[to + Apart * Float4s] = row < rows1 ? float4s[from + Apart * step] : default;
        }
    }

    /// <summary>The output pixel in that row and column of the tile, which may lie beyond the image.</summary>
    public int First(in ConvArgs args, int row, int column) => (_image * args.Rows + _row + row) * args.Columns + _column + column;

    /// <summary>The pixel behind the last in that row of the tile; 0 beyond the image.</summary>
    public int End(in ConvArgs args, int row) => _row + row < args.Rows ? (_image * args.Rows + _row + row + 1) * args.Columns : 0;

    private static int Across(int pixels) => (pixels + Side - 1) / Side;
}
