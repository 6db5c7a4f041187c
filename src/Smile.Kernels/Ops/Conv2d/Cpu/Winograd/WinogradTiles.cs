using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>
/// The tiles of a convolution: a tile reads Points x Points source pixels, Dilation apart, and gives Tile x Tile target pixels, Dilation
/// apart (a convolution of dilation d is d * d interleaved undilated ones, each with tiles of its own).
/// </summary>
internal unsafe struct WinogradTiles(in ConvProblem problem, in WinogradTransforms transforms) : IScratch
{
    public WinogradTransforms Transforms = transforms;
    public ConvProblem Problem = problem;

    /// <summary>(most channels): a source pixel outside the image.</summary>
    public float* Zeros;

    /// <summary>First target row of each row of tiles, and first target column of each column of tiles.</summary>
    private int* _firstRow, _firstColumn;

    private readonly int _rows = Along(problem.Height, problem.Dilation, transforms.Tile);
    private readonly int _columns = Along(problem.Width, problem.Dilation, transforms.Tile);

    /// <summary>Tiles of the whole batch.</summary>
    public readonly int Count => Problem.Batch * _rows * _columns;

    private readonly int MostChannels => Integers.RoundUp(Math.Max(Problem.SourceChannels, Problem.Channels), Panel.MostLanes);

    /// <summary>Tiles along one axis.</summary>
    public static int Along(int size, int dilation, int tile)
    {
        int tiles = 0;
        for (int phase = 0; phase < Math.Min(dilation, size); phase++)
            tiles += Integers.CeilingDivide(Integers.CeilingDivide(size - phase, dilation), tile);
        return tiles;
    }

    public void Allocate(ref ScratchLayout layout)
    {
        _firstRow = layout.Integers(_rows);
        _firstColumn = layout.Integers(_columns);
        Zeros = layout.Floats(MostChannels);
    }

    /// <summary>Fills the tables and the zeros.</summary>
    public readonly void Fill()
    {
        Locate(_firstRow, Problem.Height);
        Locate(_firstColumn, Problem.Width);
        new Span<float>(Zeros, MostChannels).Clear();
    }

    /// <summary>Lists the source pixels of a tile.</summary>
    public readonly void ListSource(int tile, float** list)
    {
        int row = _firstRow[tile / _columns % _rows] - Problem.Pad, column = _firstColumn[tile % _columns] - Problem.Pad;
        int height = Problem.SourceHeight, width = Problem.SourceWidth, channels = Problem.SourceChannels;
        float* image = Problem.Source + (nint)(tile / _columns / _rows) * height * width * channels;
        List(image, row, column, Transforms.Points, height, width, channels, Zeros, list);
    }

    /// <summary>Lists the target pixels of a tile; those outside the image are <paramref name="outside"/>.</summary>
    public readonly void ListTarget(int tile, float* outside, float** list)
    {
        int row = _firstRow[tile / _columns % _rows], column = _firstColumn[tile % _columns];
        int height = Problem.Height, width = Problem.Width, channels = Problem.Channels;
        float* image = Problem.Target + (nint)(tile / _columns / _rows) * height * width * channels;
        List(image, row, column, Transforms.Tile, height, width, channels, outside, list);
    }

    private readonly void Locate(int* first, int size)
    {
        int tiles = 0;
        for (int phase = 0; phase < Math.Min(Problem.Dilation, size); phase++)
            for (int at = phase; at < size; at += Problem.Dilation * Transforms.Tile)
                first[tiles++] = at;
    }

    private readonly void List(
        float* image, int row, int column, int side, int height, int width, int channels, float* outside, float** list)
    {
        int dilation = Problem.Dilation;
        for (int i = 0; i < side; i++, row += dilation)
            for (int j = 0, at = column; j < side; j++, at += dilation)
                *list++ = (uint)row < (uint)height && (uint)at < (uint)width ? image + ((nint)row * width + at) * channels : outside;
    }
}
