using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>3x3 convolutions of stride 1 and any dilation, by Winograd's algorithms.</summary>
internal sealed unsafe class WinogradConvolution(SimdContext context) : IDisposable
{
    private readonly WorkerScratch<WinogradProductScratch> _workers = new(context.Pool.Threads);
    private readonly WorkerScratch<WinogradWeightGradientScratch> _gradientWorkers = new(context.Pool.Threads);
    private long _calls;

    public static bool Supports(in ConvShape shape) => shape is { Kernel: 3, Stride: 1 };

    /// <param name="problem">The forward pass or the input gradient.</param>
    /// <param name="tile">Outputs of a tile along each side: 2 or 4.</param>
    public WinogradProduct Plan(in ConvProblem problem, int tile) => new(context.Kernels, Tiles(problem, tile), context.Pool.Threads);

    public void Run(WinogradProduct product)
    {
        product.Call = ++_calls;
        product.Fill();
        if (!product.Private)
            context.Pool.Run(product.SharedChunks, new WinogradSharedJob(product, _workers.Each));
        context.Pool.Run(product.Chunks, new WinogradProductJob(product, _workers.Each));
    }

    /// <param name="problem">The input as the source, the output gradient in the target's place.</param>
    /// <param name="tile">Outputs of a tile along each side: 2 or 4.</param>
    /// <param name="gradient">The result.</param>
    /// <param name="into">Whether the gradient is overwritten.</param>
    public WinogradWeightGradient PlanWeightGradient(in ConvProblem problem, int tile, float* gradient, Into into) =>
        new(context.Kernels, Tiles(problem, tile), context.Pool.Threads, gradient, into);

    public void Run(in WinogradWeightGradient product)
    {
        product.Tiles.Fill();
        if (product.BySplits)
            context.Pool.Run(product.Splits, new WinogradSplitJob(product, _gradientWorkers.Each));
        for (int first = 0; !product.BySplits && first < product.Tiles.Count; first += product.Block)
        {
            var transform = new WinogradBlockTransformJob(product, first, _gradientWorkers.Each);
            context.Pool.Run(transform.Chunks, transform);
            context.Pool.Run(product.Columns, new WinogradBlockSumJob(product, first, _gradientWorkers.Each));
        }

        if (product.Splits == 1)
            return;
        var sum = new SplitKSumJob(product.SplitSums, product.Splits, product.Count, product.Gradient, product.Into);
        context.Pool.Run(sum.Chunks, sum);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _gradientWorkers.Dispose();
    }

    private WinogradTiles Tiles(in ConvProblem problem, int tile) => new(problem, WinogradTransforms.For(context.Kernels.Bits, tile));
}
