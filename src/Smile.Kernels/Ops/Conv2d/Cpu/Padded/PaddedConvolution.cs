using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Padded;

/// <summary>Dense convolutions of few source channels, by products that read padded copies of the images.</summary>
internal sealed unsafe class PaddedConvolution(SimdContext context, WeightGradientGemm weightGradient) : IDisposable
{
    private readonly WorkerScratch<PaddedScratch> _workers = new(context.Pool.Threads);

    /// <summary>Whether a pass reads few enough channels, all taps side by side.</summary>
    public static bool Supports(in ConvShape shape, ConvPass pass)
    {
        if (shape is { Kernel: 1 } or { Dilation: > 1 } || (pass == ConvPass.InputGradient && shape.Stride > 1))
            return false;
        int sourceChannels = pass == ConvPass.InputGradient ? shape.OutChannels : shape.InChannels;
        return shape.Kernel * sourceChannels <= PaddedImages.MostRun;
    }

    public PaddedProduct Plan(in ConvProblem problem) => new(context.Kernels, problem, context.Pool.Threads);

    public void Run(PaddedProduct product)
    {
        product.Operands.Fill(context.Pool, product.Problem, context.Kernels.Lanes);
        context.Pool.Run(product.Images.Groups, new PaddedJob(product, _workers.Each));
    }

    public WeightGradientProduct<PaddedInput> PlanWeightGradient(in ConvProblem problem, float* gradient, Into into) =>
        weightGradient.Plan(problem, new PaddedInput(problem, context.Pool.Threads), gradient, into);

    public void Run(in WeightGradientProduct<PaddedInput> product) => weightGradient.Run(product);

    public void Dispose() => _workers.Dispose();
}
