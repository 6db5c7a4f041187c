using System.Runtime.CompilerServices;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Winograd;

/// <summary>
/// The weight gradient by Winograd's algorithm: the adjoint of the forward pass. For each product the transformed source tiles, transposed, times the
/// transformed output gradients, summed over the tiles; the sums are then transformed back. With few weights a chunk is a part of the tiles
/// (<see cref="ByParts"/>): a worker transforms them, sums them up and transforms the sums back, and the parts are added in order at the end. With many
/// weights the tiles go by in blocks: a block is transformed in one region, and in the next a chunk is some channels of either side. Blocks and
/// parts depend on the shape alone.
/// </summary>
internal unsafe struct ConvWinogradOuter
{
    /// <summary>Source channels of a chunk.</summary>
    public const int Depth = 32;

    private const int TilesPerPart = 128, LeastDivided = 48, MostOfPart = 128, TilesPerBlock = 192, FewWeights = 1 << 16;
    private const long MostPartialWords = 1 << 22;

    public MicroKernels Kernels;

    /// <summary>The tiles: Source is the input, Target the output gradient.</summary>
    public WinogradTiles Tiles;

    /// <summary>(products, tiles of a block, channels): transformed source, see <see cref="SourceRow"/>; by parts, of each worker.</summary>
    public float* Source;

    /// <summary>(products, panels, tiles of a block, lanes): transformed output gradients; by parts, of each worker.</summary>
    public float* Gradient;

    /// <summary>(chunks, products, Depth, lanes): sums of several blocks; one block keeps them with the worker. By parts, of each worker.</summary>
    public float* Sums;

    /// <summary>The weight gradient, or the parts' sums.</summary>
    public float* Target;

    public bool Add;

    /// <summary>A chunk is a part of the tiles, and nothing passes from one worker to another.</summary>
    public bool ByParts { get; private set; }

    /// <summary>Parts that the tiles are divided into, by parts; most tiles that are transformed at once.</summary>
    public int Parts { get; private set; }

    /// <inheritdoc cref="Parts"/>
    public int Block { get; private set; }

    private readonly int Panels => ConvGather.PanelCount(Tiles.Channels, Kernels.Lanes);

    private readonly int DepthChunks => (Tiles.SourceChannels + Depth - 1) / Depth;

    private readonly int SourceRow => ConvWinograd.RoundUp(Tiles.SourceChannels, 16);

    private readonly nint SourceDistance => (nint)Block * SourceRow + 16;

    private readonly nint GradientDistance => (nint)Block * Panels * Kernels.Lanes + 16;

    private readonly nint SumFloats => (nint)Tiles.Kernels.Products * Depth * Kernels.Lanes;

    public readonly long SourceFloats => Tiles.Kernels.Products * (long)SourceDistance + 16;

    public readonly long GradientFloats => Tiles.Kernels.Products * (long)GradientDistance;

    /// <summary>Floats of <see cref="Sums"/>; 0 where one block holds all tiles, or all of a part.</summary>
    public readonly long SumsFloats => InOneBlock ? 0 : Columns * (long)SumFloats;

    /// <summary>Stretches of some source channels and a panel of target channels.</summary>
    public readonly int Columns => DepthChunks * Panels;

    private readonly bool InOneBlock => Block * Parts >= Tiles.Count;

    private readonly int WeightCount => 9 * Tiles.SourceChannels * Tiles.Channels;

    /// <summary>Chooses the blocks from the shape alone.</summary>
    public void Plan()
    {
        ByParts = Tiles.SourceChannels * Tiles.Channels <= FewWeights;
        Parts = ByParts ? (int)Math.Clamp(Math.Min(Tiles.Count / TilesPerPart, MostPartialWords / WeightCount), Tiles.Count >= LeastDivided ? 2 : 1, int.MaxValue) : 1;
        Parts -= Parts > 2 ? Parts % 2 : 0; // as much for each of two workers
        Block = Math.Min((Tiles.Count + Parts - 1) / Parts, ByParts ? MostOfPart : TilesPerBlock);
    }

    /// <summary>Tiles of the block that begins with <paramref name="first"/>.</summary>
    public readonly int InBlock(int first) => Math.Min(Block, Tiles.Count - first);

    /// <summary>Transforms the input and the output gradient of a tile of the block that begins with <paramref name="first"/>.</summary>
    public readonly void Transform(int first, int tile, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList;
        Tiles.ListSource(first + tile, list);
        Tiles.Kernels.Source(list, 0, Tiles.SourceChannels, Source + (nint)tile * SourceRow, SourceDistance, scratch->WinogradTemp);
        Tiles.ListTarget(first + tile, Tiles.Zeros, list);
        for (int panel = 0; panel < Panels; panel++)
        {
            int column = panel * Kernels.Lanes, wide = Wide(column), end = Math.Min(Tiles.Channels, column + wide);
            float* to = Gradient + (nint)column * Block + (nint)tile * wide;
            Tiles.Kernels.Gradient(list, column, end, to, GradientDistance, scratch->WinogradTemp);
        }
    }

    /// <summary>A part of the tiles, by a worker's own means.</summary>
    public readonly void RunPart(int part, int worker, ConvScratch* scratch)
    {
        ConvWinogradOuter own = this;
        own.Source += worker * SourceFloats;
        own.Gradient += worker * GradientFloats;
        own.Sums += worker * SumsFloats;
        own.Target += Parts == 1 ? 0 : (nint)part * WeightCount;
        own.Add &= Parts == 1;
        int start = (int)((long)Tiles.Count * part / Parts), end = (int)((long)Tiles.Count * (part + 1) / Parts);
        for (int first = start, count; first < end; first += count)
        {
            count = Math.Min(Block, end - first);
            for (int tile = 0; tile < count; tile++)
                own.Transform(first, tile, scratch);
            for (int column = 0; column < Columns; column++)
                own.Run(column, count, first > start, first + count == end, scratch);
        }
    }

    /// <summary>Some source channels, a panel of target channels, and the tiles of a block.</summary>
    /// <param name="chunk">Which.</param>
    /// <param name="tiles">Tiles of the block.</param>
    /// <param name="add">To the sums of blocks before.</param>
    /// <param name="last">No block comes after.</param>
    /// <param name="scratch">The worker's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int tiles, bool add, bool last, ConvScratch* scratch)
    {
        int row = chunk / Panels * Depth, column = chunk % Panels * Kernels.Lanes, wide = Wide(column), rows = Math.Min(Depth, Tiles.SourceChannels - row);
        float* sums = InOneBlock ? scratch->WinogradProducts : Sums + chunk * SumFloats;
        var kernel = wide == Kernels.Lanes ? Kernels.OuterWide : Kernels.OuterNarrow;
        for (int at = 0; at < tiles; at += ConvOuter.BlockPixels)
        {
            int count = Math.Min(ConvOuter.BlockPixels, tiles - at);
            for (int i = 0; i < count; i++)
                scratch->Inputs[i] = Source + (nint)(at + i) * SourceRow + row;
            for (int product = 0; product < Tiles.Kernels.Products; product++)
            {
                float* panels = Gradient + product * GradientDistance + (nint)column * Block + (nint)at * wide;
                for (int i = 0; i < rows; i += Kernels.OuterRows)
                    kernel(scratch->Inputs, count, product * SourceDistance + i, panels, sums + (nint)(product * Depth + i) * wide, wide, add || at > 0);
            }
        }

        if (last)
            Finish(row, rows, column, wide, sums, scratch);
    }

    /// <summary>Transforms the sums back into the weight gradient.</summary>
    private readonly void Finish(int row, int rows, int column, int wide, float* sums, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList, targets = scratch->WinogradTargets;
        int channels = Math.Min(wide, Tiles.Channels - column);
        for (int i = 0; i < rows; i++)
        {
            for (int product = 0; product < Tiles.Kernels.Products; product++)
                list[product] = sums + (nint)(product * Depth + i) * wide;
            for (int tap = 0; tap < 9; tap++)
                targets[tap] = Target + ((nint)tap * Tiles.SourceChannels + row + i) * Tiles.Channels;
            Tiles.Kernels.WeightGradient(list, channels, targets, column, Add ? null : Tiles.Zeros, scratch->WinogradTemp);
        }
    }

    private readonly int Wide(int column) => ConvGather.IsNarrow(Tiles.Channels, column, Kernels.Lanes) ? Kernels.Lanes / 2 : Kernels.Lanes;
}

/// <summary>The transforms of a block as a job.</summary>
internal readonly unsafe struct WinogradOuterTransformJob(ConvWinogradOuter product, int first, ConvScratch* scratch) : IJob
{
    private const int TilesPerChunk = 8;

    private readonly ConvWinogradOuter _product = product;

    public int Chunks => (_product.InBlock(first) + TilesPerChunk - 1) / TilesPerChunk;

    public void Run(int chunk, int worker)
    {
        int end = Math.Min(_product.InBlock(first), (chunk + 1) * TilesPerChunk);
        for (int tile = chunk * TilesPerChunk; tile < end; tile++)
            _product.Transform(first, tile, scratch + worker);
    }
}

/// <summary>The sums of a block as a job.</summary>
internal readonly unsafe struct WinogradOuterJob(ConvWinogradOuter product, int first, ConvScratch* scratch) : IJob
{
    private readonly ConvWinogradOuter _product = product;

    public void Run(int chunk, int worker) =>
        _product.Run(chunk, _product.InBlock(first), first > 0, first + _product.Block >= _product.Tiles.Count, scratch + worker);
}

/// <summary>The parts as a job.</summary>
internal readonly unsafe struct WinogradPartJob(ConvWinogradOuter product, ConvScratch* scratch) : IJob
{
    private readonly ConvWinogradOuter _product = product;

    public void Run(int chunk, int worker) => _product.RunPart(chunk, worker, scratch + worker);
}
