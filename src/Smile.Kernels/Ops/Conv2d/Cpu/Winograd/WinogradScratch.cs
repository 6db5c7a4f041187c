using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Cpu.Winograd;

/// <summary>What a worker needs for the transforms of a tile.</summary>
internal unsafe struct TransformScratch : IScratch
{
    /// <summary>(products): source pixels or products of a tile; (tile * tile): its target pixels.</summary>
    public float** List, Targets;

    /// <summary>What a transform passes through.</summary>
    public float* Temp;

    public void Allocate(ref ScratchLayout layout)
    {
        List = layout.Addresses(WinogradTransforms.MostProducts);
        Targets = layout.Addresses(WinogradTransforms.MostProducts);
        Temp = layout.Floats(WinogradTransforms.TempFloats);
    }
}

/// <summary>What a worker needs for chunks of a <see cref="WinogradProduct"/>.</summary>
internal unsafe struct WinogradProductScratch : IScratch
{
    public TransformScratch Transform;

    /// <summary>(source channels, taps, lanes): some weights, transposed.</summary>
    public float* Transposed;

    /// <summary>(products, tiles, lanes): the products of a chunk.</summary>
    public float* Products;

    /// <summary>(tiles): where each tile's row of the first product begins.</summary>
    public float** ProductRows;

    /// <summary>The call that the worker has its own copy of what all chunks need for.</summary>
    public long Prepared;

    public void Allocate(ref ScratchLayout layout)
    {
        Transform.Allocate(ref layout);
        Transposed = layout.Floats(WinogradWeights.MostTransposed * WinogradWeights.Taps * Panel.MostLanes);
        Products = layout.Floats(WinogradTransforms.MostProducts * (WinogradProduct.MostTiles * WinogradProduct.MostLanes + 16));
        ProductRows = layout.Addresses(WinogradProduct.MostTiles);
    }
}

/// <summary>What a worker needs for chunks of a <see cref="WinogradWeightGradient"/>.</summary>
internal unsafe struct WinogradWeightGradientScratch : IScratch
{
    public TransformScratch Transform;

    /// <summary>(tiles): where each tile's transformed source begins.</summary>
    public float** Inputs;

    /// <summary>(products, Depth, lanes): the sums of a chunk.</summary>
    public float* Sums;

    public void Allocate(ref ScratchLayout layout)
    {
        Transform.Allocate(ref layout);
        Inputs = layout.Addresses(Panel.MostPixels);
        Sums = layout.Floats(WinogradTransforms.MostProducts * WinogradWeightGradient.Depth * Panel.MostLanes);
    }
}
