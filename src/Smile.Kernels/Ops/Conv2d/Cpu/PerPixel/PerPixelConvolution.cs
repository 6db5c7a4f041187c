using Smile.Kernels.Memory;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.PerPixel;

/// <summary>Runs what <see cref="PerPixelSums"/> describes.</summary>
internal sealed unsafe class PerPixelConvolution(SimdContext context)
{
    public void RunForward(in PerPixelProduct product)
    {
        product.Transpose();
        context.Pool.Run(product.Chunks, new PerPixelForwardJob(product));
    }

    public void RunInputGradient(in PerPixelProduct product)
    {
        product.Transpose();
        context.Pool.Run(product.Chunks, new PerPixelInputGradientJob(product));
    }

    /// <param name="plan">Its sums are taken chunk by chunk, whoever computed them.</param>
    /// <param name="gradient">(in, out).</param>
    /// <param name="into">Whether it is overwritten.</param>
    public void RunWeightGradient(in PerPixelWeightGradient plan, float* gradient, Into into)
    {
        context.Pool.Run(plan.Chunks, new PerPixelWeightGradientJob(plan));
        for (int i = 0; i < plan.In; i++)
            for (int o = 0; o < plan.Out; o++)
                into.Store(plan.Total(i, o), ref gradient[i * plan.Out + o]);
    }
}
