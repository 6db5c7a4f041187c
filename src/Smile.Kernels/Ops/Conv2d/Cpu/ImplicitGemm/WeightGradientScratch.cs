using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>What a worker needs for chunks of a <see cref="WeightGradientProduct{TInput}"/>.</summary>
internal unsafe struct WeightGradientScratch : IScratch
{
    /// <summary>Panels packed at once: whole cache lines of the output gradient are read in order.</summary>
    public const int Panels = 8;

    /// <summary>(pixels of a block): where each pixel of a tap begins in the input and in the output gradient.</summary>
    public float** Inputs, Outputs;

    /// <summary>(panels, pixels of a block, lanes): packed output gradients.</summary>
    public float* Packed;

    public EdgeTile Edge;

    public void Allocate(ref ScratchLayout layout)
    {
        Inputs = layout.Addresses(Panel.MostPixels);
        Outputs = layout.Addresses(Panel.MostPixels);
        Packed = layout.Floats(Panels * Panel.MostPixels * Panel.MostLanes + Panel.MostLanes);
        Edge.Allocate(ref layout);
    }
}
