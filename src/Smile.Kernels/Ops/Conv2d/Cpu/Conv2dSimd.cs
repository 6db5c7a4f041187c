using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Ops.Conv2d.Winograd;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

internal sealed unsafe partial class SimdBackend
{
    public override string ConvAlgorithmOf(in ConvShape shape, ConvPass pass) => _planner.Choose(shape, pass).Text();

    public override void ConvForward(in ConvShape shape, Place x, Place w, Place bias, Place y)
    {
        shape.Validate(x, w, bias, y);
        float* weights = Memory.Pointer(w), start = bias.IsNone ? null : Memory.Pointer(bias);
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.Forward);
        if (algorithm.Tile() is > 0 and var tile)
            Winograd(Tiles(shape, tile, x, y), weights, start, transposed: false, add: false);
        else
            Multiply(algorithm, ForwardProblem(shape, Memory.Pointer(x), Memory.Pointer(y), start), weights, shape, transposed: false);
    }

    public override void ConvBackInput(in ConvShape shape, Place dy, Place w, Place dx, Into into)
    {
        shape.Validate(dx, w, dy);
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.InputGradient);
        if (algorithm.Tile() is > 0 and var tile)
            Winograd(Tiles(Turned(shape), tile, dy, dx), Memory.Pointer(w), null, transposed: true, into == Into.Add);
        else
            Multiply(algorithm, BackProblem(shape, Memory.Pointer(dy), Memory.Pointer(dx), into == Into.Add), Memory.Pointer(w), shape, transposed: true);
    }

    public override void ConvBackWeight(in ConvShape shape, Place x, Place dy, Place dw, Into into)
    {
        shape.Validate(x, dw, dy);
        ConvAlgorithm algorithm = _planner.Choose(shape, ConvPass.WeightGradient);
        if (algorithm.Tile() is > 0 and var tile)
            WinogradOuter(Tiles(shape, tile, x, dy), Memory.Pointer(dw), into == Into.Add);
        else if (algorithm == ConvAlgorithm.Terms)
            OuterTerms(shape, Memory.Pointer(x), Memory.Pointer(dy), Memory.Pointer(dw), into == Into.Add);
        else
            Outer(shape, Memory.Pointer(x), Memory.Pointer(dy), Memory.Pointer(dw), into == Into.Add, algorithm == ConvAlgorithm.Padded);
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
            Put(ref to[o], ColumnSumJob.Total(sums, 0, chunks, channels, o), into);
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
        int workers = product.ByParts ? _pool.Threads : 1;
        product.Source = _transformed.Floats(workers * (product.SourceFloats + product.GradientFloats));
        product.Gradient = product.Source + workers * product.SourceFloats;
        product.Sums = _panels.Floats(workers * product.SumsFloats + (product.Parts > 1 ? (long)product.Parts * length : 0) + Lanes.Count);
        if (product.Parts > 1)
            product.Target = product.Sums + workers * product.SumsFloats;
        if (product.ByParts)
            _pool.Run(product.Parts, new WinogradPartJob(product, _convScratch));
        for (int first = 0; !product.ByParts && first < tiles.Count; first += product.Block)
        {
            var transform = new WinogradOuterTransformJob(product, first, _convScratch);
            _pool.Run(transform.Chunks, transform);
            _pool.Run(product.Columns, new WinogradOuterJob(product, first, _convScratch));
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
        product.Plan(_pool.Threads);
        product.Call = ++_convCalls;
        product.TransformedWeights = _panels.Floats((product.OwnWeights ? _pool.Threads : 1) * product.WeightFloats);
        product.Transformed = _transformed.Floats((product.OwnSource ? _pool.Threads : 1) * product.SourceFloats);
        if (!product.Private)
            _pool.Run(product.SharedChunks, new WinogradSharedJob(product, _convScratch));
        _pool.Run(product.Chunks, new WinogradJob(product, _convScratch));
    }

    private ConvGather ForwardProblem(in ConvShape shape, float* x, float* y, float* start)
    {
        var problem = new ConvGather
        {
            Kernels = _kernels,
            Source = x,
            SourceHeight = shape.Height,
            SourceWidth = shape.Width,
            SourceChannels = shape.InChannels,
            Target = y,
            Height = shape.OutHeight,
            Width = shape.OutWidth,
            Channels = shape.OutChannels,
            Batch = shape.Batch,
            Taps = shape.Kernel,
            Step = shape.Stride,
            Pad = shape.Pad,
            ImagesInside = shape.Dilation > 1,
        };
        Prepare(ref problem, start);
        TapTable(problem.RowOf, shape, shape.Height, shape.OutHeight);
        TapTable(problem.ColumnOf, shape, shape.Width, shape.OutWidth);
        for (int q = 0; q < problem.Width; q++)
            problem.ColumnOrder[q] = q;
        return problem;
    }

    private ConvGather BackProblem(in ConvShape shape, float* dy, float* dx, bool add)
    {
        var problem = new ConvGather
        {
            Kernels = _kernels,
            Source = dy,
            SourceHeight = shape.OutHeight,
            SourceWidth = shape.OutWidth,
            SourceChannels = shape.OutChannels,
            Target = dx,
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.InChannels,
            Batch = shape.Batch,
            Taps = shape.Kernel,
            Step = 1,
            Pad = shape.Kernel - 1 - shape.Pad,
            Add = add,
            ImagesInside = shape.Dilation > 1 || shape.Stride > 1,
        };
        Prepare(ref problem, null);
        BackTapTable(problem.RowOf, shape, shape.Height, shape.OutHeight);
        BackTapTable(problem.ColumnOf, shape, shape.Width, shape.OutWidth);
        int at = 0;
        for (int phase = 0; phase < shape.Stride; phase++)
            for (int q = phase; q < problem.Width; q += shape.Stride)
                problem.ColumnOrder[at++] = q;
        return problem;
    }

    /// <summary>Lays out the tables, and the row that the sums start with followed by a row that nobody reads.</summary>
    private void Prepare(ref ConvGather problem, float* start)
    {
        int row = ConvGather.PanelCount(problem.Channels, _kernels.Lanes) * _kernels.Lanes;
        float* lines = _lines.Floats(2L * row);
        problem.Lay((int*)_tables.Bytes(problem.TableWords * sizeof(int)), lines, lines + row);
        new Span<float>(lines, 2 * row).Clear();
        if (start != null)
            new Span<float>(start, problem.Channels).CopyTo(new Span<float>(lines, row));
    }

    private void Multiply(ConvAlgorithm algorithm, ConvGather problem, float* weights, in ConvShape shape, bool transposed)
    {
        if (algorithm == ConvAlgorithm.Terms)
        {
            SumTerms(problem, weights, shape, transposed);
            return;
        }

        problem.Panels = Pack(weights, shape.Kernel * shape.Kernel, shape.InChannels, shape.OutChannels, transposed);
        if (algorithm == ConvAlgorithm.Padded)
        {
            var padded = new ConvPadded
            {
                Problem = problem,
                Images = Padded(problem.Source, problem.Batch, problem.SourceHeight, problem.SourceWidth, problem.SourceChannels, problem.Height, problem.Width,
                    problem.Taps, problem.Step, problem.Pad),
            };
            _pool.Run(padded.Images.Groups, new ConvPaddedJob(padded, _convScratch));
            return;
        }

        _pool.Run(problem.Plan(), new ConvGatherJob(problem, _convScratch));
    }

    private float* Pack(float* weights, int taps, int inChannels, int outChannels, bool transposed)
    {
        int lanes = _kernels.Lanes, depth = transposed ? outChannels : inChannels, channels = transposed ? inChannels : outChannels;
        float* panels = _panels.Floats((long)taps * depth * ConvGather.PanelCount(channels, lanes) * lanes);
        var pack = new ConvPackJob(weights, panels, taps, inChannels, outChannels, lanes, transposed);
        _pool.Run(pack.Chunks, pack);
        return panels;
    }

    private PaddedImages Padded(float* source, int batch, int sourceHeight, int sourceWidth, int channels, int height, int width, int taps, int step, int pad)
    {
        var images = new PaddedImages
        {
            Source = source,
            Batch = batch,
            SourceHeight = sourceHeight,
            SourceWidth = sourceWidth,
            Channels = channels,
            Height = height,
            Width = width,
            Taps = taps,
            Step = step,
            Pad = pad,
        };
        images.Buffers = _transformed.Floats(_pool.Threads * images.BufferFloats);
        return images;
    }

    /// <summary>The forward pass or the input gradient to few channels: see <see cref="ConvTerms"/>.</summary>
    private void SumTerms(ConvGather problem, float* weights, in ConvShape shape, bool transposed)
    {
        int taps = problem.Taps * problem.Taps, count = taps * problem.Channels, block = ConvTerms.Block(problem);
        nint source = (nint)problem.SourceHeight * problem.SourceWidth * problem.SourceChannels, target = (nint)problem.Height * problem.Width * problem.Channels;
        float* matrix = _partials.Floats((long)problem.SourceChannels * count);
        _pool.Run(taps, new TermWeightsJob(weights, matrix, taps, shape.InChannels, shape.OutChannels, transposed));
        var product = new ConvGather
        {
            Kernels = _kernels,
            SourceHeight = problem.SourceHeight,
            SourceWidth = problem.SourceWidth,
            SourceChannels = problem.SourceChannels,
            Height = problem.SourceHeight,
            Width = problem.SourceWidth,
            Channels = count,
            Taps = 1,
            Panels = Pack(matrix, 1, problem.SourceChannels, count, transposed: false),
        };
        long termFloats = (long)block * problem.SourceHeight * problem.SourceWidth * count;
        float* terms = _transformed.Floats(termFloats + 2 * ConvTerms.Most + product.TableWords), zeros = terms + termFloats;
        new Span<float>(zeros, ConvTerms.Most).Clear();
        product.Lay((int*)(zeros + 2 * ConvTerms.Most), zeros, zeros + ConvTerms.Most);
        for (int i = 0; i < product.Height; i++)
            product.RowOf[i] = i;
        for (int i = 0; i < product.Width; i++)
            product.ColumnOf[i] = product.ColumnOrder[i] = i;
        product.Target = terms;
        for (int first = 0; first < problem.Batch; first += block)
        {
            ConvGather part = problem;
            product.Batch = Math.Min(block, problem.Batch - first);
            product.Source = problem.Source + first * source;
            part.Target = problem.Target + first * target;
            _pool.Run(product.Plan(), new ConvGatherJob(product, _convScratch));
            _pool.Run(product.Batch * problem.Height, new TermSumJob(part, terms));
        }
    }

    private void Outer(in ConvShape shape, float* x, float* dy, float* target, bool add, bool padded)
    {
        int* tables = (int*)_tables.Bytes((long)shape.Kernel * (shape.OutHeight + shape.OutWidth) * sizeof(int));
        var product = new ConvOuter
        {
            Kernels = _kernels,
            Shape = shape,
            X = x,
            Dy = dy,
            Target = target,
            Add = add,
            Padded = padded,
            RowOf = tables,
            ColumnOf = tables + shape.Kernel * shape.OutHeight,
        };
        if (padded)
            product.Images = Padded(x, shape.Batch, shape.Height, shape.Width, shape.InChannels, shape.OutHeight, shape.OutWidth, shape.Kernel, shape.Stride, shape.Pad);
        TapTable(product.RowOf, shape, shape.Height, shape.OutHeight);
        TapTable(product.ColumnOf, shape, shape.Width, shape.OutWidth);
        int chunks = product.Plan(), length = (int)shape.WeightCount;
        if (product.Parts > 1)
            product.Target = _panels.Floats((long)product.Parts * length + Lanes.Count);
        _pool.Run(chunks, new ConvOuterJob(product, _convScratch));
        if (product.Parts > 1)
            _pool.Run(ConvPartsJob.Chunks(length), new ConvPartsJob(product.Target, product.Parts, length, target, add));
    }

    /// <summary>The weight gradient with the output gradient's terms in the input's place: see <see cref="ConvTerms"/>.</summary>
    private void OuterTerms(in ConvShape shape, float* x, float* dy, float* target, bool add)
    {
        int count = ConvTerms.Count(shape.Kernel, shape.OutChannels);
        long termFloats = shape.Kernel == 1 ? 0 : (long)shape.Batch * shape.Height * shape.Width * count + ConvTerms.Most;
        float* terms = _transformed.Floats(termFloats + (long)count * shape.InChannels), gradient = terms + termFloats;
        if (shape.Kernel == 1)
            terms = dy;
        else
            _pool.Run(shape.Batch * shape.Height, new TermLayoutJob(BackProblem(shape, dy, null, add: false), terms));
        Outer(new(shape.Batch, shape.Height, shape.Width, count, shape.InChannels, 1), terms, x, gradient, add: false, padded: false);
        var turn = new TermGradientJob(gradient, target, shape.Kernel * shape.Kernel, shape.InChannels, shape.OutChannels, add);
        _pool.Run(turn.Chunks, turn);
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
