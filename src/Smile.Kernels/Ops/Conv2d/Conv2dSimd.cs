namespace Smile.Kernels;

internal sealed unsafe partial class SimdBackend
{
    public override string ConvAlgorithmOf(in ConvShape shape, ConvPass pass) => _planner.Choose(shape, pass).Text();

    public override void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        float* weights = Memory.Pointer(w), start = bias.IsNone ? null : Memory.Pointer(bias);
        if (_planner.Choose(shape, ConvPass.Forward).Tile() is > 0 and var tile)
        {
            Winograd(Tiles(shape, tile, x, y), weights, start, transposed: false, add: false);
            return;
        }

        var product = new ConvGather
        {
            Kernels = _kernels,
            Source = Memory.Pointer(x),
            SourceHeight = shape.Height,
            SourceWidth = shape.Width,
            SourceChannels = shape.InChannels,
            Target = Memory.Pointer(y),
            Height = shape.OutHeight,
            Width = shape.OutWidth,
            Channels = shape.OutChannels,
            Batch = shape.Batch,
            Taps = shape.Kernel,
            Step = shape.Stride,
            Pad = shape.Pad,
            Runs = shape.Dilation == 1 && ConvGather.FitsRun(shape.Kernel, shape.InChannels),
            ImagesInside = shape.Dilation > 1,
        };
        Prepare(ref product, start);
        TapTable(product.RowOf, shape, shape.Height, shape.OutHeight);
        TapTable(product.ColumnOf, shape, shape.Width, shape.OutWidth);
        for (int q = 0; q < product.Width; q++)
            product.ColumnOrder[q] = q;
        Multiply(product, weights, shape, transposed: false);
    }

    public override void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into)
    {
        shape.Validate(dx, w, dy);
        if (_planner.Choose(shape, ConvPass.InputGradient).Tile() is > 0 and var tile)
        {
            Winograd(Tiles(Turned(shape), tile, dy, dx), Memory.Pointer(w), null, transposed: true, into == Into.Add);
            return;
        }

        var product = new ConvGather
        {
            Kernels = _kernels,
            Source = Memory.Pointer(dy),
            SourceHeight = shape.OutHeight,
            SourceWidth = shape.OutWidth,
            SourceChannels = shape.OutChannels,
            Target = Memory.Pointer(dx),
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.InChannels,
            Batch = shape.Batch,
            Taps = shape.Kernel,
            Step = 1,
            Pad = shape.Kernel - 1 - shape.Pad,
            Add = into == Into.Add,
            Runs = shape.Stride == 1 && shape.Dilation == 1 && ConvGather.FitsRun(shape.Kernel, shape.OutChannels),
            ImagesInside = shape.Dilation > 1 || shape.Stride > 1,
        };
        Prepare(ref product, null);
        BackTapTable(product.RowOf, shape, shape.Height, shape.OutHeight);
        BackTapTable(product.ColumnOf, shape, shape.Width, shape.OutWidth);
        int at = 0;
        for (int phase = 0; phase < shape.Stride; phase++)
            for (int q = phase; q < product.Width; q += shape.Stride)
                product.ColumnOrder[at++] = q;
        Multiply(product, Memory.Pointer(w), shape, transposed: true);
    }

    public override void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        if (_planner.Choose(shape, ConvPass.WeightGradient).Tile() is > 0 and var tile)
        {
            WinogradOuter(Tiles(shape, tile, x, dy), Memory.Pointer(dw), into == Into.Add);
            return;
        }

        float* target = Memory.Pointer(dw);
        int* tables = (int*)_tables.Bytes((long)shape.Kernel * (shape.OutHeight + shape.OutWidth) * sizeof(int));
        var product = new ConvOuter
        {
            Kernels = _kernels,
            Shape = shape,
            X = Memory.Pointer(x),
            Dy = Memory.Pointer(dy),
            Target = target,
            Add = into == Into.Add,
            RowOf = tables,
            ColumnOf = tables + shape.Kernel * shape.OutHeight,
        };
        TapTable(product.RowOf, shape, shape.Height, shape.OutHeight);
        TapTable(product.ColumnOf, shape, shape.Width, shape.OutWidth);
        int chunks = product.Plan(), length = (int)shape.WeightCount;
        if (product.Parts > 1)
            product.Target = _panels.Floats((long)product.Parts * length);
        _pool.Run(chunks, new ConvOuterJob(product, _convScratch));
        if (product.Parts > 1)
            _pool.Run(ConvPartsJob.Chunks(length), new ConvPartsJob(product.Target, product.Parts, length, target, product.Add));
    }

    public override void ConvBackBias(in ConvShape shape, Place dy, Place dbias, Into into)
    {
        shape.Validate();
        Check.Length(dy, shape.OutputCount);
        Check.Length(dbias, shape.OutChannels);
        Check.Apart(dbias, dy);
        int channels = shape.OutChannels, rows = dy.Length / channels, chunks = Rows.Chunks(rows, channels);
        float* from = Memory.Pointer(dy), to = Memory.Pointer(dbias), sums = _partials.Floats((long)chunks * Lanes.Padded(channels));
        _pool.Run(chunks, new ColumnSumJob(from, rows, channels, sums));
        for (int o = 0; o < channels; o++)
            Put(ref to[o], PartialSum(sums, 0, chunks, channels, o), into);
    }

    /// <summary>The convolution of dy that gives the input gradient of a 3x3 one of stride 1: its taps turned, its channels changed over.</summary>
    private static ConvShape Turned(in ConvShape shape) => shape with
    {
        Height = shape.OutHeight,
        Width = shape.OutWidth,
        InChannels = shape.OutChannels,
        OutChannels = shape.InChannels,
        Pad = 2 * shape.Dilation - shape.Pad,
    };

    private WinogradTiles Tiles(in ConvShape shape, int tile, Place source, Place target) => new()
    {
        Kernels = WinogradKernels.For(_kernels.Bits, tile),
        Source = Memory.Pointer(source),
        SourceHeight = shape.Height,
        SourceWidth = shape.Width,
        SourceChannels = shape.InChannels,
        Target = Memory.Pointer(target),
        Height = shape.OutHeight,
        Width = shape.OutWidth,
        Channels = shape.OutChannels,
        Batch = shape.Batch,
        Dilation = shape.Dilation,
        Pad = shape.Pad,
    };

    private void WinogradOuter(WinogradTiles tiles, float* target, bool add)
    {
        LocateTiles(ref tiles);
        int row = Lanes.Padded(Math.Max(tiles.SourceChannels, tiles.Channels));
        tiles.Zeros = _lines.Floats(row);
        new Span<float>(tiles.Zeros, row).Clear();
        int length = 9 * tiles.SourceChannels * tiles.Channels;
        var product = new ConvWinogradOuter { Kernels = _kernels, Tiles = tiles, Target = target, Add = add };
        product.Plan();
        product.Source = _transformed.Floats(product.SourceFloats + product.GradientFloats);
        product.Gradient = product.Source + product.SourceFloats;
        long partials = product.Parts > 1 ? (long)product.Parts * length : 0;
        product.Sums = _panels.Floats(product.SumsFloats + partials);
        if (product.Parts > 1)
            product.Target = product.Sums + product.SumsFloats;
        for (int first = 0; first < tiles.Count; first += product.Block)
        {
            var transform = new WinogradOuterTransformJob(product, first, _convScratch);
            _pool.Run(transform.Chunks, transform);
            _pool.Run(product.Chunks, new WinogradOuterJob(product, first, _convScratch));
        }

        if (product.Parts > 1)
            _pool.Run(ConvPartsJob.Chunks(length), new ConvPartsJob(product.Target, product.Parts, length, target, add));
    }

    private void LocateTiles(ref WinogradTiles tiles)
    {
        int side = tiles.Kernels.Tile;
        int words = WinogradTiles.Along(tiles.Height, tiles.Dilation, side) + WinogradTiles.Along(tiles.Width, tiles.Dilation, side);
        tiles.Locate((int*)_tables.Bytes((long)words * sizeof(int)));
    }

    private void Winograd(WinogradTiles tiles, float* weights, float* start, bool transposed, bool add)
    {
        int lanes = _kernels.Lanes, row = Lanes.Padded(Math.Max(tiles.SourceChannels, ConvGather.PanelCount(tiles.Channels, lanes) * lanes));
        LocateTiles(ref tiles);
        float* lines = _lines.Floats(3L * row);
        new Span<float>(lines, 3 * row).Clear();
        if (start != null)
            new Span<float>(start, tiles.Channels).CopyTo(new Span<float>(lines, row));
        tiles.Zeros = lines + row;
        var product = new ConvWinograd { Kernels = _kernels, Tiles = tiles, Start = lines, Zeros = lines + row, Dump = lines + 2 * row, Add = add };
        product.Weights = new WinogradWeights
        {
            Weights = weights,
            InChannels = transposed ? tiles.Channels : tiles.SourceChannels,
            OutChannels = transposed ? tiles.SourceChannels : tiles.Channels,
            Lanes = lanes,
            Transposed = transposed,
        };
        product.Plan();
        product.TransformedWeights = _panels.Floats((product.Fused ? _pool.Threads : 1) * tiles.Kernels.Products * (long)product.WeightDistance);
        product.Transformed = _transformed.Floats(product.TransformedFloats);
        if (!product.Fused)
        {
            var pack = new WinogradWeightJob(tiles.Kernels, product.Weights, product.TransformedWeights, product.WeightDistance, _convScratch);
            _pool.Run(pack.Chunks, pack);
        }

        for (int first = 0; first < tiles.Count; first += product.Block)
        {
            var source = new WinogradSourceJob(product, first, _convScratch);
            _pool.Run(source.Chunks, source);
            _pool.Run(product.ProductChunks(first), new WinogradProductJob(product, first, _convScratch));
        }
    }

    /// <summary>Lays out the tables, and the row that the sums start with followed by a row that nobody reads.</summary>
    private void Prepare(ref ConvGather product, float* start)
    {
        int lanes = _kernels.Lanes, row = ConvGather.PanelCount(product.Channels, lanes) * lanes;
        int words = product.Taps * (product.Height + product.Width) + product.Width;
        product.RowOf = (int*)_tables.Bytes((long)words * sizeof(int));
        product.ColumnOf = product.RowOf + product.Taps * product.Height;
        product.ColumnOrder = product.ColumnOf + product.Taps * product.Width;
        product.Start = _lines.Floats(2L * row);
        product.Dump = product.Start + row;
        new Span<float>(product.Start, 2 * row).Clear();
        if (start != null)
            new Span<float>(start, product.Channels).CopyTo(new Span<float>(product.Start, row));
    }

    private void Multiply(ConvGather product, float* weights, in ConvShape shape, bool transposed)
    {
        int lanes = _kernels.Lanes;
        product.Panels = _panels.Floats((long)product.PanelRows * ConvGather.PanelCount(product.Channels, lanes) * lanes);
        var pack = new ConvPackJob(weights, product.Panels, shape.Kernel * shape.Kernel, shape.InChannels, shape.OutChannels,
            lanes, transposed);
        _pool.Run(pack.Chunks, pack);
        int chunks = product.Plan();
        _pool.Run(chunks, new ConvGatherJob(product, _convScratch));
    }

    /// <summary>table[tap, out] = out * stride - pad + tap * dilation where that lies in the input, else -1.</summary>
    private static void TapTable(int* table, in ConvShape shape, int size, int outSize)
    {
        for (int tap = 0; tap < shape.Kernel; tap++)
            for (int o = 0; o < outSize; o++)
            {
                int at = o * shape.Stride - shape.Pad + tap * shape.Dilation;
                *table++ = at >= 0 && at < size ? at : -1;
            }
    }

    /// <summary>table[tap, in] = the output that reads this input through this tap, the last tap first, or -1.</summary>
    private static void BackTapTable(int* table, in ConvShape shape, int size, int outSize)
    {
        for (int tap = 0; tap < shape.Kernel; tap++)
            for (int i = 0; i < size; i++)
            {
                int at = i + shape.Pad - (shape.Kernel - 1 - tap) * shape.Dilation;
                *table++ = at >= 0 && at % shape.Stride == 0 && at / shape.Stride < outSize ? at / shape.Stride : -1;
            }
    }
}
