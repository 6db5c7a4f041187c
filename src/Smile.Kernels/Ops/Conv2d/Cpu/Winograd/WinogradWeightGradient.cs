using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>
/// The weight gradient by Winograd's algorithm: the adjoint of the forward pass. For each product the transformed source tiles, transposed,
/// times the transformed output gradients, summed over the tiles; the sums are then transformed back. With few weights a chunk is a split
/// of the tiles (<see cref="BySplits"/>): a worker transforms them, sums them up and transforms the sums back, and the splits are added in
/// order at the end. With many weights the tiles go by in blocks: a block is transformed in one region, and in the next a chunk is some
/// channels of either side. Blocks and splits depend on the shape alone.
/// </summary>
internal unsafe struct WinogradWeightGradient : IScratch
{
    /// <summary>Source channels of a chunk.</summary>
    public const int Depth = 32;

    private const int TilesPerSplit = 128, LeastDivided = 48, MostOfSplit = 128, TilesPerBlock = 192, FewWeights = 1 << 16;
    private const long MostSplitWords = 1 << 22;

    public MicroKernels Kernels;

    /// <summary>The tiles: the source is the input, the target the output gradient.</summary>
    public WinogradTiles Tiles;

    /// <summary>(splits, weights): each split's weight gradient; null where there is one.</summary>
    public float* SplitSums;

    /// <summary>The weight gradient.</summary>
    public readonly float* Gradient;

    /// <summary>Whether it is overwritten.</summary>
    public readonly Into Into;

    private readonly int _workers;

    /// <summary>
    /// (products, tiles of a block, channels): transformed source, see <see cref="SourceRow"/>; by splits, of each worker.
    /// </summary>
    private float* _source;

    /// <summary>(products, panels, tiles of a block, lanes): transformed output gradients; by splits, of each worker.</summary>
    private float* _outputs;

    /// <summary>
    /// (columns, products, Depth, lanes): sums of several blocks; one block keeps them with the worker. By splits, of each worker.
    /// </summary>
    private float* _sums;

    /// <summary>Chooses the blocks from the shape alone.</summary>
    public WinogradWeightGradient(in MicroKernels kernels, in WinogradTiles tiles, int workers, float* gradient, Into into)
    {
        (Kernels, Tiles, Into) = (kernels, tiles, into);
        Gradient = gradient;
        BySplits = SourceChannels * Channels <= FewWeights;
        long most = Math.Min(Tiles.Count / TilesPerSplit, MostSplitWords / Count);
        Splits = BySplits ? (int)Math.Max(most, Tiles.Count >= LeastDivided ? 2 : 1) : 1;
        Splits -= Splits > 2 ? Splits % 2 : 0; // as much for each of two workers
        Block = Math.Min(Integers.CeilingDivide(Tiles.Count, Splits), BySplits ? MostOfSplit : TilesPerBlock);
        _workers = BySplits ? workers : 1;
    }

    /// <summary>A chunk is a split of the tiles, and nothing passes from one worker to another.</summary>
    public readonly bool BySplits { get; }

    /// <summary>Splits of the tiles; most tiles that are transformed at once.</summary>
    public readonly int Splits { get; }

    /// <inheritdoc cref="Splits"/>
    public readonly int Block { get; }

    /// <summary>Weights.</summary>
    public readonly int Count => WinogradWeights.Taps * SourceChannels * Channels;

    /// <summary>Stretches of some source channels and a panel of target channels.</summary>
    public readonly int Columns => DepthChunks * Panels;

    private readonly int SourceChannels => Tiles.Problem.SourceChannels;

    private readonly int Channels => Tiles.Problem.Channels;

    private readonly int Products => Tiles.Transforms.Products;

    private readonly int Panels => Panel.Count(Channels, Kernels.Lanes);

    private readonly int DepthChunks => Integers.CeilingDivide(SourceChannels, Depth);

    private readonly int SourceRow => Integers.RoundUp(SourceChannels, 16);

    private readonly nint SourceDistance => (nint)Block * SourceRow + 16;

    private readonly nint OutputDistance => (nint)Block * Panels * Kernels.Lanes + 16;

    private readonly nint SumFloats => (nint)Products * Depth * Kernels.Lanes;

    private readonly long SourceFloats => Products * (long)SourceDistance + 16;

    private readonly long OutputFloats => Products * (long)OutputDistance;

    /// <summary>Floats of <see cref="_sums"/>; 0 where one block holds all tiles, or all of a split.</summary>
    private readonly long SumsFloats => InOneBlock ? 0 : Columns * (long)SumFloats;

    private readonly bool InOneBlock => Block * Splits >= Tiles.Count;

    public void Allocate(ref ScratchLayout layout)
    {
        Tiles.Allocate(ref layout);
        _source = layout.Floats(_workers * SourceFloats);
        _outputs = layout.Floats(_workers * OutputFloats);
        _sums = layout.Floats(_workers * SumsFloats);
        if (Splits > 1)
            SplitSums = layout.Floats((long)Splits * Count + Lanes256.Count);
    }

    /// <summary>Tiles of the block that begins with <paramref name="first"/>.</summary>
    public readonly int InBlock(int first) => Math.Min(Block, Tiles.Count - first);

    /// <summary>Transforms the input and the output gradient of a tile of the block that begins with <paramref name="first"/>.</summary>
    public readonly void Transform(int first, int tile, WinogradWeightGradientScratch* scratch)
    {
        float** list = scratch->Transform.List;
        float* temp = scratch->Transform.Temp;
        Tiles.ListSource(first + tile, list);
        Tiles.Transforms.Source(list, 0, SourceChannels, _source + (nint)tile * SourceRow, SourceDistance, temp);
        Tiles.ListTarget(first + tile, Tiles.Zeros, list);
        for (int index = 0; index < Panels; index++)
        {
            Panel panel = Panel.At(index, Channels, Kernels.Lanes);
            float* to = _outputs + (nint)panel.Column * Block + (nint)tile * panel.Width;
            Tiles.Transforms.Gradient(list, panel.Column, panel.Column + panel.Filled, to, OutputDistance, temp);
        }
    }

    /// <summary>A split of the tiles, by a worker's own means.</summary>
    public readonly void RunSplit(int split, int worker, WinogradWeightGradientScratch* scratch)
    {
        WinogradWeightGradient own = this;
        own._source += worker * SourceFloats;
        own._outputs += worker * OutputFloats;
        own._sums += worker * SumsFloats;
        int start = (int)((long)Tiles.Count * split / Splits), end = (int)((long)Tiles.Count * (split + 1) / Splits);
        float* target = Splits == 1 ? Gradient : SplitSums + (nint)split * Count;
        Into into = Splits == 1 ? Into : Into.Set;
        for (int first = start, count; first < end; first += count)
        {
            count = Math.Min(Block, end - first);
            for (int tile = 0; tile < count; tile++)
                own.Transform(first, tile, scratch);
            for (int column = 0; column < Columns; column++)
            {
                float* sums = own.Sum(column, count, first > start ? Into.Add : Into.Set, scratch);
                if (first + count == end)
                    own.TransformSums(column, sums, target, into, scratch);
            }
        }
    }

    /// <summary>Some source channels, a panel of target channels, and the tiles of a block.</summary>
    public readonly void RunBlock(int column, int first, WinogradWeightGradientScratch* scratch)
    {
        float* sums = Sum(column, InBlock(first), first > 0 ? Into.Add : Into.Set, scratch);
        if (first + Block >= Tiles.Count)
            TransformSums(column, sums, Gradient, Into, scratch);
    }

    /// <summary>The sums of some source channels and a panel of target channels over the tiles of a block.</summary>
    /// <param name="chunk">Which channels.</param>
    /// <param name="tiles">Tiles of the block.</param>
    /// <param name="into">Whether the sums of blocks before are overwritten.</param>
    /// <param name="scratch">The worker's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly float* Sum(int chunk, int tiles, Into into, WinogradWeightGradientScratch* scratch)
    {
        Panel panel = Panel.At(chunk % Panels, Channels, Kernels.Lanes);
        int row = chunk / Panels * Depth, width = panel.Width, rows = Math.Min(Depth, SourceChannels - row);
        float* sums = InOneBlock ? scratch->Sums : _sums + chunk * SumFloats;
        var kernel = width == Kernels.Lanes ? Kernels.WeightGradientWide : Kernels.WeightGradientNarrow;
        for (int at = 0; at < tiles; at += Panel.MostPixels, into = Into.Add)
        {
            int count = Math.Min(Panel.MostPixels, tiles - at);
            for (int i = 0; i < count; i++)
                scratch->Inputs[i] = _source + (nint)(at + i) * SourceRow + row;
            for (int product = 0; product < Products; product++)
            {
                float* outputs = _outputs + product * OutputDistance + (nint)panel.Column * Block + (nint)at * width;
                float* to = sums + (nint)product * Depth * width;
                for (int i = 0; i < rows; i += Kernels.WeightGradientRows)
                    kernel(scratch->Inputs, count, product * SourceDistance + i, outputs, to + i * width, width, into);
            }
        }

        return sums;
    }

    /// <summary>Transforms the sums back into the weight gradient.</summary>
    private readonly void TransformSums(int chunk, float* sums, float* target, Into into, WinogradWeightGradientScratch* scratch)
    {
        float** list = scratch->Transform.List, targets = scratch->Transform.Targets;
        Panel panel = Panel.At(chunk % Panels, Channels, Kernels.Lanes);
        int row = chunk / Panels * Depth, rows = Math.Min(Depth, SourceChannels - row);
        float* start = into == Into.Add ? null : Tiles.Zeros;
        for (int i = 0; i < rows; i++)
        {
            for (int product = 0; product < Products; product++)
                list[product] = sums + (nint)(product * Depth + i) * panel.Width;
            for (int tap = 0; tap < WinogradWeights.Taps; tap++)
                targets[tap] = target + ((nint)tap * SourceChannels + row + i) * Channels;
            Tiles.Transforms.WeightGradient(list, panel.Filled, targets, panel.Column, start, scratch->Transform.Temp);
        }
    }
}

/// <summary>The transforms of a block as a job.</summary>
internal readonly unsafe struct WinogradBlockTransformJob(
    WinogradWeightGradient product, int first, PerWorker<WinogradWeightGradientScratch> scratch) : IJob
{
    private const int TilesPerChunk = 8;

    private readonly WinogradWeightGradient _product = product;

    public int Chunks => Integers.CeilingDivide(_product.InBlock(first), TilesPerChunk);

    public void Run(int chunk, int worker)
    {
        int end = Math.Min(_product.InBlock(first), (chunk + 1) * TilesPerChunk);
        for (int tile = chunk * TilesPerChunk; tile < end; tile++)
            _product.Transform(first, tile, scratch.Of(worker));
    }
}

/// <summary>The sums of a block as a job.</summary>
internal readonly unsafe struct WinogradBlockSumJob(
    WinogradWeightGradient product, int first, PerWorker<WinogradWeightGradientScratch> scratch) : IJob
{
    private readonly WinogradWeightGradient _product = product;

    public void Run(int chunk, int worker) => _product.RunBlock(chunk, first, scratch.Of(worker));
}

/// <summary>The splits as a job.</summary>
internal readonly unsafe struct WinogradSplitJob(WinogradWeightGradient product, PerWorker<WinogradWeightGradientScratch> scratch) : IJob
{
    private readonly WinogradWeightGradient _product = product;

    public void Run(int chunk, int worker) => _product.RunSplit(chunk, worker, scratch.Of(worker));
}
