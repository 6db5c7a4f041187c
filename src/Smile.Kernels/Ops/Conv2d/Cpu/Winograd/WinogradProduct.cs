using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>
/// The forward pass and the input gradient by Winograd's algorithm. Either a chunk is a block of tiles: a worker transforms their source
/// into a buffer of its own, does the products of all points for some target channels at a time, and transforms them back while they are in
/// the second-level cache. Or, where the weights are many and the tiles few (<see cref="ByPanels"/>), a chunk is a panel of the weights and
/// all tiles: the worker transforms the panel, and it never leaves its caches. What all chunks need, the weights of the one and the source
/// of the other, is transformed in a region before; few workers do it each for themselves instead (<see cref="Private"/>).
/// </summary>
internal unsafe struct WinogradProduct : IScratch
{
    /// <summary>Most tiles and target channels whose products are held; 442 KiB at most.</summary>
    public const int MostTiles = 48, MostLanes = 64;

    private const int LeastPanels = 8, ManyWeights = 1 << 20, FewTiles = 384, EvenBlocks = 8, MostPrivateWorkers = 4;
    private const int TilesPerChunk = 8, RowsPerChunk = 32;
    private const long MostPrivateFloats = 1 << 23;

    public MicroKernels Kernels;
    public WinogradTiles Tiles;

    /// <summary>Tells this product from the one before: see <see cref="WinogradProductScratch.Prepared"/>.</summary>
    public long Call;

    /// <summary>(channels rounded up to panels): the bias or zeros.</summary>
    public float* Start;

    private readonly WinogradWeights _weights;
    private readonly int _workers, _block, _panelsPerChunk, _blocks;

    /// <summary>
    /// Transformed weights: (products, <see cref="WeightDistance"/>), panels as <see cref="PackWeightsJob"/> makes them; <see
    /// cref="WeightFloats"/> for each worker that has its own.
    /// </summary>
    private float* _transformedWeights;

    /// <summary>
    /// (depth blocks, products, tiles, RowDistance): the transformed source; <see cref="SourceFloats"/> for each worker that has its own.
    /// </summary>
    private float* _transformed;

    /// <summary>(channels rounded up to panels): where pixels outside the image go.</summary>
    private float* _dump;

    /// <summary>Chooses the blocks, from the shape alone.</summary>
    public WinogradProduct(in MicroKernels kernels, in WinogradTiles tiles, int workers)
    {
        (Kernels, Tiles, _workers) = (kernels, tiles, workers);
        _weights = new WinogradWeights(tiles.Problem.Weights, kernels.Lanes);
        int depth = SourceChannels, panels = Panels;
        ByPanels = panels >= LeastPanels && Tiles.Count <= FewTiles && Products * (long)depth * Channels >= ManyWeights;
        _panelsPerChunk = ByPanels ? 1 : Math.Min(panels, MostLanes / kernels.Lanes);
        int most = depth <= 128 ? 24 : 36; // the more channels, the more weights pass by a block
        int blocks = Math.Max(1, Integers.CeilingDivide(TileRows * kernels.Rows, most));
        _blocks = ByPanels ? 1 : Math.Min(TileRows, Integers.RoundUp(blocks, blocks > EvenBlocks ? EvenBlocks : 2));
        _block = Integers.CeilingDivide(TileRows, _blocks) * kernels.Rows;
        Private = workers <= MostPrivateWorkers && (ByPanels ? SourceFloats : WeightFloats) <= MostPrivateFloats;
    }

    /// <summary>A chunk is a panel and all tiles; else a block of tiles and all panels.</summary>
    public readonly bool ByPanels { get; }

    /// <summary>
    /// Each worker transforms for itself what all chunks need. Twice the work, and faster on two cores that share no cache: reading what
    /// the other wrote, and worse, writing where the other has read, takes longer than to compute it.
    /// </summary>
    public readonly bool Private { get; }

    /// <summary>Chunks of the products.</summary>
    public readonly int Chunks => ByPanels ? Panels : _blocks;

    /// <summary>Chunks of what all of those need, in a region of its own.</summary>
    public readonly int SharedChunks => ByPanels ? Integers.CeilingDivide(Tiles.Count, TilesPerChunk) : Panels * RowChunks;

    private readonly int SourceChannels => Tiles.Problem.SourceChannels;

    private readonly int Channels => Tiles.Problem.Channels;

    private readonly int Products => Tiles.Transforms.Products;

    private readonly int Panels => Panel.Count(Channels, Kernels.Lanes);

    private readonly int DepthBlocks => Integers.CeilingDivide(SourceChannels, Panel.MostDepth);

    /// <summary>Floats from one product's weights to the next; odd in cache lines, so that they fall into different sets.</summary>
    private readonly nint WeightDistance => (nint)SourceChannels * (ByPanels ? Kernels.Lanes : Panels * Kernels.Lanes) + 16;

    private readonly int RowDistance => SourceChannels switch
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
    private readonly long WeightFloats => Products * (long)WeightDistance;

    /// <summary>Floats of transformed source; of a block, or all.</summary>
    private readonly long SourceFloats => (long)DepthBlocks * Products * SourceDistance;

    /// <summary>Whether each worker has weights, and source, of its own.</summary>
    private readonly bool OwnWeights => ByPanels || Private;

    /// <inheritdoc cref="OwnWeights"/>
    private readonly bool OwnSource => !ByPanels || Private;

    private readonly int RowChunks => Integers.CeilingDivide(SourceChannels, RowsPerChunk);

    private readonly int TileRows => Integers.CeilingDivide(Tiles.Count, Kernels.Rows);

    private readonly int StartFloats => Panels * Kernels.Lanes;

    public void Allocate(ref ScratchLayout layout)
    {
        Tiles.Allocate(ref layout);
        Start = layout.Floats(StartFloats);
        _dump = layout.Floats(StartFloats);
        _transformedWeights = layout.Floats((OwnWeights ? _workers : 1) * WeightFloats);
        _transformed = layout.Floats((OwnSource ? _workers : 1) * SourceFloats);
    }

    /// <summary>Fills what does not depend on the images.</summary>
    public readonly void Fill()
    {
        Tiles.Fill();
        PackedOperands.FillStart(Start, StartFloats, Tiles.Problem);
        new Span<float>(_dump, StartFloats).Clear();
    }

    /// <summary>
    /// A chunk of what all chunks of the products need: some rows of a panel of the weights, or some tiles of the source.
    /// </summary>
    public readonly void RunShared(int chunk, WinogradProductScratch* scratch)
    {
        if (ByPanels)
        {
            int first = chunk * TilesPerChunk;
            TransformSource(first, Math.Min(TilesPerChunk, Tiles.Count - first), _transformed + (nint)first * RowDistance, scratch);
            return;
        }

        int panel = chunk / RowChunks, row = chunk % RowChunks * RowsPerChunk, end = Math.Min(SourceChannels, row + RowsPerChunk);
        float* to = _transformedWeights + (nint)panel * Kernels.Lanes * SourceChannels;
        _weights.Transform(Tiles.Transforms, panel, row, end, to, WeightDistance, scratch);
    }

    /// <summary>A chunk of the products.</summary>
    public readonly void Run(int chunk, int worker, WinogradProductScratch* scratch)
    {
        WinogradProduct own = this;
        own._transformedWeights += OwnWeights ? worker * WeightFloats : 0;
        own._transformed += OwnSource ? worker * SourceFloats : 0;
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

    private readonly void RunBlock(int first, int end, WinogradProductScratch* scratch)
    {
        TransformSource(first, end - first, _transformed, scratch);
        for (int panel = 0, endPanel; panel < Panels; panel = endPanel)
        {
            endPanel = Math.Min(panel + _panelsPerChunk, Panels);
            Multiply(first, end - first, _transformed, panel, endPanel, _transformedWeights, scratch);
        }
    }

    private readonly void RunPanel(int panel, WinogradProductScratch* scratch)
    {
        _weights.Transform(Tiles.Transforms, panel, 0, SourceChannels, _transformedWeights, WeightDistance, scratch);
        float* weights = _transformedWeights - (nint)panel * Kernels.Lanes * SourceChannels; // where panel 0 would lie
        for (int tile = 0; tile < Tiles.Count; tile += MostTiles)
        {
            float* source = _transformed + (nint)tile * RowDistance;
            Multiply(tile, Math.Min(MostTiles, Tiles.Count - tile), source, panel, panel + 1, weights, scratch);
        }
    }

    /// <summary>Transforms source tiles to rows of a buffer.</summary>
    private readonly void TransformSource(int first, int count, float* to, WinogradProductScratch* scratch)
    {
        float** list = scratch->Transform.List;
        int depth = SourceChannels;
        for (int tile = 0; tile < count; tile++, to += RowDistance)
        {
            Tiles.ListSource(first + tile, list);
            for (int block = 0; block < DepthBlocks; block++)
            {
                int channel = block * Panel.MostDepth, end = Math.Min(depth, channel + Panel.MostDepth);
                float* products = to + block * Products * SourceDistance;
                Tiles.Transforms.Source(list, channel, end, products, SourceDistance, scratch->Transform.Temp);
            }
        }
    }

    private readonly int First(int block) => (int)((long)TileRows * block / _blocks) * Kernels.Rows;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(
        int first, int tiles, float* transformed, int firstPanel, int endPanel, float* transformedWeights, WinogradProductScratch* scratch)
    {
        int column = firstPanel * Kernels.Lanes, distance = RowDistance, depth = SourceChannels;
        float* products = scratch->Products;
        for (int i = 0; i < MostTiles; i++)
            scratch->ProductRows[i] = products + (nint)i * RowFloats;
        for (int block = 0; block < DepthBlocks; block++)
        {
            int row = block * Panel.MostDepth;
            Segment segment = new(row, Math.Min(Panel.MostDepth, depth - row));
            float* start = block == 0 ? Tiles.Zeros : null;
            for (int point = 0; point < Products; point++)
            {
                float* source = transformed + (block * Products + point) * SourceDistance;
                for (int index = firstPanel; index < endPanel; index++)
                {
                    Panel panel = Panel.At(index, Channels, Kernels.Lanes);
                    float* weights = transformedWeights + point * WeightDistance + (nint)panel.Column * depth;
                    nint at = point * ProductDistance + panel.Column - column;
                    var kernel = Kernel(panel);
                    for (int i = 0; i < tiles; i += Kernels.Rows)
                        kernel(source + (nint)i * distance, &segment, &segment + 1, weights, scratch->ProductRows + i, at, start);
                }
            }
        }

        TransformResult(first, tiles, column, Math.Min(Channels, endPanel * Kernels.Lanes) - column, scratch);
    }

    private readonly void TransformResult(int first, int tiles, int column, int channels, WinogradProductScratch* scratch)
    {
        float** list = scratch->Transform.List, targets = scratch->Transform.Targets;
        float* start = Tiles.Problem.Into == Into.Add ? null : Start + column;
        for (int i = 0; i < tiles; i++)
        {
            for (int point = 0; point < Products; point++)
                list[point] = scratch->ProductRows[i] + point * ProductDistance;
            Tiles.ListTarget(first + i, _dump, targets);
            Tiles.Transforms.Result(list, channels, targets, column, start, scratch->Transform.Temp);
        }
    }

    private readonly delegate*<float*, Segment*, Segment*, float*, float**, nint, float*, void> Kernel(Panel panel)
    {
        bool narrow = panel.Width < Kernels.Lanes;
        return RowDistance switch
        {
            16 => narrow ? Kernels.Narrow16 : Kernels.Wide16,
            64 => narrow ? Kernels.Narrow64 : Kernels.Wide64,
            128 => narrow ? Kernels.Narrow128 : Kernels.Wide128,
            _ => narrow ? Kernels.Narrow : Kernels.Wide,
        };
    }
}

/// <summary>What all chunks of the products need, as a job.</summary>
internal readonly unsafe struct WinogradSharedJob(WinogradProduct product, PerWorker<WinogradProductScratch> scratch) : IJob
{
    private readonly WinogradProduct _product = product;

    public void Run(int chunk, int worker) => _product.RunShared(chunk, scratch.Of(worker));
}

/// <summary>The products as a job.</summary>
internal readonly unsafe struct WinogradProductJob(WinogradProduct product, PerWorker<WinogradProductScratch> scratch) : IJob
{
    private readonly WinogradProduct _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch.Of(worker));
}
