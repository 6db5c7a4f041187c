using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu;

namespace Smile.Bench.Ptx;

/// <summary>
/// A pass of a convolution as the matrix product (Rows x Depth) * (Depth x Columns), and what its tiling cannot do without: a block gets
/// each element of its tile's rows and columns once, as no block sees what another has fetched, and each element of the result is stored
/// once. What lies in padding is not fetched. The ideal is all these bytes in full sectors of 32.
/// </summary>
internal sealed record ConvTiling(ConvShape Shape, ConvPass Pass)
{
    private const int SectorBytes = 32;

    /// <summary>The fewest sectors for a plan's tiles.</summary>
    public long Sectors(in GpuConvPlan plan) => Sectors(plan.RowTiles, plan.ColumnTiles, plan.Splits);

    /// <summary>The fewest sectors for so many tiles.</summary>
    /// <param name="rowTiles">Tiles of the product's rows.</param>
    /// <param name="columnTiles">Tiles of its columns.</param>
    /// <param name="splits">Splits of its depth: each writes a result.</param>
    public long Sectors(int rowTiles, int columnTiles, int splits)
    {
        long gathered = Meetings() * (Pass == ConvPass.InputGradient ? Shape.OutChannels : Shape.InChannels);
        (long right, long result) = Pass switch
        {
            ConvPass.Forward => (Shape.WeightCount, splits * Shape.OutputCount),
            ConvPass.InputGradient => (Shape.WeightCount, splits * Shape.InputCount),
            _ => (Shape.OutputCount, splits * Shape.WeightCount),
        };
        return (sizeof(float) * (gathered * columnTiles + right * rowTiles + result) + SectorBytes - 1) / SectorBytes;
    }

    /// <summary>How often a tap of an output pixel meets a pixel of the input.</summary>
    private long Meetings() => Shape.Batch * Along(Shape.Height, Shape.OutHeight) * Along(Shape.Width, Shape.OutWidth);

    private long Along(int size, int outSize)
    {
        long met = 0;
        for (int o = 0; o < outSize; o++)
            for (int tap = 0; tap < Shape.Kernel; tap++)
                if (o * Shape.Stride - Shape.Pad + tap * Shape.Dilation is var at && at >= 0 && at < size)
                    met++;
        return met;
    }
}
