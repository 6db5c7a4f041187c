using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu.Ptx;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>What a thread reads and writes of its warp's 64 x 64 quarter of the group's tile.</summary>
internal static class TensorWarp
{
    private const int Side = TensorTileText.RowTiles * TensorTileText.TileRows;

    /// <summary>First row of the warp.</summary>
    public static int Row => Group.IdxX / 64 * Side;

    /// <summary>First column of the warp.</summary>
    public static int Column => Group.IdxX / 32 % 2 * Side;

    public static int Lane => Group.IdxX % 32;

    /// <summary>The row that this lane gives ldmatrix for a left tile: 16 rows at the first depth, then 16 at the second.</summary>
    private static int LeftPlace => TensorLoader.Place(Row + Lane % 16, Lane / 16);

    /// <summary>The same for two right tiles: 8 columns at both depths, then the next 8.</summary>
    private static int RightPlace => TensorConvText.OperandBytes + TensorLoader.Place(Column + Lane % 8 + Lane / 16 * 8, Lane / 8 % 2);

    public static void Start(in ConvArgs args, int firstChannel, int split)
    {
        int column = firstChannel + Column + Lane % 4 * 2;
        CudaAsm.Emit("expand TensorRegisters %0, %1;", LeftPlace, RightPlace);
        CudaAsm.Emit("expand TensorStart %0, %1;", args.Bias.Offset + column,
            split == 0 ? args.Bias.Length - column : 0); // the bias is the first split's
    }

    public static void Store(in ConvArgs args, int firstPixel, int firstChannel, int split)
    {
        int row = firstPixel + Row + Lane / 4, column = firstChannel + Column + Lane % 4 * 2;
        CudaAsm.Emit("expand TensorStore %0, %1, %2, %3, %4;",
            args.C.Offset + ((long)split * args.Pixels + row) * args.Channels + column, args.Pixels - row, args.Channels - column,
            8 * 4 * args.Channels, (int)args.Into);
    }
}
