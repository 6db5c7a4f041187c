namespace Smile.Kernels;

internal sealed partial class GpuBackend
{
    // The weight gradient is split over pixels until this many groups run, and so that none adds more pixels than this in a row;
    // both depend on the shape alone, so the order of the sums does too.
    private const int GroupsAimedAt = 512, MostPixelsASplit = 4096, LeastPixelsASplit = 64;

    public void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        var args = new ConvArgs
        {
            Source = Span(x),
            Weight = Span(w),
            Bias = Span(bias),
            Destination = Span(y),
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
        Launch(ConvKernels.Forward, args);
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
        Launch(ConvKernels.BackInput, args);
    }

    public void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        int weights = (int)shape.WeightCount, pixels = shape.Batch * shape.OutHeight * shape.OutWidth;
        int rowTiles = Groups(weights / shape.OutChannels, ConvKernels.TileSize), columnTiles = Groups(shape.OutChannels, ConvKernels.TileSize);
        int wanted = Math.Max(Groups(GroupsAimedAt, rowTiles * columnTiles), Groups(pixels, MostPixelsASplit));
        int splits = Math.Max(1, Math.Min(Math.Min(wanted, pixels / LeastPixelsASplit), WorkspaceWords / weights));
        int pixelsPerSplit = Groups(Groups(pixels, splits), ConvKernels.DepthStep) * ConvKernels.DepthStep;
        splits = Groups(pixels, pixelsPerSplit);
        var args = new ConvArgs
        {
            Source = Span(x),
            Weight = Span(dy),
            Destination = splits == 1 ? Span(dw) : Part(_workspace, 0, (long)splits * weights),
            SourceRows = shape.Height,
            SourceColumns = shape.Width,
            SourceChannels = shape.InChannels,
            Rows = shape.OutHeight,
            Columns = shape.OutWidth,
            Channels = shape.OutChannels,
            Pixels = pixels,
            PixelsPerSplit = pixelsPerSplit,
            Kernel = shape.Kernel,
            Scale = shape.Stride,
            Shift = -shape.Pad,
            TapStep = shape.Dilation,
            Divisor = 1,
            Accumulate = Flag(splits == 1 && into == Into.Add),
        };
        runtime.Launch(ConvKernels.BackWeight, rowTiles, columnTiles * splits, args);
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

    private void Launch(GpuKernel<ConvArgs> kernel, in ConvArgs args) =>
        runtime.Launch(kernel, Groups(args.Pixels, ConvKernels.TileSize), Groups(args.Channels, ConvKernels.TileSize), args);
}
