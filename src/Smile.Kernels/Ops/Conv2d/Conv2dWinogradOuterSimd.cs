using System.Runtime.CompilerServices;

namespace Smile.Kernels;

/// <summary>
/// The weight gradient by Winograd's algorithm: the adjoint of the forward pass. For each product the transformed source tiles, transposed, times the
/// transformed output gradients, summed over the tiles; the sums are then transformed back. The tiles go by in blocks; where few chunks come from the
/// channels, each block is split into parts with sums of their own, added in order at the end. Blocks and parts depend on the shape alone.
/// </summary>
internal unsafe struct ConvWinogradOuter
{
    /// <summary>Source channels of a chunk.</summary>
    public const int Depth = 32;

    private const int LeastChunks = 16, TilesPerPart = 48, LeastTiles = 192, MostBlock = 1536;
    private const long BlockBytes = 1 << 19, MostPartialWords = 1 << 22;

    public MicroKernels Kernels;

    /// <summary>The tiles: Source is the input, Target the output gradient.</summary>
    public WinogradTiles Tiles;

    /// <summary>(products, tiles of a block, channels): transformed source, see <see cref="SourceRow"/>.</summary>
    public float* Source;

    /// <summary>(products, panels, tiles of a block, lanes): transformed output gradients.</summary>
    public float* Gradient;

    /// <summary>(chunks, products, Depth, lanes): sums of several blocks; one block keeps them with the worker.</summary>
    public float* Sums;

    /// <summary>The weight gradient, or the parts' sums.</summary>
    public float* Target;

    public bool Add;

    /// <summary>Tiles of a block; parts that it is split into.</summary>
    public int Block { get; private set; }

    /// <inheritdoc cref="Block"/>
    public int Parts { get; private set; }

    private readonly int Panels => ConvGather.PanelCount(Tiles.Channels, Kernels.Lanes);

    private readonly int DepthChunks => (Tiles.SourceChannels + Depth - 1) / Depth;

    private readonly int SourceRow => ConvWinograd.RoundUp(Tiles.SourceChannels, 16);

    private readonly nint SourceDistance => (nint)Block * SourceRow + 16;

    private readonly nint GradientDistance => (nint)Block * Panels * Kernels.Lanes + 16;

    private readonly nint SumFloats => (nint)Tiles.Kernels.Products * Depth * Kernels.Lanes;

    public readonly long SourceFloats => Tiles.Kernels.Products * (long)SourceDistance + 16;

    public readonly long GradientFloats => Tiles.Kernels.Products * (long)GradientDistance;

    /// <summary>Floats of <see cref="Sums"/>; 0 where one block holds all tiles.</summary>
    public readonly long SumsFloats => Tiles.Count <= Block ? 0 : Chunks * (long)SumFloats;

    /// <summary>Chunks of a block.</summary>
    public readonly int Chunks => Parts * DepthChunks * Panels;

    private readonly int WeightCount => 9 * Tiles.SourceChannels * Tiles.Channels;

    /// <summary>Chooses the blocks from the shape alone.</summary>
    public void Plan()
    {
        int chunks = DepthChunks * Panels;
        Parts = (int)Math.Clamp(Math.Min((LeastChunks + chunks - 1) / chunks, MostPartialWords / WeightCount), 1, Math.Max(1, Tiles.Count / TilesPerPart));
        long bytes = Tiles.Kernels.Products * (long)(Tiles.SourceChannels + Tiles.Channels) * sizeof(float);
        int tiles = Math.Max((int)Math.Clamp(BlockBytes / bytes, LeastTiles, MostBlock), Parts * TilesPerPart);
        Block = Math.Min(Tiles.Count, tiles);
    }

    /// <summary>Tiles of the block that begins with <paramref name="first"/>.</summary>
    public readonly int InBlock(int first) => Math.Min(Block, Tiles.Count - first);

    /// <summary>Transforms the input and the output gradient of a tile of the block.</summary>
    public readonly void Transform(int first, int tile, float* zeros, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList;
        Tiles.ListSource(first + tile, list);
        Tiles.Kernels.Source(list, 0, Tiles.SourceChannels, Source + (nint)tile * SourceRow, SourceDistance, scratch->WinogradTemp);
        Tiles.ListTarget(first + tile, zeros, list);
        for (int panel = 0; panel < Panels; panel++)
        {
            int column = panel * Kernels.Lanes, wide = Wide(column), end = Math.Min(Tiles.Channels, column + wide);
            float* to = Gradient + (nint)column * Block + (nint)tile * wide;
            Tiles.Kernels.Gradient(list, column, end, to, GradientDistance, scratch->WinogradTemp);
        }
    }

    /// <summary>One chunk of a block: a part of the tiles, some source channels, a panel of target channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int first, int chunk, ConvScratch* scratch)
    {
        int part = chunk % Parts, panel = chunk / Parts % Panels, row = chunk / Parts / Panels * Depth, column = panel * Kernels.Lanes, wide = Wide(column);
        int rows = Math.Min(Depth, Tiles.SourceChannels - row), from = (int)((long)InBlock(first) * part / Parts), end = (int)((long)InBlock(first) * (part + 1) / Parts);
        float* sums = Tiles.Count <= Block ? scratch->WinogradProducts : Sums + chunk * SumFloats;
        var kernel = wide == Kernels.Lanes ? Kernels.OuterWide : Kernels.OuterNarrow;
        for (int at = from; at < end || at == from; at += ConvOuter.BlockPixels)
        {
            int count = Math.Min(ConvOuter.BlockPixels, end - at);
            for (int i = 0; i < count; i++)
                scratch->Inputs[i] = Source + (nint)(at + i) * SourceRow + row;
            for (int product = 0; product < Tiles.Kernels.Products; product++)
            {
                float* panels = Gradient + product * GradientDistance + (nint)column * Block + (nint)at * wide;
                for (int i = 0; i < rows; i += Kernels.OuterRows)
                    kernel(scratch->Inputs, count, product * SourceDistance + i, panels, sums + (nint)(product * Depth + i) * wide, wide, first > 0 || at > from);
            }
        }

        if (first + Block >= Tiles.Count)
            Finish(part, row, rows, column, wide, sums, scratch);
    }

    /// <summary>Transforms the sums back into the weight gradient.</summary>
    private readonly void Finish(int part, int row, int rows, int column, int wide, float* sums, ConvScratch* scratch)
    {
        float** list = scratch->WinogradList, targets = scratch->WinogradTargets;
        float* target = Target + (nint)part * (Parts == 1 ? 0 : WeightCount), zeros = Tiles.Zeros;
        int channels = Math.Min(wide, Tiles.Channels - column);
        for (int i = 0; i < rows; i++)
        {
            for (int product = 0; product < Tiles.Kernels.Products; product++)
                list[product] = sums + (nint)(product * Depth + i) * wide;
            for (int tap = 0; tap < 9; tap++)
                targets[tap] = target + ((nint)tap * Tiles.SourceChannels + row + i) * Tiles.Channels;
            Tiles.Kernels.WeightGradient(list, channels, targets, column, Add && Parts == 1 ? null : zeros, scratch->WinogradTemp);
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
            _product.Transform(first, tile, _product.Tiles.Zeros, scratch + worker);
    }
}

/// <summary>The sums of a block as a job.</summary>
internal readonly unsafe struct WinogradOuterJob(ConvWinogradOuter product, int first, ConvScratch* scratch) : IJob
{
    private readonly ConvWinogradOuter _product = product;

    public void Run(int chunk, int worker) => _product.Run(first, chunk, scratch + worker);
}
