using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Counters;

namespace Smile.Bench.Ptx;

/// <summary>
/// A pass of a convolution as the matrix product (Rows x Depth) * (Depth x Columns), and what its tiling cannot do without: a block gets each element of
/// its tile's rows and columns once, as no block sees what another has fetched, and each element of the result is stored once. What lies in padding is
/// not fetched. The ideal is all these bytes in full sectors of 32.
/// </summary>
/// <remarks>
/// The tiling is read from the grid, by a convention of the convolution kernels: x counts tiles of the product's rows, y tiles of its columns
/// times splits of the depth.
/// </remarks>
internal sealed record ConvTiling(ConvShape Shape, ConvPass Pass)
{
    private const int SectorBytes = 32;

    /// <summary>The fewest sectors for the tiling of a launch.</summary>
    public long Sectors(LaunchReport launch) => Sectors((int)launch.Grid.X, (int)launch.Grid.Y, launch.Footprint.WrittenBytes);

    /// <summary>The fewest sectors for so many tiles.</summary>
    /// <param name="gridX">Tiles of rows.</param>
    /// <param name="gridY">Tiles of columns, times splits.</param>
    /// <param name="writtenBytes">Bytes that the launch wrote: of the weight gradient, one result a split.</param>
    public long Sectors(int gridX, int gridY, long writtenBytes)
    {
        long splits = Pass == ConvPass.WeightGradient ? writtenBytes / (sizeof(float) * Shape.WeightCount) : 1, columnTiles = gridY / splits, rowTiles = gridX;
        long gathered = Meetings() * (Pass == ConvPass.InputGradient ? Shape.OutChannels : Shape.InChannels);
        (long right, long result) = Pass switch
        {
            ConvPass.Forward => (Shape.WeightCount, Shape.OutputCount),
            ConvPass.InputGradient => (Shape.WeightCount, Shape.InputCount),
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
