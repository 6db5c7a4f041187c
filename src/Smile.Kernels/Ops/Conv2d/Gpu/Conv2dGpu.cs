using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;

namespace Smile.Kernels.Backend;

internal sealed partial class GpuBackend
{
    // The weight gradient is split over pixels until this many groups run, and so that none adds more pixels than this in a row;
    // both depend on the shape alone, so the order of the sums does too.
    private const int GroupsAimedAt = 512, MostPixelsASplit = 4096, LeastPixelsASplit = 64;

    // Groups of the large tile that are worth it: about one for each processor of the larger devices (A100: 108, H100: 132).
    private const int LeastLargeGroups = 128;

    private bool TakesLargeTiles => runtime.Limits.GroupSize >= Block<Tile128>.Threads;

    public void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        ConvArgs args = ForwardArgs(shape, x, w, bias, y);
        if (TensorPass(shape, transposed: true, args))
            return;
        if (StemKernels.Take(args))
            runtime.Launch(StemKernels.Forward, StemTile.Count(args), Groups(args.Channels, StemKernels.Channels), args);
        else
            Launch(ConvTiles.Forward64, ConvTiles.Forward128, ConvKernels.ForwardAny, args);
    }

    /// <summary>The same by a kernel that the caller chooses: bench/Smile.Ladder sets kernels side by side.</summary>
    /// <param name="shape">The problem.</param>
    /// <param name="x">Input.</param>
    /// <param name="w">Weights.</param>
    /// <param name="y">Output.</param>
    /// <param name="kernel">A group of it makes a tile of pixels (along x of the grid) and channels (along y).</param>
    /// <param name="tile">Pixels and channels of a tile.</param>
    internal void ConvForward(in ConvShape shape, Place x, Place w, Place y, GpuKernel<ConvArgs> kernel, int tile)
    {
        ConvArgs args = ForwardArgs(shape, x, w, Place.None, y);
        runtime.Launch(kernel, Groups(args.Pixels, tile), Groups(args.Channels, tile), args);
    }

    public void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into)
    {
        shape.Validate(dx, w, dy);
        var args = new ConvArgs
        {
            Source = Span(dy),
            Weight = Span(w),
            Destination = Span(dx),
            SourceRows = shape.OutHeight,
            SourceColumns = shape.OutWidth,
            SourceChannels = shape.OutChannels,
            Rows = shape.Height,
            Columns = shape.Width,
            Channels = shape.InChannels,
            Pixels = shape.Batch * shape.Height * shape.Width,
            Kernel = shape.Kernel,
            Scale = 1,
            Shift = shape.Pad,
            TapStep = -shape.Dilation,
            Divisor = shape.Stride,
            Accumulate = Flag(into),
        };
        if (!TensorPass(shape, transposed: false, args))
            Launch(ConvTiles.BackInput64, ConvTiles.BackInput128, ConvKernels.BackInputAny, args);
    }

    public void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        if (TensorBackWeight(shape, x, dy, dw, into))
            return;
        int weights = (int)shape.WeightCount;
        ConvArgs args = OverOutputs(shape, Span(x), Span(dy), default, Span(dw));
        (GpuKernel<ConvArgs> kernel, int rowTiles, int columnTiles, int pixels, int step) = WeightTiles(args);
        args.PixelsPerSplit = PixelsPerSplit(pixels, rowTiles * columnTiles, GroupsAimedAt, weights, step);
        int splits = Groups(pixels, args.PixelsPerSplit);
        args.Accumulate = Flag(splits == 1 && into == Into.Add);
        if (splits > 1)
            args.Destination = Part(_workspace, 0, (long)splits * weights);
        runtime.Launch(kernel, rowTiles, columnTiles * splits, args);
        if (splits > 1)
            Elements(ConvKernels.SumSplits, weights, new SplitArgs(args.Destination, splits, Span(dw), Flag(into)));
    }

    public void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into)
    {
        shape.Validate();
        Check.Length(dy, shape.OutputCount);
        Check.Length(dbias, shape.OutChannels);
        Check.Apart(dbias, dy);
        int pixels = shape.Batch * shape.OutHeight * shape.OutWidth;
        var args = new BiasArgs(new Columns(pixels, shape.OutChannels, runtime.Limits.GroupSize, _workspace, 2), Span(dy), Span(dbias), Flag(into));
        runtime.Launch(ConvKernels.BiasPartials, args.Columns.Tiles, args.Columns.Chunks, args);
        runtime.Launch(ConvKernels.Bias, args.Columns.Tiles, 1, args);
    }

    private ConvArgs ForwardArgs(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        return OverOutputs(shape, Span(x), Span(w), Span(bias), Span(y));
    }

    /// <summary>A pass whose pixels are the output's: forward and weight gradient.</summary>
    private static ConvArgs OverOutputs(in ConvShape shape, GpuSpan x, GpuSpan weight, GpuSpan bias, GpuSpan destination) => new()
    {
        Source = x,
        Weight = weight,
        Bias = bias,
        Destination = destination,
        SourceRows = shape.Height,
        SourceColumns = shape.Width,
        SourceChannels = shape.InChannels,
        Rows = shape.OutHeight,
        Columns = shape.OutWidth,
        Channels = shape.OutChannels,
        Pixels = shape.Batch * shape.OutHeight * shape.OutWidth,
        Kernel = shape.Kernel,
        Scale = shape.Stride,
        Shift = -shape.Pad,
        TapStep = shape.Dilation,
        Divisor = 1,
    };

    /// <summary>The kernel of the weight gradient, its tiles of the result, and the pixels that splits are made of: in steps, whole tiles of them where tiles overhang the image.</summary>
    private (GpuKernel<ConvArgs> Kernel, int RowTiles, int ColumnTiles, int Pixels, int Step) WeightTiles(in ConvArgs args)
    {
        if (StemKernels.Take(args))
            return (StemKernels.BackWeight, args.SourceChannels, Groups(args.Channels, StemKernels.Channels), StemTile.Count(args) * StemTile.Pixels, StemTile.Pixels);
        bool inQuads = args.InQuads(4), isLarge = inQuads && TakesLargeTiles && Math.Min(args.Depth, args.Channels) > Tile64.Size;
        int tile = isLarge ? Tile128.Size : Tile64.Size;
        GpuKernel<ConvArgs> kernel = isLarge ? ConvTiles.BackWeight128 : inQuads ? ConvTiles.BackWeight64 : ConvKernels.BackWeightAny;
        return (kernel, Groups(args.Depth, tile), Groups(args.Channels, tile), args.Pixels, Panel.Depth);
    }

    /// <summary>Pixels that a split of the weight gradient adds: enough splits for the groups aimed at, in whole steps; the workspace holds a copy of the weights for each.</summary>
    private static int PixelsPerSplit(int pixels, int tiles, int groupsAimedAt, int weights, int step)
    {
        int wanted = Math.Max(Groups(groupsAimedAt, tiles), Groups(pixels, MostPixelsASplit));
        int splits = Math.Max(1, Math.Min(Math.Min(wanted, pixels / LeastPixelsASplit), WorkspaceWords / weights));
        return Groups(Groups(pixels, splits), step) * step;
    }

    /// <summary>A large tile reads its operands half as often, a small one keeps more processors busy: large where there are channels and groups enough.</summary>
    private void Launch(GpuKernel<ConvArgs> small, GpuKernel<ConvArgs> large, GpuKernel<ConvArgs> any, in ConvArgs args)
    {
        bool isLarge = TakesLargeTiles && args.Channels > Tile64.Size && Groups(args.Pixels, Tile128.Size) * Groups(args.Channels, Tile128.Size) >= LeastLargeGroups;
        (GpuKernel<ConvArgs> kernel, int size) = !args.InQuads(Panel.Depth) ? (any, ConvKernels.TileSize) : isLarge ? (large, Tile128.Size) : (small, Tile64.Size);
        runtime.Launch(kernel, Groups(args.Pixels, size), Groups(args.Channels, size), args);
    }
}
