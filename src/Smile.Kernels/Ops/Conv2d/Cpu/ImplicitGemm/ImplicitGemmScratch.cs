using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Ops.Conv2d.Cpu.ImplicitGemm;

/// <summary>What a worker needs for chunks of an <see cref="ImplicitGemmProduct"/>.</summary>
internal unsafe struct ImplicitGemmScratch : IScratch
{
    /// <summary>Most segments of a tile: one for each gathered channel at worst.</summary>
    public const int MostSegments = Panel.MostDepth;

    private const int MostPixels = ImplicitGemmProduct.MostTiles * MicroKernels.MaxRows;

    /// <summary>(tiles, rows, GatherStride): gathered pixels.</summary>
    public float* Gathered;

    /// <summary>(tiles, MostSegments).</summary>
    public Segment* Segments;

    /// <summary>(tiles).</summary>
    public int* SegmentCount;

    /// <summary>(pixels): target row, target column, source image and target address of each pixel.</summary>
    public int* Row, Column;

    /// <inheritdoc cref="Row"/>
    public float** Image, Targets;

    /// <summary>(rows): source addresses of one tap.</summary>
    public float** Found;

    public EdgeTile Edge;

    public void Allocate(ref ScratchLayout layout)
    {
        Gathered = layout.Floats(MostPixels * MicroKernels.GatherStride);
        Segments = layout.Items<Segment>(ImplicitGemmProduct.MostTiles * MostSegments);
        SegmentCount = layout.Integers(ImplicitGemmProduct.MostTiles);
        Row = layout.Integers(MostPixels);
        Column = layout.Integers(MostPixels);
        Image = layout.Addresses(MostPixels);
        Targets = layout.Addresses(MostPixels);
        Found = layout.Addresses(MicroKernels.MaxRows);
        Edge.Allocate(ref layout);
    }
}
