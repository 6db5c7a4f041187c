using System.Runtime.CompilerServices;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerTap;

/// <summary>The forward pass or the input gradient to few channels: see <see cref="PerTapSums"/>.</summary>
internal unsafe struct PerTapProduct : IScratch
{
    /// <summary>Bytes of the sums that are held at once, or one image's.</summary>
    private const long BlockBytes = 1 << 22;

    public ConvProblem Problem;
    public TapTables Tables;

    /// <summary>(channels): the bias or zeros.</summary>
    public float* Start;

    /// <summary>(source channels, taps, channels): the weights of the 1x1 product.</summary>
    public float* Matrix;

    /// <summary>(images of a block, source pixels, taps, channels).</summary>
    public float* Sums;

    /// <summary>The 1x1 product from the source to the sums of a block.</summary>
    public ImplicitGemmProduct Product;

    private readonly ImplicitGemmConvolution _gemm;
    private readonly ConvShape _product;

    public PerTapProduct(in ConvProblem problem, ImplicitGemmConvolution gemm)
    {
        (Problem, _gemm) = (problem, gemm);
        Count = PerTapSums.Count(problem.Taps, problem.Channels);
        long bytes = (long)problem.SourceHeight * problem.SourceWidth * Count * sizeof(float);
        Images = (int)Math.Clamp(BlockBytes / bytes, 1, problem.Batch);
        _product = new ConvShape(Images, problem.SourceHeight, problem.SourceWidth, problem.SourceChannels, Count, 1);
    }

    /// <summary>Sums of a pixel.</summary>
    public readonly int Count { get; }

    /// <summary>Images whose sums are held at once, from the shape alone.</summary>
    public readonly int Images { get; }

    public void Allocate(ref ScratchLayout layout)
    {
        Tables.Allocate(ref layout, Problem);
        Start = layout.Floats(Problem.Channels);
        Matrix = layout.Floats(_product.WeightCount);
        Sums = layout.Floats(_product.OutputCount);
        Product = _gemm.Plan(ConvProblem.Forward(_product, Problem.Source, Matrix, null, Sums));
        Product.Allocate(ref layout);
    }

    /// <summary>The part of the problem that begins with an image, and its product.</summary>
    public readonly (ConvProblem Problem, ImplicitGemmProduct Product) Block(int first)
    {
        ConvProblem block = Problem;
        block.Batch = Math.Min(Images, Problem.Batch - first);
        block.Source += first * (nint)Problem.SourceHeight * Problem.SourceWidth * Problem.SourceChannels;
        block.Target += first * (nint)Problem.Height * Problem.Width * Problem.Channels;
        ImplicitGemmProduct product = Product;
        product.Problem.Batch = block.Batch;
        product.Problem.Source = block.Source;
        return (block, product);
    }
}

/// <summary>Weights of all taps as those of a 1x1 convolution from the source channels to the sums. A chunk is a tap.</summary>
internal readonly unsafe struct PerTapWeightsJob(ConvWeights weights, float* matrix) : IJob
{
    private readonly ConvWeights _weights = weights;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int depth = _weights.SourceChannels, channels = _weights.Channels, row = _weights.Taps * channels;
        nint sourceStride = _weights.SourceStride, channelStride = _weights.ChannelStride;
        float* from = _weights.Tap(chunk), to = matrix + chunk * channels;
        for (int k = 0; k < depth; k++, from += sourceStride, to += row)
            for (int c = 0; c < channels; c++)
                to[c] = from[c * channelStride];
    }
}

/// <summary>
/// Adds up the sums that belong to each target pixel, in the order of the taps. A chunk is a row of target pixels of the block.
/// </summary>
internal readonly unsafe struct PerTapSumJob(ConvProblem problem, TapTables tables, float* start, float* sums) : IJob
{
    private readonly ConvProblem _problem = problem;
    private readonly TapTables _tables = tables;

    public int Chunks => _problem.Batch * _problem.Height;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int taps = _problem.Taps, channels = _problem.Channels, width = _problem.Width, p = chunk % _problem.Height, rows = 0;
        nint count = PerTapSums.Count(taps, channels), line = _problem.SourceWidth * count;
        float* image = sums + chunk / _problem.Height * _problem.SourceHeight * line;
        float* target = _problem.Target + (nint)chunk * width * channels;
        float** row = stackalloc float*[PerTapSums.Most];
        nint* column = stackalloc nint[PerTapSums.Most];
        for (int tap = 0; tap < taps; tap++)
            if (_tables.RowOf[tap * _problem.Height + p] is >= 0 and var from)
                row[rows++] = image + from * line + tap * taps * channels;
        for (int q = 0; q < width; q++)
        {
            int columns = 0;
            for (int tap = 0; tap < taps; tap++)
                if (_tables.ColumnOf[tap * width + q] is >= 0 and var from)
                    column[columns++] = from * count + tap * channels;
            for (int c = 0; c < channels; c++, target++)
            {
                float sum = _problem.Into == Into.Add ? *target : start[c];
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < columns; j++)
                        sum += row[i][column[j] + c];
                *target = sum;
            }
        }
    }
}
