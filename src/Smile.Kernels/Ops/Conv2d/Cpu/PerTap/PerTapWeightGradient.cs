using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerTap;

/// <summary>The weight gradient with the output gradients of every tap in the input's place: see <see cref="PerTapSums"/>.</summary>
internal unsafe struct PerTapWeightGradient : IScratch
{
    /// <summary>Which output gradients read an input pixel: as in the input gradient.</summary>
    public ConvProblem Problem;

    /// <summary>Of <see cref="Problem"/>.</summary>
    public TapTables Tables;

    /// <summary>
    /// (input pixels, taps, OutChannels): the output gradients beside each input pixel; of a 1x1 convolution they lie so already.
    /// </summary>
    public float* Gradients;

    /// <summary>The 1x1 weight gradient (taps, OutChannels, InChannels).</summary>
    public WeightGradientProduct<TapInput> Product;

    /// <summary>The weight gradient (taps, InChannels, OutChannels).</summary>
    public readonly float* Target;

    /// <summary>Whether it is overwritten.</summary>
    public readonly Into Into;

    private readonly WeightGradientGemm _gemm;
    private readonly ConvShape _product;
    private readonly float* _x;

    public PerTapWeightGradient(in ConvShape shape, float* x, float* dy, float* target, Into into, WeightGradientGemm gemm)
    {
        (Into, _gemm) = (into, gemm);
        Target = target;
        _x = x;
        Problem = ConvProblem.InputGradient(shape, dy, null, null, Into.Set);
        int count = PerTapSums.Count(shape.Kernel, shape.OutChannels);
        _product = new ConvShape(shape.Batch, shape.Height, shape.Width, count, shape.InChannels, 1);
    }

    /// <summary>Whether output gradients are laid out; else they are read where they lie.</summary>
    public readonly bool LaysOut => Problem.Taps > 1;

    public void Allocate(ref ScratchLayout layout)
    {
        Gradients = Problem.Source;
        if (LaysOut)
        {
            Tables.Allocate(ref layout, Problem);
            Gradients = layout.Floats(_product.InputCount + PerTapSums.Most); // whole vectors are read at the end
        }

        float* gradient = layout.Floats(_product.WeightCount);
        Product = _gemm.Plan(ConvProblem.Forward(_product, Gradients, null, null, _x), gradient, Into.Set);
        Product.Allocate(ref layout);
    }
}

/// <summary>
/// Lays out the output gradient for each input pixel: for each of its pixels the output pixels that read it, the last tap first, zeros for
/// those outside. A chunk is a row.
/// </summary>
internal readonly unsafe struct PerTapLayoutJob(ConvProblem problem, TapTables tables, float* gradients) : IJob
{
    private readonly ConvProblem _problem = problem;
    private readonly TapTables _tables = tables;

    public int Chunks => _problem.Batch * _problem.Height;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int taps = _problem.Taps, channels = _problem.SourceChannels, width = _problem.Width, p = chunk % _problem.Height;
        float* image = _problem.Source + (nint)(chunk / _problem.Height) * _problem.SourceHeight * _problem.SourceWidth * channels;
        float* to = gradients + (nint)chunk * width * taps * taps * channels;
        for (int q = 0; q < width; q++)
            for (int r = 0; r < taps; r++)
            {
                int row = _tables.RowOf[r * _problem.Height + p];
                for (int s = 0; s < taps; s++)
                {
                    int column = _tables.ColumnOf[s * width + q];
                    float* from = (row | column) < 0 ? null : image + ((nint)row * _problem.SourceWidth + column) * channels;
                    for (int c = 0; c < channels; c++)
                        *to++ = from == null ? 0 : from[c];
                }
            }
    }
}

/// <summary>
/// The weight gradient (taps, InChannels, OutChannels) from the 1x1 one (taps reversed, OutChannels, InChannels), transposed. A chunk is
/// some input channels of a tap.
/// </summary>
internal readonly unsafe struct PerTapTransposeJob(
    float* gradient, float* target, int taps, int inChannels, int outChannels, Into into) : IJob
{
    private const int ChannelsPerChunk = 16; // whole cache lines are read

    private int ChunksPerTap => Integers.CeilingDivide(inChannels, ChannelsPerChunk);

    public int Chunks => taps * ChunksPerTap;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int tap = chunk / ChunksPerTap, first = chunk % ChunksPerTap * ChannelsPerChunk;
        int count = Math.Min(ChannelsPerChunk, inChannels - first);
        bool add = into == Into.Add;
        float* from = gradient + (nint)(taps - 1 - tap) * outChannels * inChannels + first;
        float* to = target + ((nint)tap * inChannels + first) * outChannels;
        for (int o = 0; o < outChannels; o++, from += inChannels)
            for (int i = 0; i < count; i++)
                to[(nint)i * outChannels + o] = (add ? to[(nint)i * outChannels + o] : 0) + from[i];
    }
}
