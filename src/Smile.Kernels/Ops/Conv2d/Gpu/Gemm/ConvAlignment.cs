using Smile.Kernels.Gpu;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>Which operands of a pass start on 16 bytes, so that four words of them are one access.</summary>
/// <param name="A">The source.</param>
/// <param name="B">Weights, or the output's gradient in the weight gradient.</param>
/// <param name="Bias">The bias; one that is not there does.</param>
/// <param name="C">The result.</param>
internal readonly record struct ConvAlignment(bool A, bool B, bool Bias, bool C)
{
    /// <summary>As in a network: a plan of arenas places every tensor so.</summary>
    public static ConvAlignment All => new(true, true, true, true);

    public static ConvAlignment Of(in ConvArgs args) => new(Is(args.A), Is(args.B), args.Bias.Length == 0 || Is(args.Bias), Is(args.C));

    private static bool Is(GpuSpan operand) => operand.Aligned != 0;
}
