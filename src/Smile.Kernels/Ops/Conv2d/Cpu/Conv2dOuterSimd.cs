using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu;

/// <summary>
/// The weight gradient: for each tap the product of all input pixels that it reads, transposed, with their output gradients.
/// A block of pixels becomes a list of addresses, so stride, dilation and padding cost nothing in the product and a pixel
/// that the tap does not read is left out. Few input channels would not fill a tile; then groups of lines of the input are padded copies, a row
/// of taps is taken as one, and a block is packed once for all of them. Where few jobs come from taps and panels the pixels are split into parts,
/// each with its own sums; the parts depend on the shape alone and are added in order.
/// </summary>
internal unsafe struct ConvOuter
{
    /// <summary>
    /// Pixels summed in registers before they are added to the weights; their panel (32 KiB) stays in the first-level cache.
    /// </summary>
    public const int BlockPixels = 128;

    /// <summary>Panels packed at once: whole cache lines of the output gradient are read in order.</summary>
    public const int PanelsPerJob = 8;

    private const int LeastJobs = 16, FloatsPerLine = 16;
    private const long MostPartialWords = 1 << 22;

    public MicroKernels Kernels;
    public ConvShape Shape;

    /// <summary>The input and the output gradient.</summary>
    public float* X, Dy;

    /// <summary>The padded input; <see cref="Padded"/> says whether there is one.</summary>
    public PaddedImages Images;

    public bool Padded;

    /// <summary>(Kernel, OutHeight) and (Kernel, OutWidth): the input row and column that a tap reads, or -1.</summary>
    public int* RowOf, ColumnOf;

    /// <summary>The weight gradient, or the parts' sums.</summary>
    public float* Target;

    public bool Add;

    private int _units, _lines, _length, _panelGroups;

    /// <summary>Parts that the pixels are split into.</summary>
    public int Parts { get; private set; }

    /// <summary>Chooses blocks from the shape alone; returns the number of chunks.</summary>
    public int Plan()
    {
        (_units, _lines) = Padded ? (1, Shape.Kernel) : (Shape.Kernel * Shape.Kernel, 1);
        _length = Padded ? Images.Run : Shape.InChannels;
        int panels = ConvGather.PanelCount(Shape.OutChannels, Kernels.Lanes);
        _panelGroups = (panels + PanelsPerJob - 1) / PanelsPerJob;
        int jobs = _units * _panelGroups;
        long most = Math.Max(1, Math.Min(MostPartialWords / Shape.WeightCount, Padded ? Images.Groups : Blocks));
        Parts = jobs >= LeastJobs ? 1 : (int)Math.Min((LeastJobs + jobs - 1) / jobs, most);
        return jobs * Parts;
    }

    private readonly int Pixels => Shape.Batch * Shape.OutHeight * Shape.OutWidth;

    private readonly int Blocks => (Pixels + BlockPixels - 1) / BlockPixels;

    /// <summary>One chunk: a tap or all rows of taps, some panels, a part of the pixels.</summary>
    public readonly void Run(int chunk, int worker, ConvScratch* scratch)
    {
        int part = chunk % Parts, unit = chunk / Parts % _units, firstPanel = chunk / Parts / _units * PanelsPerJob;
        float* target = Target + (Parts == 1 ? 0 : part * (nint)Shape.WeightCount) + (nint)unit * _length * Shape.OutChannels;
        bool add = Add && Parts == 1;
        if (!Padded)
        {
            int first = (int)((long)Blocks * part / Parts) * BlockPixels, end = (int)((long)Blocks * (part + 1) / Parts) * BlockPixels;
            Sum(unit, first, Math.Min(Pixels, end), null, firstPanel, target, add, scratch);
            return;
        }

        int endGroup = (int)((long)Images.Groups * (part + 1) / Parts);
        for (int group = (int)((long)Images.Groups * part / Parts); group < endGroup; group++, add = true)
        {
            (int line, int endLine) = Images.Lines(group);
            Sum(unit, line * Shape.OutWidth, endLine * Shape.OutWidth, Images.Copy(group, worker), firstPanel, target, add, scratch);
        }
    }

    /// <summary>The sums over a stretch of pixels; padded, <paramref name="copy"/> is what they read.</summary>
    private readonly void Sum(int unit, int first, int end, float* copy, int firstPanel, float* target, bool add, ConvScratch* scratch)
    {
        int endPanel = Math.Min(firstPanel + PanelsPerJob, ConvGather.PanelCount(Shape.OutChannels, Kernels.Lanes));
        int firstLine = first / Shape.OutWidth;
        for (int stop; first < end; first = stop, add = true)
        {
            stop = Math.Min(end, first + BlockPixels);
            int count = Padded ? ListPadded(first, stop, copy, firstLine, scratch) : List(unit, first, stop, scratch);
            if (count == 0 && add)
                continue;
            Pack(firstPanel * Kernels.Lanes, Math.Min(endPanel * Kernels.Lanes, Shape.OutChannels), count, scratch);
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                if (!Padded)
                    Fetch(stop, Math.Min(end, stop + BlockPixels), panel - firstPanel, firstPanel, endPanel);
                for (int line = 0; line < _lines; line++)
                    Multiply(panel, panel - firstPanel, count, line * Images.RowFloats, target + (nint)line * _length * Shape.OutChannels, add, scratch);
            }
        }
    }

    /// <summary>Brings a slice of the next block's output gradients nearer while a panel of this one is multiplied.</summary>
    private readonly void Fetch(int first, int end, int slice, int firstPanel, int endPanel)
    {
        if (!Sse.IsSupported)
            return;
        int from = firstPanel * Kernels.Lanes, to = Math.Min(endPanel * Kernels.Lanes, Shape.OutChannels), slices = endPanel - firstPanel;
        int stop = first + (end - first) * (slice + 1) / slices;
        for (int pixel = first + (end - first) * slice / slices; pixel < stop; pixel++)
            for (int column = from; column < to; column += FloatsPerLine)
                Sse.Prefetch1(Dy + (nint)pixel * Shape.OutChannels + column);
    }

    private readonly void Multiply(int panel, int slot, int count, nint channel, float* target, bool add, ConvScratch* scratch)
    {
        int column = panel * Kernels.Lanes, left = Shape.OutChannels - column, outs = Shape.OutChannels;
        bool narrow = ConvGather.IsNarrow(outs, column, Kernels.Lanes);
        int lanes = narrow ? Kernels.Lanes / 2 : Kernels.Lanes;
        float* packed = scratch->Panel + (nint)slot * BlockPixels * Kernels.Lanes;
        for (int row = 0, rows; row < _length; row += rows)
        {
            float* to = target + (nint)row * outs + column;
            bool tall = narrow && _length - row >= Kernels.TallRows, whole = left >= lanes && _length - row >= Kernels.OuterRows;
            var kernel = tall && whole ? Kernels.OuterTall : narrow ? Kernels.OuterNarrow : Kernels.OuterWide;
            rows = tall && whole ? Kernels.TallRows : Math.Min(Kernels.OuterRows, _length - row);
            if (whole)
            {
                kernel(scratch->Inputs, count, channel + row, packed, to, outs, add);
                continue;
            }

            float* edge = scratch->EdgeRows[0];
            kernel(scratch->Inputs, count, channel + row, packed, edge, lanes, false);
            for (int i = 0; i < rows; i++, edge += lanes, to += outs)
                for (int j = 0; j < Math.Min(lanes, left); j += Lanes.Count)
                    Lanes.Put(Vector.Load(edge + j), to + j, left - j, add);
        }
    }

    /// <summary>Lists the pixels of a block that the unit reads: input and output addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int List(int unit, int first, int end, ConvScratch* scratch)
    {
        ConvShape s = Shape;
        int height = s.OutHeight, width = s.OutWidth, taps = s.Kernel, channels = s.InChannels, count = 0;
        int* rowOf = RowOf + unit / taps * height, columnOf = ColumnOf + unit % taps * width;
        for (int pixel = first; pixel < end;)
        {
            int line = pixel / width, q = pixel - line * width, stop = Math.Min(width, q + end - pixel), row = rowOf[line % height];
            float* input = X + ((nint)(line / height) * s.Height + row) * s.Width * channels, output = Dy + (nint)pixel * s.OutChannels;
            pixel += stop - q;
            if (row < 0)
                continue;
            for (; q < stop; q++, output += s.OutChannels)
            {
                if (columnOf[q] < 0)
                    continue;
                scratch->Inputs[count] = input + (nint)columnOf[q] * channels;
                scratch->Outputs[count] = output;
                count++;
            }
        }

        return count;
    }

    /// <summary>Lists all pixels of a block: what their first tap reads in the copy, and their output gradients.</summary>
    private readonly int ListPadded(int first, int end, float* copy, int firstLine, ConvScratch* scratch)
    {
        int width = Shape.OutWidth, step = Shape.Stride * Shape.InChannels;
        for (int pixel = first; pixel < end;)
        {
            int line = pixel / width, q = pixel - line * width, stop = Math.Min(width, q + end - pixel);
            for (float* input = copy + (line - firstLine) * Shape.Stride * Images.RowFloats + (nint)q * step; q < stop; q++, pixel++, input += step)
            {
                scratch->Inputs[pixel - first] = input;
                scratch->Outputs[pixel - first] = Dy + (nint)pixel * Shape.OutChannels;
            }
        }

        return end - first;
    }

    /// <summary>
    /// Copies output gradients from a column on into panels; the channels of a cut panel that are past the last are never
    /// used.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack(int first, int end, int count, ConvScratch* scratch)
    {
        for (int j = 0; j < count; j++)
        {
            float* from = scratch->Outputs[j], panel = scratch->Panel;
            for (int column = first; column < end; column += Kernels.Lanes, panel += BlockPixels * Kernels.Lanes)
            {
                int lanes = ConvGather.IsNarrow(Shape.OutChannels, column, Kernels.Lanes) ? Kernels.Lanes / 2 : Kernels.Lanes;
                float* to = panel + j * lanes;
                if (lanes >= Vector512<float>.Count)
                    ConvGather.Copy(from + column, to, lanes);
                else
                    Vector256.Load(from + column).Store(to);
            }
        }
    }
}

/// <summary>The weight gradient as a job.</summary>
internal readonly unsafe struct ConvOuterJob(ConvOuter product, ConvScratch* scratch) : IJob
{
    private readonly ConvOuter _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch + worker);
}

/// <summary>target = (add: target) + the parts' sums in order. A vector past the last part's end is read.</summary>
internal readonly unsafe struct ConvPartsJob(float* parts, int count, int length, float* target, bool add) : IJob
{
    private const int ChunkWords = 1 << 14;

    public static int Chunks(int length) => (length + ChunkWords - 1) / ChunkWords;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int end = Math.Min(length, (chunk + 1) * ChunkWords);
        for (int i = chunk * ChunkWords; i < end; i += Lanes.Count)
        {
            Vector<float> sum = add ? Vector.Load(target + i) : default;
            for (int part = 0; part < count; part++)
                sum += Vector.Load(parts + (nint)part * length + i);
            Lanes.Store(sum, target + i, end - i);
        }
    }
}
