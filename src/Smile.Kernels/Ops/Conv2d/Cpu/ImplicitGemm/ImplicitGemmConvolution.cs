using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>The forward pass and the input gradient of any shape, as an implicit GEMM.</summary>
internal sealed class ImplicitGemmConvolution(SimdContext context) : IDisposable
{
    private readonly WorkerScratch<ImplicitGemmScratch> _workers = new(context.Pool.Threads);

    public ImplicitGemmProduct Plan(in ConvProblem problem) => new(context.Kernels, problem);

    public void Run(in ImplicitGemmProduct product)
    {
        Prepare(product);
        Multiply(product);
    }

    /// <summary>Fills the tables and packs the weights; with the same weights and sizes they serve for any images.</summary>
    public void Prepare(in ImplicitGemmProduct product)
    {
        product.Tables.Fill(product.Problem);
        product.Operands.Fill(context.Pool, product.Problem, context.Kernels.Lanes);
    }

    /// <summary>The product, prepared.</summary>
    public void Multiply(ImplicitGemmProduct product) => context.Pool.Run(product.Schedule(), new ImplicitGemmJob(product, _workers.Each));

    public void Dispose() => _workers.Dispose();
}
