using System.Runtime.CompilerServices;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Winograd;

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
/// The forward pass and the input gradient by Winograd's algorithm. Either a chunk is a block of tiles: a worker transforms their source into a
/// buffer of its own, does the products of all points for some target channels at a time, and transforms them back while they are in the
/// second-level cache. Or, where the weights are many and the tiles few (<see cref="ByPanels"/>), a chunk is a panel of the weights and all tiles: the
/// worker transforms the panel, and it never leaves its caches. What all chunks need, the weights of the one and the source of the other, is
/// transformed in a region before; few workers do it each for themselves instead (<see cref="Private"/>).
/// </summary>
internal unsafe struct ConvWinograd
{
    /// <summary>Most tiles and target channels whose products are held; 442 KiB at most.</summary>
    public const int MostTiles = 48, MostLanes = 64;

    private const int LeastPanels = 8, ManyWeights = 1 << 20, FewTiles = 384, EvenBlocks = 8, MostPrivateWorkers = 4;
    private const long MostPrivateFloats = 1 << 23;

    public MicroKernels Kernels;
    public WinogradTiles Tiles;

    public WinogradWeights Weights;

    /// <summary>
    /// Transformed weights: (products, <see cref="WeightDistance"/>), panels as <see cref="ConvPackJob"/> makes them; <see cref="WeightFloats"/> for
    /// each worker that has its own.
    /// </summary>
    public float* TransformedWeights;

    /// <summary>(parts, products, tiles, RowDistance): the transformed source; <see cref="SourceFloats"/> for each worker that has its own.</summary>
    public float* Transformed;

    /// <summary>(Channels rounded up to panels): the bias or zeros.</summary>
    public float* Start;

    /// <summary>(Channels rounded up to panels): zeros, and where pixels outside the image go.</summary>
    public float* Zeros, Dump;

    public bool Add;

    /// <summary>A chunk is a panel and all tiles; else a block of tiles and all panels.</summary>
    public bool ByPanels { get; private set; }

    /// <summary>
    /// Each worker transforms for itself what all chunks need. Twice the work, and faster on two cores that share no cache: reading what
    /// the other wrote, and worse, writing where the other has read, takes longer than to compute it.
    /// </summary>
    public bool Private { get; private set; }

    /// <summary>Tells this product from the one before: see <see cref="ConvScratch.Prepared"/>.</summary>
    public long Call;

    private int _block, _panelsPerChunk, _blocks;

    private readonly int Parts => (Tiles.SourceChannels + ConvGather.Depth - 1) / ConvGather.Depth;

    /// <summary>Floats from one product's weights to the next; odd in cache lines, so that they fall into different sets.</summary>
    private readonly nint WeightDistance => (nint)Tiles.SourceChannels * (ByPanels ? Kernels.Lanes : Panels * Kernels.Lanes) + 16;

    private readonly int Panels => ConvGather.PanelCount(Tiles.Channels, Kernels.Lanes);

    private readonly int RowDistance => Tiles.SourceChannels switch
    {
        <= 16 => 16,
        <= 64 => 64,
        <= 128 => 128,
        _ => MicroKernels.GatherStride,
    };

    private readonly nint SourceDistance => (nint)_block * RowDistance + 16;

    private readonly int RowFloats => _panelsPerChunk * Kernels.Lanes;

    private readonly nint ProductDistance => (nint)MostTiles * RowFloats + 16;

    /// <summary>Floats of transformed weights; one panel's, or all.</summary>
    public readonly long WeightFloats => Tiles.Kernels.Products * (long)WeightDistance;

    /// <summary>Floats of transformed source; of a block, or all.</summary>
    public readonly long SourceFloats => (long)Parts * Tiles.Kernels.Products * SourceDistance;

    /// <summary>Whether each worker has weights, and source, of its own.</summary>
    public readonly bool OwnWeights => ByPanels || Private;

    /// <inheritdoc cref="OwnWeights"/>
    public readonly bool OwnSource => !ByPanels || Private;

    /// <summary>Chunks of the products.</summary>
    public readonly int Chunks => ByPanels ? Panels : _blocks;

    /// <summary>Chunks of what all of those need, in a region of its own.</summary>
    public readonly int SharedChunks => ByPanels ? (Tiles.Count + TilesPerChunk - 1) / TilesPerChunk : Panels * RowChunks;

    private const int TilesPerChunk = 8, RowsPerChunk = 32;

    private readonly int RowChunks => (Tiles.SourceChannels + RowsPerChunk - 1) / RowsPerChunk;

    private readonly int TileRows => (Tiles.Count + Kernels.Rows - 1) / Kernels.Rows;

    /// <summary>Chooses the blocks, from the shape alone.</summary>
    public void Plan(int workers)
    {
        ByPanels = Panels >= LeastPanels && Tiles.Count <= FewTiles && Tiles.Kernels.Products * (long)Tiles.SourceChannels * Tiles.Channels >= ManyWeights;
        _panelsPerChunk = ByPanels ? 1 : Math.Min(Panels, MostLanes / Kernels.Lanes);
        int tiles = Tiles.SourceChannels <= 128 ? 24 : 36; // the more channels, the more weights pass by a block
        int blocks = Math.Max(1, (TileRows * Kernels.Rows + tiles - 1) / tiles);
        _blocks = ByPanels ? 1 : Math.Min(TileRows, RoundUp(blocks, blocks > EvenBlocks ? EvenBlocks : 2));
        _block = (TileRows + _blocks - 1) / _blocks * Kernels.Rows;
        Private = workers <= MostPrivateWorkers && (ByPanels ? SourceFloats : WeightFloats) <= MostPrivateFloats;
    }

    /// <summary>A chunk of what all chunks of the products need: some rows of a panel of the weights, or some tiles of the source.</summary>
    public readonly void RunShared(int chunk, ConvScratch* scratch)
    {
        if (ByPanels)
        {
            int first = chunk * TilesPerChunk;
            TransformSource(first, Math.Min(TilesPerChunk, Tiles.Count - first), Transformed + (nint)first * RowDistance, scratch);
            return;
        }

        int panel = chunk / RowChunks, row = chunk % RowChunks * RowsPerChunk, end = Math.Min(Tiles.SourceChannels, row + RowsPerChunk);
        float* to = TransformedWeights + (nint)panel * Kernels.Lanes * Tiles.SourceChannels;
        Weights.Transform(Tiles.Kernels, panel, row, end, to, WeightDistance, scratch);
    }

    /// <summary>A chunk of the products.</summary>
    public readonly void Run(int chunk, int worker, ConvScratch* scratch)
    {
        ConvWinograd own = this;
        own.TransformedWeights += OwnWeights ? worker * WeightFloats : 0;
        own.Transformed += OwnSource ? worker * SourceFloats : 0;
        if (Private && scratch->Prepared != Call)
        {
            for (int i = 0; i < SharedChunks; i++)
                own.RunShared(i, scratch);
            scratch->Prepared = Call;
        }

        if (ByPanels)
            own.RunPanel(chunk, scratch);
        else
            own.RunBlock(First(chunk), Math.Min(Tiles.Count, First(chunk + 1)), scratch);
    }

    private readonly void RunBlock(int first, int end, ConvScratch* scratch)
    {
        TransformSource(first, end - first, Transformed, scratch);
        for (int panel = 0; panel < Panels; panel += _panelsPerChunk)
            Multiply(first, end - first, Transformed, panel, Math.Min(panel + _panelsPerChunk, Panels), TransformedWeights, scratch);
    }

    private readonly void RunPanel(int panel, ConvScratch* scratch)
    {
        Weights.Transform(Tiles.Kernels, panel, 0, Tiles.SourceChannels, TransformedWeights, WeightDistance, scratch);
        for (int tile = 0; tile < Tiles.Count; tile += MostTiles)
            Multiply(tile, Math.Min(MostTiles, Tiles.Count - tile), Transformed + (nint)tile * RowDistance, panel, panel + 1,
                TransformedWeights - (nint)panel * Kernels.Lanes * Tiles.SourceChannels, scratch);
    }

    /// <summary>Transforms source tiles to rows of a buffer.</summary>
    private readonly void TransformSource(int first, int count, float* to, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList;
        for (int tile = 0; tile < count; tile++, to += RowDistance)
        {
            Tiles.ListSource(first + tile, list);
            for (int part = 0; part < Parts; part++)
            {
                int channel = part * ConvGather.Depth, end = Math.Min(Tiles.SourceChannels, channel + ConvGather.Depth);
                Tiles.Kernels.Source(list, channel, end, to + part * Tiles.Kernels.Products * SourceDistance, SourceDistance, scratch->WinogradTemp);
            }
        }
    }

    private readonly int First(int block) => (int)((long)TileRows * block / _blocks) * Kernels.Rows;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(int first, int tiles, float* transformed, int firstPanel, int endPanel, float* transformedWeights, ConvScratch* scratch)
    {
        int column = firstPanel * Kernels.Lanes, distance = RowDistance;
        float* products = scratch->WinogradProducts;
        for (int i = 0; i < MostTiles; i++)
            scratch->Targets[i] = products + (nint)i * RowFloats;
        for (int part = 0; part < Parts; part++)
        {
            int row = part * ConvGather.Depth;
            Segment segment = new(row, Math.Min(ConvGather.Depth, Tiles.SourceChannels - row));
            for (int point = 0; point < Tiles.Kernels.Products; point++)
            {
                float* source = transformed + (part * Tiles.Kernels.Products + point) * SourceDistance;
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
            Tiles.ListTarget(first + i, Dump, targets);
            Tiles.Kernels.Result(list, channels, targets, column, Add ? null : Start + column, scratch->WinogradTemp);
        }
    }

    private readonly delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Kernel(bool narrow) => RowDistance switch
    {
        16 => narrow ? Kernels.Narrow16 : Kernels.Wide16,
        64 => narrow ? Kernels.Narrow64 : Kernels.Wide64,
        128 => narrow ? Kernels.Narrow128 : Kernels.Wide128,
        _ => narrow ? Kernels.Narrow : Kernels.Wide,
    };

    internal static int RoundUp(int count, int to) => (count + to - 1) / to * to;
}

/// <summary>What all chunks of the products need, as a job.</summary>
internal readonly unsafe struct WinogradSharedJob(ConvWinograd product, ConvScratch* scratch) : IJob
{
    private readonly ConvWinograd _product = product;

    public void Run(int chunk, int worker) => _product.RunShared(chunk, scratch + worker);
}

/// <summary>The products as a job.</summary>
internal readonly unsafe struct WinogradJob(ConvWinograd product, ConvScratch* scratch) : IJob
{
    private readonly ConvWinograd _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch + worker);
}
