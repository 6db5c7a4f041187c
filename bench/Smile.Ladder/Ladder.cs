using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;
using Smile.Kernels.Ops.Conv2d.Gpu.Float32;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.Ladder.Rungs;

namespace Smile.Ladder;

/// <summary>A step of the ladder: one kernel of the forward pass.</summary>
/// <param name="Name">For people.</param>
/// <param name="Channels">What the numbers of channels have to be multiples of.</param>
/// <param name="Precision">What it multiplies in.</param>
/// <param name="Plan">How a GPU computes the pass.</param>
internal sealed record Rung(string Name, int Channels, Precision Precision, Func<GpuBackend, ConvShape, GpuConvPlan> Plan)
{
    /// <summary>
    /// From one multiply-add an instruction to 2048, in the order in which one leads to the next. The last three are the product's.
    /// </summary>
    public static IReadOnlyList<Rung> All { get; } =
    [
        Of("direct", 1, DirectRung.Kernel, DirectRung.Tile),
        Of("shared tile", 1, SharedTileRung.Kernel, SharedTileRung.Tile),
        Of("register tile", 1, RegisterTileRung.Kernel, RegisterTileRung.Tile),
        Of("vector loads", 4, VectorRung.Kernel, VectorRung.Tile),
        Of("double buffer", 4, DoubleBufferRung.Kernel, DoubleBufferRung.Tile),
        Of("running addresses", 8, ImplicitGemmKernels.Forward128, Tile128.Size),
        new("tensor cores, TF32", 4, Precision.Tf32, Product),
        new("tensor cores, BF16", 8, Precision.Bf16, Product),
    ];

    /// <summary>The rung as a case of bench: its own kernel on a GPU, the reference elsewhere.</summary>
    public KernelCase Case(ConvShape shape) => new(Name, Bar.None, o =>
    {
        Place x = o.Source("x", shape.InputCount), w = o.Source("w", shape.WeightCount), y = o.Result(shape.OutputCount);
        return backend => Run(backend, shape, x, w, y);
    })
    { Conv = new ConvTiling(shape, ConvPass.Forward), OwnPlan = gpu => Plan(gpu, shape), Precision = Precision };

    /// <summary>y of x and w by this rung where the backend is a GPU, by the reference where it is not.</summary>
    public void Run(IBackend backend, ConvShape shape, Place x, Place w, Place y)
    {
        if (backend is GpuBackend gpu)
            gpu.Conv2d.Forward(Plan(gpu, shape), x, w, y);
        else
            backend.ConvForward(shape, x, w, Place.None, y);
    }

    private static Rung Of(string name, int channels, GpuKernel<ConvArgs> kernel, int tile) =>
        new(name, channels, Precision.Fp32, (_, shape) => GpuConvPlan.Forward(shape, kernel, tile));

    private static GpuConvPlan Product(GpuBackend gpu, ConvShape shape) => gpu.Conv2d.Plan(shape, ConvPass.Forward);
}
