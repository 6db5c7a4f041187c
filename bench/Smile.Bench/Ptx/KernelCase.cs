using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;

namespace Smile.Bench.Ptx;

/// <summary>What is asked of the kernels of a case (docs/roofline.md).</summary>
internal enum Bar
{
    /// <summary>Nothing but to be counted: windows that overlap are read more often than once, small shapes fill no tile.</summary>
    None,

    /// <summary>Every sector and every input byte once.</summary>
    Stream,

    /// <summary>The float32 convolution: share of FMA, banks, sectors of its tiling, no local memory.</summary>
    Convolution,

    /// <summary>The same for a gradient: told, but no failure: bars are set for the forward pass alone.</summary>
    ConvolutionGradient,

    /// <summary>The convolution on tensor cores: share of mma, banks, no local memory.</summary>
    Tensor,
}

/// <summary>An operation at a shape of the training step, to be counted, checked and timed.</summary>
/// <param name="Name">For people.</param>
/// <param name="Bar">What is asked.</param>
/// <param name="Make">Takes the operands and returns the operation.</param>
internal sealed record KernelCase(string Name, Bar Bar, Func<Operands, Action<IBackend>> Make)
{
    /// <summary>Of a convolution: what its tiling has to fetch.</summary>
    public ConvTiling? Conv { get; init; }

    /// <summary>How a convolution is computed, where not as the backend plans it: the rungs of bench/Smile.Ladder.</summary>
    public Func<GpuBackend, GpuConvPlan>? OwnPlan { get; init; }

    /// <summary>What the convolutions multiply in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Floating-point operations of the problem; 0: those that are counted.</summary>
    public long Flops => Conv?.Shape.Flops ?? 0;

    /// <summary>How a backend whose memory is reserved computes the convolution; null where the case is none.</summary>
    public GpuConvPlan? PlanOn(GpuBackend backend) =>
        Conv is { } conv ? OwnPlan?.Invoke(backend) ?? backend.Conv2d.Plan(conv.Shape, conv.Pass) : null;
}
