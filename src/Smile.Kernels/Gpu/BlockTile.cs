using ILGPU;

namespace Smile.Kernels.Gpu;

/// <summary>
/// Shared memory of four neighbouring rows (or columns) of a block's tile: a float4 for each of eight of the depth, and one unused. With
/// this stride of 36 words eight threads that read one depth of eight neighbouring panels meet every bank once, and so does a warp that
/// writes float4s of the depth as columns.
/// </summary>
internal static class Panel
{
    public const int Depth = 8, Float4s = Depth + 1, Words = 4 * Float4s;
}

/// <summary>A block's square tile of a matrix product; a kernel is compiled for one, so all of it is constant.</summary>
internal interface IBlockTile
{
    /// <summary>Rows, and columns.</summary>
    static abstract int Size { get; }
}

/// <summary>64 x 64 by 64 threads, who bring two float4s of each side a step.</summary>
internal readonly struct Tile64 : IBlockTile
{
    public static int Size => 64;
}

/// <summary>128 x 128 by 256 threads, who bring one float4 of each side a step.</summary>
internal readonly struct Tile128 : IBlockTile
{
    public static int Size => 128;
}

/// <summary>
/// The block's tile in two stages of shared memory (panels of rows, then panels of columns), and what of it is this thread's: 8x8
/// accumulators in two runs of four rows and two of four columns, half a tile apart. A warp stands for 4 x 8 threads.
/// </summary>
internal static class Block<TTile>
    where TTile : struct, IBlockTile
{
    public static int Threads => TTile.Size * TTile.Size / 64;

    /// <summary>Panels of one side.</summary>
    public static int Side => TTile.Size / 4;

    /// <summary>Float4s of one side, of which a run's are half.</summary>
    public static int SideFloat4s => Side * Panel.Float4s;

    /// <summary>Float4s of a stage.</summary>
    public static int Stage => 2 * SideFloat4s;

    /// <summary>Whether a thread brings two float4s of each side, not one.</summary>
    public static bool BringsTwo => TTile.Size == 64;

    /// <summary>Float4s from a thread's first run to its second.</summary>
    private static long Far => TTile.Size == 64 ? 8L * Panel.Float4s : 16L * Panel.Float4s;

    private static int WarpsAcross => TTile.Size / 64;

    /// <summary>This thread's first panel of rows; the second is half a side on.</summary>
    public static int RowPanel => Group.IdxX / 32 / WarpsAcross * 4 + Group.IdxX % 32 / 8;

    /// <summary>This thread's first panel of columns; the second is half a side on.</summary>
    public static int ColumnPanel => Group.IdxX / 32 % WarpsAcross * 8 + Group.IdxX % 8;

    /// <summary>Both stages.</summary>
    public static ArrayView<Float4> Allocate() => SharedMemory.Allocate<Float4>(2 * Stage);

    /// <summary>
    /// Adds the products of a stage, given the places of this thread's first rows and of its first columns. Two of the depth are written
    /// out, since the compiler unrolls nothing; all eight at once would keep 128 operands alive. Indices are 64 bits wide: such an address
    /// takes one instruction, not two. A view of two float4s at once would save more, but the CPU accelerator cannot cast at an odd float4.
    /// </summary>
    public static void AddProducts(ArrayView<Float4> shared, long rows, long columns, ref Tile8x8 sum)
    {
        for (int twos = Panel.Depth / 2; twos > 0; twos--, rows += 2, columns += 2)
        {
            ArrayView<Float4> r = shared.SubView(rows, SideFloat4s / 2 + 2), c = shared.SubView(columns, SideFloat4s / 2 + 2);
            sum.AddOuter(r[0L], r[Far], c[0L], c[Far]);
            sum.AddOuter(r[1L], r[Far + 1L], c[1L], c[Far + 1L]);
        }
    }
}
