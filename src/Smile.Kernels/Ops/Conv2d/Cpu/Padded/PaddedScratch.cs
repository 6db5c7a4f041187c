using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Padded;

/// <summary>What a worker needs for chunks of a <see cref="PaddedProduct"/>.</summary>
internal unsafe struct PaddedScratch : IScratch
{
    /// <summary>(rows): the target address of each pixel of a tile.</summary>
    public float** Targets;

    public EdgeTile Edge;

    public void Allocate(ref ScratchLayout layout)
    {
        Targets = layout.Addresses(MicroKernels.MaxRows);
        Edge.Allocate(ref layout);
    }
}
