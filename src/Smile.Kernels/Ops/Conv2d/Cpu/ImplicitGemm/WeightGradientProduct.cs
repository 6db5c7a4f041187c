using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>
/// The weight gradient: the product of all input pixels that a tap reads, transposed, with their output gradients. A block of output
/// gradients is packed once for all rows that read the same pixels. Where few jobs come from taps and panels the pixels are split too
/// (split-K), each split with its own sums; the splits depend on the shape alone and are added in order.
/// </summary>
internal unsafe struct WeightGradientProduct<TInput> : IScratch
    where TInput : unmanaged, IWeightGradientInput
{
    private const int LeastJobs = 16, FloatsPerLine = 16;
    private const long MostSplitWords = 1 << 22;

    public MicroKernels Kernels;

    /// <summary>How the input is read.</summary>
    public TInput Input;

    /// <summary>(splits, weights): each split's sums; null where there is one split, which adds to the gradient itself.</summary>
    public float* SplitSums;

    /// <summary>(weights): the result.</summary>
    public readonly float* Gradient;

    /// <summary>Whether the gradient is overwritten.</summary>
    public readonly Into Into;

    /// <summary>(pixels, <see cref="_channels"/>): the output gradient.</summary>
    private readonly float* _outputs;

    private readonly int _channels, _panelGroups, _units, _lines, _lineRows, _pieces;
    private readonly nint _lineDistance;

    /// <param name="kernels">The micro-kernels.</param>
    /// <param name="problem">Source and target sizes; the target is the output gradient.</param>
    /// <param name="input">How the source is read.</param>
    /// <param name="gradient">The result.</param>
    /// <param name="into">Whether the gradient is overwritten.</param>
    public WeightGradientProduct(in MicroKernels kernels, in ConvProblem problem, in TInput input, float* gradient, Into into)
    {
        (Kernels, Input, Into, _channels) = (kernels, input, into, problem.Channels);
        Gradient = gradient;
        _outputs = problem.Target;
        Count = problem.Weights.Taps * problem.SourceChannels * problem.Channels;
        (_units, _lines, _lineRows, _lineDistance, _pieces) = (input.Units, input.Lines, input.LineRows, input.LineDistance, input.Pieces);
        _panelGroups = Integers.CeilingDivide(Panel.Count(_channels, kernels.Lanes), WeightGradientScratch.Panels);
        int jobs = _units * _panelGroups;
        long most = Math.Max(1, Math.Min(MostSplitWords / Count, _pieces));
        Splits = jobs >= LeastJobs ? 1 : (int)Math.Min(Integers.CeilingDivide(LeastJobs, jobs), most);
    }

    /// <summary>Weights.</summary>
    public readonly int Count { get; }

    /// <summary>Splits of the pixels.</summary>
    public readonly int Splits { get; }

    /// <summary>A call through the field itself would copy it: the compiler cannot know that the call leaves it as it is.</summary>
    private readonly ref TInput InputReference => ref Unsafe.AsRef(in Input);

    public readonly int Chunks => _units * _panelGroups * Splits;

    public void Allocate(ref ScratchLayout layout)
    {
        Input.Allocate(ref layout);
        if (Splits > 1)
            SplitSums = layout.Floats((long)Splits * Count + Lanes256.Count);
    }

    /// <summary>One chunk: a unit of rows, some panels, a split of the pixels.</summary>
    public readonly void Run(int chunk, int worker, WeightGradientScratch* scratch)
    {
        int split = chunk % Splits, unit = chunk / Splits % _units, firstPanel = chunk / Splits / _units * WeightGradientScratch.Panels;
        float* target = (Splits == 1 ? Gradient : SplitSums + split * (nint)Count) + (nint)unit * _lines * _lineRows * _channels;
        Into into = Splits == 1 ? Into : Into.Set;
        int piece = (int)((long)_pieces * split / Splits), endPiece = (int)((long)_pieces * (split + 1) / Splits);
        for (; piece < endPiece; into = Into.Add)
        {
            PixelStretch stretch = InputReference.Open(piece, endPiece, worker);
            Sum(unit, stretch, firstPanel, target, into, scratch);
            piece = stretch.NextPiece;
        }
    }

    /// <summary>The sums over a stretch of pixels.</summary>
    private readonly void Sum(int unit, in PixelStretch stretch, int firstPanel, float* target, Into into, WeightGradientScratch* scratch)
    {
        int endPanel = Math.Min(firstPanel + WeightGradientScratch.Panels, Panel.Count(_channels, Kernels.Lanes));
        for (int first = stretch.First, stop; first < stretch.End; first = stop, into = Into.Add)
        {
            stop = Math.Min(stretch.End, first + Panel.MostPixels);
            int count = InputReference.List(unit, stretch, first, stop, scratch);
            if (count == 0 && into == Into.Add)
                continue;
            Pack(firstPanel * Kernels.Lanes, Math.Min(endPanel * Kernels.Lanes, _channels), count, scratch);
            for (int index = firstPanel; index < endPanel; index++)
            {
                Panel panel = Panel.At(index, _channels, Kernels.Lanes);
                float* packed = scratch->Packed + (nint)(index - firstPanel) * Panel.MostPixels * Kernels.Lanes, to = target;
                if (TInput.Prefetches)
                    Prefetch(stop, Math.Min(stretch.End, stop + Panel.MostPixels), index - firstPanel, firstPanel, endPanel);
                for (int line = 0; line < _lines; line++, to += (nint)_lineRows * _channels)
                    Multiply(panel, packed, count, line * _lineDistance, to, into, scratch);
            }
        }
    }

    /// <summary>Brings a slice of the next block's output gradients nearer while a panel of this one is multiplied.</summary>
    private readonly void Prefetch(int first, int end, int slice, int firstPanel, int endPanel)
    {
        if (!Sse.IsSupported)
            return;
        int from = firstPanel * Kernels.Lanes, to = Math.Min(endPanel * Kernels.Lanes, _channels), slices = endPanel - firstPanel;
        int stop = first + (end - first) * (slice + 1) / slices;
        for (int pixel = first + (end - first) * slice / slices; pixel < stop; pixel++)
            for (int column = from; column < to; column += FloatsPerLine)
                Sse.Prefetch1(_outputs + (nint)pixel * _channels + column);
    }

    private readonly void Multiply(
        Panel panel, float* packed, int count, nint channel, float* target, Into into, WeightGradientScratch* scratch)
    {
        int length = _lineRows, channels = _channels;
        bool narrow = panel.Width < Kernels.Lanes;
        for (int row = 0, rows; row < length; row += rows)
        {
            float* to = target + (nint)row * channels + panel.Column;
            bool tall = narrow && length - row >= Kernels.TallRows, whole = panel.IsWhole && length - row >= Kernels.WeightGradientRows;
            var kernel = tall && whole ? Kernels.WeightGradientTall : narrow ? Kernels.WeightGradientNarrow : Kernels.WeightGradientWide;
            rows = tall && whole ? Kernels.TallRows : Math.Min(Kernels.WeightGradientRows, length - row);
            if (whole)
            {
                kernel(scratch->Inputs, count, channel + row, packed, to, channels, into);
                continue;
            }

            float* edge = scratch->Edge.Rows[0];
            kernel(scratch->Inputs, count, channel + row, packed, edge, panel.Width, Into.Set);
            for (int i = 0; i < rows; i++, edge += panel.Width, to += channels)
                for (int j = 0; j < panel.Filled; j += Lanes256.Count)
                {
                    Lanes256 sums = Lanes256.Load(edge + j);
                    Lanes.Store(into == Into.Add ? sums + Lanes256.Load(to + j) : sums, to + j, panel.Filled - j);
                }
        }
    }

    /// <summary>
    /// Copies output gradients from a column on into panels; the channels of a cut panel that are past the last are never
    /// used.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack(int first, int end, int count, WeightGradientScratch* scratch)
    {
        for (int j = 0; j < count; j++)
        {
            float* from = scratch->Outputs[j], panel = scratch->Packed;
            for (int column = first; column < end; column += Kernels.Lanes, panel += Panel.MostPixels * Kernels.Lanes)
            {
                int width = _channels - column <= Kernels.Lanes / 2 ? Kernels.Lanes / 2 : Kernels.Lanes;
                float* to = panel + j * width;
                if (width >= Vector512<float>.Count)
                    PixelRow.Copy(from + column, to, width);
                else
                    Vector256.Load(from + column).Store(to);
            }
        }
    }
}

/// <summary>The weight gradient as a job.</summary>
internal readonly unsafe struct WeightGradientJob<TInput>(
    WeightGradientProduct<TInput> product, PerWorker<WeightGradientScratch> scratch) : IJob
    where TInput : unmanaged, IWeightGradientInput
{
    private readonly WeightGradientProduct<TInput> _product = product;

    public void Run(int chunk, int worker) => _product.Run(chunk, worker, scratch.Of(worker));
}
