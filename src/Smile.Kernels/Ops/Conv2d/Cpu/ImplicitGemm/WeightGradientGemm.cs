using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>The weight gradient as a product over pixels, with any way of reading the input.</summary>
internal sealed unsafe class WeightGradientGemm(SimdContext context) : IDisposable
{
    private readonly WorkerScratch<WeightGradientScratch> _workers = new(context.Pool.Threads);

    /// <summary>Any shape.</summary>
    /// <param name="problem">The input as the source, the output gradient in the target's place.</param>
    /// <param name="gradient">The result.</param>
    /// <param name="into">Whether the gradient is overwritten.</param>
    public WeightGradientProduct<TapInput> Plan(in ConvProblem problem, float* gradient, Into into) =>
        Plan(problem, new TapInput(problem), gradient, into);

    /// <inheritdoc cref="Plan(in ConvProblem, float*, Into)"/>
    public WeightGradientProduct<TInput> Plan<TInput>(in ConvProblem problem, in TInput input, float* gradient, Into into)
        where TInput : unmanaged, IWeightGradientInput => new(context.Kernels, problem, input, gradient, into);

    public void Run<TInput>(WeightGradientProduct<TInput> product)
        where TInput : unmanaged, IWeightGradientInput
    {
        product.Input.Prepare();
        context.Pool.Run(product.Chunks, new WeightGradientJob<TInput>(product, _workers.Each));
        if (product.Splits == 1)
            return;
        var sum = new SplitKSumJob(product.SplitSums, product.Splits, product.Count, product.Gradient, product.Into);
        context.Pool.Run(sum.Chunks, sum);
    }

    public void Dispose() => _workers.Dispose();
}
