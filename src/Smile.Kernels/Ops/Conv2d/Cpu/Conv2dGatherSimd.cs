using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// A convolution as a product of gathered pixels and packed weights. The forward pass and the input gradient are the same
/// problem: a target pixel reads source pixels, given for each tap and axis by a table, times a weight matrix
/// (taps x source channels, target channels). Nothing but one tile of pixels is ever gathered; a tap that lies in padding
/// (or between the strides of an input gradient) for a whole tile costs nothing.
/// </summary>
internal unsafe struct ConvGather
{
    /// <summary>Most source channels that one gathered row holds.</summary>
    public const int Depth = 256;

    /// <summary>Most tiles whose gathered rows a worker keeps: they stay in its second-level cache while the panels pass by.</summary>
    public const int MaxTiles = 16;

    private const int LeastChunks = 32;
    private const int LeastTiles = 4, EvenChunks = 8;

    public MicroKernels Kernels;

    /// <summary>(Batch, SourceHeight, SourceWidth, SourceChannels).</summary>
    public float* Source;

    public int Batch, SourceHeight, SourceWidth, SourceChannels;

    /// <summary>(Batch, Height, Width, Channels).</summary>
    public float* Target;

    public int Height, Width, Channels, Taps;

    /// <summary>(Taps, Height) and (Taps, Width): the source row and column that a tap reads, or -1.</summary>
    public int* RowOf, ColumnOf;

    /// <summary>(Width): target columns in the order in which tiles take them, so that one tile has one phase of the stride.</summary>
    public int* ColumnOrder;

    /// <summary>The weights, panel after panel: (Taps * Taps * SourceChannels, Lanes) each.</summary>
    public float* Panels;

    /// <summary>(Channels rounded up to panels): the bias or zeros.</summary>
    public float* Start;

    /// <summary>(Channels rounded up to panels): where rows past the last pixel go; nobody reads it.</summary>
    public float* Dump;

    public bool Add;

    /// <summary>Source pixels between two target pixels, and how far before itself a target pixel reads; only for <see cref="ConvPadded"/>.</summary>
    public int Step, Pad;

    /// <summary>Neighbours in a tile are the same pixel of different images: padding is then skipped almost exactly.</summary>
    public bool ImagesInside;

    private int _units, _unitLength, _channelParts, _unitsPerBlock, _blocks, _tiles, _tileChunks, _panels, _panelsPerChunk;

    /// <summary>Rows of a panel.</summary>
    public readonly int PanelRows => Taps * Taps * SourceChannels;

    /// <summary>Panels of <paramref name="channels"/> target channels.</summary>
    public static int PanelCount(int channels, int lanes) => (channels + lanes - 1) / lanes;

    /// <summary>True where the channels that are left from <paramref name="first"/> on fit a narrow panel.</summary>
    public static bool IsNarrow(int channels, int first, int lanes) => channels - first <= lanes / 2;

    /// <summary>Words of the tables.</summary>
    public readonly long TableWords => (long)Taps * (Height + Width) + Width;

    /// <summary>Lays out the tables and the two rows.</summary>
    public void Lay(int* tables, float* start, float* dump)
    {
        RowOf = tables;
        ColumnOf = RowOf + Taps * Height;
        ColumnOrder = ColumnOf + Taps * Width;
        Start = start;
        Dump = dump;
    }

    /// <summary>Chooses the blocks from the shape alone; returns the number of chunks.</summary>
    public int Plan()
    {
        _channelParts = (SourceChannels + Depth - 1) / Depth;
        _unitLength = Math.Min(SourceChannels, Round(SourceChannels, _channelParts, 16));
        _units = Taps * Taps * _channelParts;
        int most = Depth / _unitLength;
        _blocks = (_units + most - 1) / most;
        _unitsPerBlock = (_units + _blocks - 1) / _blocks;
        _tiles = (Batch * Height * Width + Kernels.Rows - 1) / Kernels.Rows;
        int tilesPerChunk = Math.Clamp(_tiles / LeastChunks, LeastTiles, MaxTiles);
        _tileChunks = (_tiles + tilesPerChunk - 1) / tilesPerChunk;
        int even = _tileChunks / EvenChunks * EvenChunks; // as much for each of two, four or eight workers
        if (even > 0)
            _tileChunks = _tiles > even * MaxTiles ? even + EvenChunks : even;
        _panels = PanelCount(Channels, Kernels.Lanes);
        int groups = Math.Min(_panels, (LeastChunks + _tileChunks - 1) / _tileChunks);
        _panelsPerChunk = (_panels + groups - 1) / groups;
        return _tileChunks * ((_panels + _panelsPerChunk - 1) / _panelsPerChunk);
    }

    /// <summary>One chunk: some tiles times some panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, ConvScratch* scratch)
    {
        int groups = (_panels + _panelsPerChunk - 1) / _panelsPerChunk;
        int part = chunk / groups, firstTile = (int)((long)_tiles * part / _tileChunks), tiles = (int)((long)_tiles * (part + 1) / _tileChunks) - firstTile;
        int firstPanel = chunk % groups * _panelsPerChunk, endPanel = Math.Min(_panels, firstPanel + _panelsPerChunk);
        Locate(firstTile * Kernels.Rows, tiles * Kernels.Rows, scratch);
        for (int block = 0; block < _blocks; block++)
        {
            int firstUnit = block * _unitsPerBlock, endUnit = Math.Min(_units, firstUnit + _unitsPerBlock);
            for (int tile = 0; tile < tiles; tile++)
                scratch->SegmentCount[tile] = Gather(tile, firstUnit, endUnit, scratch);
            bool starts = block == 0 && !Add;
            for (int panel = firstPanel; panel < endPanel; panel++)
                Multiply(panel, tiles, starts, scratch);
        }
    }

    private readonly void Multiply(int panel, int tiles, bool starts, ConvScratch* scratch)
    {
        int column = panel * Kernels.Lanes, left = Channels - column;
        bool narrow = IsNarrow(Channels, column, Kernels.Lanes);
        int lanes = narrow ? Kernels.Lanes / 2 : Kernels.Lanes;
        float* weights = Panels + (nint)column * PanelRows;
        for (int tile = 0; tile < tiles; tile++)
        {
            Segment* segments = scratch->Segments + tile * ConvScratch.MaxSegments, end = segments + scratch->SegmentCount[tile];
            if (segments == end && !starts)
                continue;
            float* rows = scratch->Gathered + (nint)tile * Kernels.Rows * MicroKernels.GatherStride;
            float** targets = scratch->Targets + tile * Kernels.Rows;
            float* start = Start + column;
            if (left >= lanes)
            {
                if (narrow)
                    Kernels.Narrow(rows, segments, end, weights, targets, column, starts ? start : null);
                else
                    Kernels.Wide(rows, segments, end, weights, targets, column, starts ? start : null);
                continue;
            }

            // The last panel is wider than what is left: through a tile of scratch.
            scratch->FillEdge(!starts, targets, Kernels.Rows, column, left);
            if (narrow)
                Kernels.Narrow(rows, segments, end, weights, scratch->EdgeRows, 0, starts ? start : null);
            else
                Kernels.Wide(rows, segments, end, weights, scratch->EdgeRows, 0, starts ? start : null);
            scratch->EmptyEdge(targets, Kernels.Rows, column, left);
        }
    }

    /// <summary>Writes where each pixel of the tiles lies; rows past the last pixel repeat it and write to a dump.</summary>
    private readonly void Locate(int first, int count, ConvScratch* scratch)
    {
        int pixels = Batch * Height * Width, n, p, q;
        if (ImagesInside)
            (n, q, p) = (first % Batch, first / Batch % Width, first / Batch / Width);
        else
            (q, p, n) = (first % Width, first / Width % Height, first / Width / Height);
        for (int i = 0; i < count; i++)
        {
            int column = ColumnOrder[q];
            bool real = first + i < pixels;
            scratch->Row[i] = p;
            scratch->Column[i] = column;
            scratch->Image[i] = Source + (nint)n * SourceHeight * SourceWidth * SourceChannels;
            scratch->Targets[i] = real ? Target + (((nint)n * Height + p) * Width + column) * Channels : Dump;
            if (first + i + 1 >= pixels)
                continue;
            if (ImagesInside)
            {
                if (++n == Batch)
                    (n, q) = (0, q + 1);
                if (q == Width)
                    (q, p) = (0, p + 1);
            }
            else
            {
                if (++q == Width)
                    (q, p) = (0, p + 1);
                if (p == Height)
                    (p, n) = (0, n + 1);
            }
        }
    }

    /// <summary>
    /// Copies the source rows of one tile side by side, leaving out taps that no pixel of it has; returns the number of
    /// segments.
    /// </summary>
    private readonly int Gather(int tile, int firstUnit, int endUnit, ConvScratch* scratch)
    {
        Segment* segments = scratch->Segments + tile * ConvScratch.MaxSegments;
        float* rows = scratch->Gathered + (nint)tile * Kernels.Rows * MicroKernels.GatherStride;
        int first = tile * Kernels.Rows, filled = 0, count = 0;
        for (int unit = firstUnit; unit < endUnit; unit++)
        {
            int tap = unit / _channelParts, channel = unit % _channelParts * _unitLength;
            int row = tap * SourceChannels + channel, length = Math.Min(_unitLength, SourceChannels - channel);
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
    private readonly bool GatherTap(int tap, int channel, int length, int first, float* to, ConvScratch* scratch)
    {
        int* rowOf = RowOf + tap / Taps * Height, columnOf = ColumnOf + tap % Taps * Width;
        float** at = scratch->Found;
        bool any = false;
        for (int i = 0; i < Kernels.Rows; i++)
        {
            int row = rowOf[scratch->Row[first + i]], column = columnOf[scratch->Column[first + i]];
            bool inside = (row | column) >= 0;
            at[i] = inside ? scratch->Image[first + i] + ((nint)row * SourceWidth + column) * SourceChannels + channel : null;
            any |= inside;
        }

        for (int i = 0; any && i < Kernels.Rows; i++, to += MicroKernels.GatherStride)
        {
            if (at[i] != null)
                Copy(at[i], to, length);
            else
                Zero(to, length);
        }

        return any;
    }

    /// <summary>
    /// Copies whole vectors: up to 15 floats past the end are read (the arenas have room for it) and written (so has a
    /// gathered row).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* from, float* to, int length)
    {
        if (Vector512.IsHardwareAccelerated)
            for (int i = 0; i < length; i += Vector512<float>.Count)
                Vector512.Load(from + i).Store(to + i);
        else
            for (int i = 0; i < length; i += Vector256<float>.Count)
                Vector256.Load(from + i).Store(to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Zero(float* to, int length)
    {
        for (int i = 0; i < length; i += Vector256<float>.Count)
            Vector256<float>.Zero.Store(to + i);
    }

    private static int Round(int count, int parts, int to) => ((count + parts - 1) / parts + to - 1) / to * to;
}

/// <summary>The gather product as a job.</summary>
internal readonly unsafe struct ConvGatherJob(ConvGather product, ConvScratch* scratch) : IJob
{
    private readonly ConvGather _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, scratch + worker);
}
