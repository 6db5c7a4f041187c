using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>
/// What the Winograd products of a convolution share: a tile reads Points x Points source pixels, Dilation apart, and gives
/// Tile x Tile target pixels, Dilation apart (a convolution of dilation d is d * d interleaved undilated ones, each with
/// tiles of its own).
/// </summary>
internal unsafe struct WinogradTiles
{
    public WinogradKernels Kernels;

    /// <summary>(Batch, SourceHeight, SourceWidth, SourceChannels).</summary>
    public float* Source;

    public int Batch, SourceHeight, SourceWidth, SourceChannels;

    /// <summary>(Batch, Height, Width, Channels).</summary>
    public float* Target;

    public int Height, Width, Channels, Dilation;

    /// <summary>A target pixel reads the source from this far before it, in pixels; may be negative.</summary>
    public int Pad;

    /// <summary>First target row of each row of tiles, and first target column of each column of tiles.</summary>
    public int* FirstRow, FirstColumn;

    public int Rows, Columns;

    /// <summary>(most channels): a source pixel outside the image.</summary>
    public float* Zeros;

    /// <summary>Tiles of the whole batch.</summary>
    public readonly int Count => Batch * Rows * Columns;

    /// <summary>Tiles along one axis.</summary>
    public static int Along(int size, int dilation, int tile)
    {
        int tiles = 0;
        for (int phase = 0; phase < Math.Min(dilation, size); phase++)
            tiles += ((size - phase + dilation - 1) / dilation + tile - 1) / tile;
        return tiles;
    }

    /// <summary>Fills the tables; they take Along(Height) + Along(Width) words.</summary>
    public void Locate(int* tables)
    {
        FirstRow = tables;
        Rows = Fill(FirstRow, Height);
        FirstColumn = tables + Rows;
        Columns = Fill(FirstColumn, Width);
    }

    private readonly int Fill(int* first, int size)
    {
        int tiles = 0;
        for (int phase = 0; phase < Math.Min(Dilation, size); phase++)
            for (int at = phase; at < size; at += Dilation * Kernels.Tile)
                first[tiles++] = at;
        return tiles;
    }

    /// <summary>Lists the source pixels of a tile.</summary>
    public readonly void ListSource(int tile, float** list)
    {
        int row = FirstRow[tile / Columns % Rows] - Pad, column = FirstColumn[tile % Columns] - Pad;
        float* image = Source + (nint)(tile / Columns / Rows) * SourceHeight * SourceWidth * SourceChannels;
        List(image, row, column, Kernels.Points, SourceHeight, SourceWidth, SourceChannels, Zeros, list);
    }

    /// <summary>Lists the target pixels of a tile; those outside the image are <paramref name="outside"/>.</summary>
    public readonly void ListTarget(int tile, float* outside, float** list)
    {
        float* image = Target + (nint)(tile / Columns / Rows) * Height * Width * Channels;
        List(image, FirstRow[tile / Columns % Rows], FirstColumn[tile % Columns], Kernels.Tile, Height, Width, Channels, outside, list);
    }

    private readonly void List(float* image, int row, int column, int side, int height, int width, int channels, float* outside, float** list)
    {
        for (int i = 0; i < side; i++, row += Dilation)
            for (int j = 0, at = column; j < side; j++, at += Dilation)
                *list++ = (uint)row < (uint)height && (uint)at < (uint)width ? image + ((nint)row * width + at) * channels : outside;
    }
}

/// <summary>
/// The forward pass and the input gradient by Winograd's algorithm: the tiles go by in blocks; of a block first every source tile
/// is transformed, then each chunk (some tiles, some target channels) does its products for all points and transforms them
/// back while they are in the second-level cache.
/// </summary>
internal unsafe struct ConvWinograd
{
    /// <summary>Most tiles and target channels of a chunk; their products are 442 KiB at most.</summary>
    public const int MostTiles = 48, MostLanes = 64;

    private const long BlockBytes = 1 << 19;
    private const int LeastTiles = 192, MostBlock = 1536, LeastFused = 8, FusedWeights = 1 << 20, MostLocal = 64, LeastLocal = 8, LocalTiles = 24;

    public MicroKernels Kernels;
    public WinogradTiles Tiles;

    public WinogradWeights Weights;

    /// <summary>
    /// Transformed weights: (products, <see cref="WeightDistance"/>), panels as <see cref="ConvPackJob"/> makes them; fused, one panel for each
    /// worker.
    /// </summary>
    public float* TransformedWeights;

    /// <summary>(parts, products, tiles of a block, RowDistance): the transformed source.</summary>
    public float* Transformed;

    /// <summary>(Channels rounded up to panels): the bias or zeros.</summary>
    public float* Start;

    /// <summary>(Channels rounded up to panels): zeros, and where pixels outside the image go.</summary>
    public float* Zeros, Dump;

    public bool Add;

    /// <summary>
    /// One block holds all tiles and the weights are many: a chunk is one panel and all tiles, and transforms the panel's weights itself. They
    /// then never leave the caches.
    /// </summary>
    public bool Fused { get; private set; }

    /// <summary>
    /// Few source channels: a chunk is a block, and a worker transforms the block's source itself, into a buffer of its own. One parallel region does
    /// what else takes two a block.
    /// </summary>
    public bool Local { get; private set; }

    private int _tilesPerChunk, _panelsPerChunk;

    /// <summary>Tiles that are transformed at once.</summary>
    public int Block { get; private set; }

    private readonly int Parts => (Tiles.SourceChannels + ConvGather.Depth - 1) / ConvGather.Depth;

    /// <summary>Floats from one product's weights to the next; odd in cache lines, so that they fall into different sets.</summary>
    public readonly nint WeightDistance => (nint)Tiles.SourceChannels * (Fused ? Kernels.Lanes : Panels * Kernels.Lanes) + 16;

    private readonly int Panels => ConvGather.PanelCount(Tiles.Channels, Kernels.Lanes);

    private readonly int RowDistance => Tiles.SourceChannels <= 16 ? 16 : Tiles.SourceChannels <= 64 ? 64 : MicroKernels.GatherStride;

    private readonly nint SourceDistance => (nint)Block * RowDistance + 16;

    private readonly int RowFloats => _panelsPerChunk * Kernels.Lanes;

    private readonly nint ProductDistance => (nint)_tilesPerChunk * RowFloats + 16;

    /// <summary>Floats of <see cref="Transformed"/>; local, of each worker.</summary>
    public readonly long TransformedFloats => (long)Parts * Tiles.Kernels.Products * SourceDistance;

    /// <summary>Chooses the blocks from the shape alone.</summary>
    public void Plan()
    {
        Local = Tiles.SourceChannels <= MostLocal && Tiles.Count >= LeastLocal * LocalTiles;
        if (Local)
        {
            Block = _tilesPerChunk = RoundUp(LocalTiles, Kernels.Rows);
            _panelsPerChunk = Math.Min(Panels, MostLanes / Kernels.Lanes);
            return;
        }

        int count = RoundUp(Tiles.Count, Kernels.Rows);
        long bytes = (long)Tiles.Kernels.Products * Tiles.SourceChannels * sizeof(float);
        Block = Math.Min(count, RoundUp((int)Math.Clamp(BlockBytes / bytes, LeastTiles, MostBlock), Kernels.Rows));
        Fused = Tiles.Count <= Block && Panels >= LeastFused && Tiles.Kernels.Products * (long)Tiles.SourceChannels * Tiles.Channels >= FusedWeights;
        _panelsPerChunk = Fused ? 1 : Math.Min(Panels, MostLanes / Kernels.Lanes);
        _tilesPerChunk = Fused ? MostTiles : Math.Min(Block, RoundUp(Math.Clamp(Block / 8, Kernels.Rows, MostTiles), Kernels.Rows));
    }

    /// <summary>Tiles of the block that begins with <paramref name="first"/>.</summary>
    public readonly int InBlock(int first) => Math.Min(Block, Tiles.Count - first);

    private readonly int Groups => (Panels + _panelsPerChunk - 1) / _panelsPerChunk;

    public readonly int ProductChunks(int first) => Fused ? Panels : (InBlock(first) + _tilesPerChunk - 1) / _tilesPerChunk * Groups;

    /// <summary>Transforms a source tile of the block.</summary>
    public readonly void TransformSource(int first, int tile, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList;
        Tiles.ListSource(first + tile, list);
        for (int part = 0; part < Parts; part++)
        {
            int channel = part * ConvGather.Depth, end = Math.Min(Tiles.SourceChannels, channel + ConvGather.Depth);
            float* to = Transformed + part * Tiles.Kernels.Products * SourceDistance + (nint)tile * RowDistance;
            Tiles.Kernels.Source(list, channel, end, to, SourceDistance, scratch->WinogradTemp);
        }
    }

    /// <summary>Blocks.</summary>
    public readonly int Blocks => (Tiles.Count + Block - 1) / Block;

    /// <summary>A whole block.</summary>
    public readonly void RunLocal(int block, int worker, ConvScratch* scratch)
    {
        ConvWinograd local = this;
        local.Transformed += worker * TransformedFloats;
        int first = block * Block;
        for (int tile = 0; tile < InBlock(first); tile++)
            local.TransformSource(first, tile, scratch);
        for (int panel = 0; panel < Panels; panel += _panelsPerChunk)
            local.Multiply(first, 0, panel, Math.Min(panel + _panelsPerChunk, Panels), TransformedWeights, scratch);
    }

    /// <summary>One chunk of a block: some tiles, some target channels.</summary>
    public readonly void Run(int first, int chunk, int worker, ConvScratch* scratch)
    {
        if (!Fused)
        {
            int firstPanel = chunk % Groups * _panelsPerChunk;
            Multiply(first, chunk / Groups * _tilesPerChunk, firstPanel, Math.Min(firstPanel + _panelsPerChunk, Panels), TransformedWeights, scratch);
            return;
        }

        float* weights = TransformedWeights + worker * Tiles.Kernels.Products * WeightDistance;
        Weights.Transform(Tiles.Kernels, chunk, 0, Tiles.SourceChannels, weights, WeightDistance, scratch);
        for (int tile = 0; tile < Tiles.Count; tile += _tilesPerChunk)
            Multiply(first, tile, chunk, chunk + 1, weights - (nint)chunk * Kernels.Lanes * Tiles.SourceChannels, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(int first, int firstTile, int firstPanel, int endPanel, float* transformedWeights, ConvScratch* scratch)
    {
        int tiles = Math.Min(_tilesPerChunk, InBlock(first) - firstTile), column = firstPanel * Kernels.Lanes;
        int distance = RowDistance;
        float* products = scratch->WinogradProducts;
        for (int i = 0; i < _tilesPerChunk; i++)
            scratch->Targets[i] = products + (nint)i * RowFloats;
        for (int part = 0; part < Parts; part++)
        {
            int row = part * ConvGather.Depth;
            Segment segment = new(row, Math.Min(ConvGather.Depth, Tiles.SourceChannels - row));
            for (int point = 0; point < Tiles.Kernels.Products; point++)
            {
                float* source = Transformed + (part * Tiles.Kernels.Products + point) * SourceDistance + (nint)firstTile * RowDistance;
                for (int panel = firstPanel; panel < endPanel; panel++)
                {
                    float* weights = transformedWeights + point * WeightDistance + (nint)panel * Kernels.Lanes * Tiles.SourceChannels;
                    nint at = point * ProductDistance + (panel - firstPanel) * Kernels.Lanes;
                    var kernel = Kernel(ConvGather.IsNarrow(Tiles.Channels, panel * Kernels.Lanes, Kernels.Lanes));
                    for (int i = 0; i < tiles; i += Kernels.Rows)
                        kernel(source + (nint)i * distance, &segment, &segment + 1, weights, scratch->Targets + i, at, part == 0 ? Zeros : null);
                }
            }
        }

        int channels = Math.Min(Tiles.Channels, endPanel * Kernels.Lanes) - column;
        float** list = scratch->WinogradList, targets = scratch->WinogradTargets;
        for (int i = 0; i < tiles; i++)
        {
            for (int point = 0; point < Tiles.Kernels.Products; point++)
                list[point] = products + point * ProductDistance + (nint)i * RowFloats;
            Tiles.ListTarget(first + firstTile + i, Dump, targets);
            Tiles.Kernels.Result(list, channels, targets, column, Add ? null : Start + column, scratch->WinogradTemp);
        }
    }

    private readonly delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Kernel(bool narrow) => RowDistance switch
    {
        16 => narrow ? Kernels.Narrow16 : Kernels.Wide16,
        64 => narrow ? Kernels.Narrow64 : Kernels.Wide64,
        _ => narrow ? Kernels.Narrow : Kernels.Wide,
    };

    internal static int RoundUp(int count, int to) => (count + to - 1) / to * to;
}

/// <summary>The source transforms of a block as a job.</summary>
internal readonly unsafe struct WinogradSourceJob(ConvWinograd product, int first, ConvScratch* scratch) : IJob
{
    private const int TilesPerChunk = 8;

    private readonly ConvWinograd _product = product;

    public int Chunks => (_product.InBlock(first) + TilesPerChunk - 1) / TilesPerChunk;

    public void Run(int chunk, int worker)
    {
        int end = Math.Min(_product.InBlock(first), (chunk + 1) * TilesPerChunk);
        for (int tile = chunk * TilesPerChunk; tile < end; tile++)
            _product.TransformSource(first, tile, scratch + worker);
    }
}

/// <summary>The products of a block as a job.</summary>
internal readonly unsafe struct WinogradProductJob(ConvWinograd product, int first, ConvScratch* scratch) : IJob
{
    private readonly ConvWinograd _product = product;

    public void Run(int chunk, int worker) => _product.Run(first, chunk, worker, scratch + worker);
}

/// <summary>Local blocks as a job.</summary>
internal readonly unsafe struct WinogradLocalJob(ConvWinograd product, ConvScratch* scratch) : IJob
{
    private readonly ConvWinograd _product = product;

    public void Run(int chunk, int worker) => _product.RunLocal(chunk, worker, scratch + worker);
}
