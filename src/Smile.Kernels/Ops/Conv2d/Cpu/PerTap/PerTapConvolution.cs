using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerTap;

/// <summary>Convolutions to few channels: see <see cref="PerTapSums"/>.</summary>
internal sealed unsafe class PerTapConvolution(SimdContext context, ImplicitGemmConvolution gemm, WeightGradientGemm weightGradient)
{
    public PerTapProduct Plan(in ConvProblem problem) => new(problem, gemm);

    public void Run(in PerTapProduct product)
    {
        product.Tables.Fill(product.Problem);
        PackedOperands.FillStart(product.Start, product.Problem.Channels, product.Problem);
        context.Pool.Run(product.Problem.Weights.Taps, new PerTapWeightsJob(product.Problem.Weights, product.Matrix));
        gemm.Prepare(product.Product);
        for (int first = 0; first < product.Problem.Batch; first += product.Images)
        {
            (ConvProblem problem, ImplicitGemmProduct block) = product.Block(first);
            gemm.Multiply(block);
            var sum = new PerTapSumJob(problem, product.Tables, product.Start, product.Sums);
            context.Pool.Run(sum.Chunks, sum);
        }
    }

    public PerTapWeightGradient PlanWeightGradient(in ConvShape shape, float* x, float* dy, float* gradient, Into into) =>
        new(shape, x, dy, gradient, into, weightGradient);

    public void Run(in PerTapWeightGradient plan)
    {
        ConvProblem problem = plan.Problem;
        if (plan.LaysOut)
        {
            plan.Tables.Fill(problem);
            var layout = new PerTapLayoutJob(problem, plan.Tables, plan.Gradients);
            context.Pool.Run(layout.Chunks, layout);
        }

        weightGradient.Run(plan.Product);
        var transpose = new PerTapTransposeJob(
            plan.Product.Gradient, plan.Target, problem.Taps * problem.Taps, problem.Channels, problem.SourceChannels, plan.Into);
        context.Pool.Run(transpose.Chunks, transpose);
    }
}
