using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>
/// A convolution as a product of gathered pixels and packed weights: an implicit GEMM. Nothing but some tiles of pixels is ever gathered; a
/// tap that lies in padding (or between the strides of an input gradient) for a whole tile costs nothing.
/// </summary>
internal unsafe struct ImplicitGemmProduct(in MicroKernels kernels, in ConvProblem problem) : IScratch
{
    /// <summary>Most tiles whose gathered rows a worker keeps: they stay in its second-level cache while the panels pass by.</summary>
    public const int MostTiles = 16;

    private const int LeastChunks = 32;
    private const int LeastTiles = 4, EvenChunks = 8;

    public MicroKernels Kernels = kernels;
    public ConvProblem Problem = problem;
    public TapTables Tables;
    public PackedOperands Operands;

    private int _units, _unitLength, _channelParts, _unitsPerBlock, _blocks, _tiles, _tileChunks, _panels, _panelsPerChunk, _panelGroups;

    private readonly int PanelRows => Problem.Taps * Problem.Taps * Problem.SourceChannels;

    public void Allocate(ref ScratchLayout layout)
    {
        Tables.Allocate(ref layout, Problem);
        Operands.Allocate(ref layout, Problem, Kernels.Lanes);
    }

    /// <summary>Chooses the blocks from the shape alone; returns the number of chunks.</summary>
    public int Schedule()
    {
        _channelParts = Integers.CeilingDivide(Problem.SourceChannels, Panel.MostDepth);
        _unitLength = Math.Min(Problem.SourceChannels, Integers.RoundUp(Integers.CeilingDivide(Problem.SourceChannels, _channelParts), 16));
        _units = Problem.Taps * Problem.Taps * _channelParts;
        int most = Panel.MostDepth / _unitLength;
        _blocks = Integers.CeilingDivide(_units, most);
        _unitsPerBlock = Integers.CeilingDivide(_units, _blocks);
        _tiles = Integers.CeilingDivide(Problem.Batch * Problem.Height * Problem.Width, Kernels.Rows);
        int tilesPerChunk = Math.Clamp(_tiles / LeastChunks, LeastTiles, MostTiles);
        _tileChunks = Integers.CeilingDivide(_tiles, tilesPerChunk);
        int even = _tileChunks / EvenChunks * EvenChunks; // as much for each of two, four or eight workers
        if (even > 0)
            _tileChunks = _tiles > even * MostTiles ? even + EvenChunks : even;
        _panels = Panel.Count(Problem.Channels, Kernels.Lanes);
        int groups = Math.Min(_panels, Integers.CeilingDivide(LeastChunks, _tileChunks));
        _panelsPerChunk = Integers.CeilingDivide(_panels, groups);
        _panelGroups = Integers.CeilingDivide(_panels, _panelsPerChunk);
        return _tileChunks * _panelGroups;
    }

    /// <summary>One chunk: some tiles times some panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, ImplicitGemmScratch* scratch)
    {
        int part = chunk / _panelGroups;
        int firstTile = (int)((long)_tiles * part / _tileChunks), tiles = (int)((long)_tiles * (part + 1) / _tileChunks) - firstTile;
        int firstPanel = chunk % _panelGroups * _panelsPerChunk, endPanel = Math.Min(_panels, firstPanel + _panelsPerChunk);
        Locate(firstTile * Kernels.Rows, tiles * Kernels.Rows, scratch);
        for (int block = 0; block < _blocks; block++)
        {
            int firstUnit = block * _unitsPerBlock, endUnit = Math.Min(_units, firstUnit + _unitsPerBlock);
            for (int tile = 0; tile < tiles; tile++)
                scratch->SegmentCount[tile] = Gather(tile, firstUnit, endUnit, scratch);
            Into into = block == 0 ? Problem.Into : Into.Add;
            for (int panel = firstPanel; panel < endPanel; panel++)
                Multiply(Panel.At(panel, Problem.Channels, Kernels.Lanes), tiles, into, scratch);
        }
    }

    private readonly void Multiply(Panel panel, int tiles, Into into, ImplicitGemmScratch* scratch)
    {
        float* weights = Operands.Panels + (nint)panel.Column * PanelRows;
        float* start = into == Into.Set ? Operands.Start + panel.Column : null;
        var kernel = panel.Width < Kernels.Lanes ? Kernels.Narrow : Kernels.Wide;
        for (int tile = 0; tile < tiles; tile++)
        {
            Segment* segments = scratch->Segments + tile * ImplicitGemmScratch.MostSegments, end = segments + scratch->SegmentCount[tile];
            if (segments == end && into == Into.Add)
                continue;
            float* rows = scratch->Gathered + (nint)tile * Kernels.Rows * MicroKernels.GatherStride;
            float** targets = scratch->Targets + tile * Kernels.Rows;
            if (panel.IsWhole)
            {
                kernel(rows, segments, end, weights, targets, panel.Column, start);
                continue;
            }

            if (into == Into.Add)
                scratch->Edge.Load(targets, Kernels.Rows, panel);
            kernel(rows, segments, end, weights, scratch->Edge.Rows, 0, start);
            scratch->Edge.Store(targets, Kernels.Rows, panel);
        }
    }

    /// <summary>Writes where each pixel of the tiles lies; rows past the last pixel repeat it and write to a dump.</summary>
    private readonly void Locate(int first, int count, ImplicitGemmScratch* scratch)
    {
        int batch = Problem.Batch, height = Problem.Height, width = Problem.Width, pixels = batch * height * width, n, p, q;
        nint image = (nint)Problem.SourceHeight * Problem.SourceWidth * Problem.SourceChannels;
        PixelOrder order = Problem.Order;
        if (order == PixelOrder.ImagesInnermost)
            (n, q, p) = (first % batch, first / batch % width, first / batch / width);
        else
            (q, p, n) = (first % width, first / width % height, first / width / height);
        for (int i = 0; i < count; i++)
        {
            int column = Tables.ColumnOrder[q];
            bool real = first + i < pixels;
            scratch->Row[i] = p;
            scratch->Column[i] = column;
            scratch->Image[i] = Problem.Source + n * image;
            scratch->Targets[i] = real ? Problem.Target + (((nint)n * height + p) * width + column) * Problem.Channels : Operands.Dump;
            if (first + i + 1 >= pixels)
                continue;
            if (order == PixelOrder.ImagesInnermost)
            {
                if (++n == batch)
                    (n, q) = (0, q + 1);
                if (q == width)
                    (q, p) = (0, p + 1);
            }
            else
            {
                if (++q == width)
                    (q, p) = (0, p + 1);
                if (p == height)
                    (p, n) = (0, n + 1);
            }
        }
    }

    /// <summary>
    /// Copies the source rows of one tile side by side, leaving out taps that no pixel of it has; returns the number of
    /// segments.
    /// </summary>
    private readonly int Gather(int tile, int firstUnit, int endUnit, ImplicitGemmScratch* scratch)
    {
        Segment* segments = scratch->Segments + tile * ImplicitGemmScratch.MostSegments;
        float* rows = scratch->Gathered + (nint)tile * Kernels.Rows * MicroKernels.GatherStride;
        int first = tile * Kernels.Rows, filled = 0, count = 0;
        for (int unit = firstUnit; unit < endUnit; unit++)
        {
            int tap = unit / _channelParts, channel = unit % _channelParts * _unitLength;
            int row = tap * Problem.SourceChannels + channel, length = Math.Min(_unitLength, Problem.SourceChannels - channel);
            if (!GatherTap(tap, channel, length, first, rows + filled, scratch))
                continue;
            if (count > 0 && segments[count - 1].Row + segments[count - 1].Count == row)
                segments[count - 1] = new Segment(segments[count - 1].Row, segments[count - 1].Count + length);
            else
                segments[count++] = new Segment(row, length);
            filled += length;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly bool GatherTap(int tap, int channel, int length, int first, float* to, ImplicitGemmScratch* scratch)
    {
        int* rowOf = Tables.RowOf + tap / Problem.Taps * Problem.Height, columnOf = Tables.ColumnOf + tap % Problem.Taps * Problem.Width;
        float** at = scratch->Found;
        bool any = false;
        for (int i = 0; i < Kernels.Rows; i++)
        {
            int row = rowOf[scratch->Row[first + i]], column = columnOf[scratch->Column[first + i]];
            bool inside = (row | column) >= 0;
            nint pixel = (nint)row * Problem.SourceWidth + column;
            at[i] = inside ? scratch->Image[first + i] + pixel * Problem.SourceChannels + channel : null;
            any |= inside;
        }

        for (int i = 0; any && i < Kernels.Rows; i++, to += MicroKernels.GatherStride)
        {
            if (at[i] != null)
                PixelRow.Copy(at[i], to, length);
            else
                PixelRow.Clear(to, length);
        }

        return any;
    }

}

/// <summary>The product as a job.</summary>
internal readonly unsafe struct ImplicitGemmJob(ImplicitGemmProduct product, PerWorker<ImplicitGemmScratch> scratch) : IJob
{
    private readonly ImplicitGemmProduct _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, scratch.Of(worker));
}
