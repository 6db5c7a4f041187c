using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>A matrix for each tap, (Taps, Rows, Columns), and where it goes.</summary>
internal readonly struct TensorPackArgs(GpuSpan from, GpuSpan to, int rows, int columns)
{
    public readonly GpuSpan From = from, To = to;
    public readonly int Rows = rows, Columns = columns;
}

/// <summary>
/// Operands as tensor cores take them: tf32 in words of their own, or two bfloat16 in a word, the first in the low half; both rounded to
/// nearest (ties away from zero as cvt.rna.tf32 does, ties to even as cvt.rn.bf16 does). Plain C#, so that it runs on every runtime.
/// </summary>
internal static class TensorPack
{
    public const int GroupSize = 256, Tile = 32;

    private const int Pitch = Tile + 1; // one word more than a row: a column meets every bank once

    public static readonly GpuKernel<TensorPackArgs> ToTf32 = new(TensorToTf32, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TensorPackArgs> ToBf16 = new(TensorToBf16, GpuKernel.AnyGroup);
    public static readonly GpuKernel<TensorPackArgs> TransposeToTf32 = new(TensorTransposeToTf32, GroupSize);
    public static readonly GpuKernel<TensorPackArgs> TransposeToBf16 = new(TensorTransposeToBf16, GroupSize);

    /// <summary>The nearest value with 10 bits of mantissa.</summary>
    public static float Tf32(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & 0x7FFF_FFFF) > 0x7F80_0000 ? value : Interop.IntAsFloat((bits + 0x1000) & 0xFFFF_E000);
    }

    /// <summary>Four a thread, in the order they have.</summary>
    private static void TensorToTf32(ArrayView<float> memory, TensorPackArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.From.Length))
            return;
        Float4 v = args.From.LoadFloat4(memory, at);
        args.To.StoreFloat4(memory, at, new Float4(Tf32(v.X), Tf32(v.Y), Tf32(v.Z), Tf32(v.W)), Into.Set);
    }

    /// <summary>Four a thread, in the order they have; a float4 of bfloat16 is one access.</summary>
    private static void TensorToBf16(ArrayView<float> memory, TensorPackArgs args)
    {
        int at = Element.FirstOfFour;
        if (!Element.IsInside(at, args.From.Length))
            return;
        Float4 v = args.From.LoadFloat4(memory, at);
        args.To.AlignedAs<Bf16x4>(memory)[at / 4] = Bf16x4.Of(v);
    }

    private static void TensorTransposeToTf32(ArrayView<float> memory, TensorPackArgs args)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(Tile * Pitch);
        int firstRow = LoadTile(memory, args, tile, out int firstColumn), row = firstRow + Group.IdxX % Tile;
        for (int i = Group.IdxX / Tile; i < Tile; i += GroupSize / Tile)
            if (row < args.Rows && firstColumn + i < args.Columns)
                args.To.Store(memory, (Grid.IdxY * args.Columns + firstColumn + i) * args.Rows + row,
                    Tf32(tile[Group.IdxX % Tile * Pitch + i]), Into.Set);
    }

    private static void TensorTransposeToBf16(ArrayView<float> memory, TensorPackArgs args)
    {
        const int Words = Tile / 2;
        ArrayView<float> tile = SharedMemory.Allocate<float>(Tile * Pitch);
        int firstRow = LoadTile(memory, args, tile, out int firstColumn), row = Group.IdxX % Words * 2;
        for (int i = Group.IdxX / Words; i < Tile; i += GroupSize / Words)
            if (firstRow + row < args.Rows && firstColumn + i < args.Columns)
                args.To.StoreWord(memory, ((Grid.IdxY * args.Columns + firstColumn + i) * args.Rows + firstRow + row) / 2,
                    Bf16x4.Pair(tile[row * Pitch + i], tile[(row + 1) * Pitch + i]));
    }

    /// <summary>Brings a group's tile of 32 x 32 to shared memory, zero outside the matrix; returns its first row.</summary>
    private static int LoadTile(ArrayView<float> memory, in TensorPackArgs args, ArrayView<float> tile, out int firstColumn)
    {
        int tilesAcross = (args.Columns + Tile - 1) / Tile, firstRow = Grid.IdxX / tilesAcross * Tile;
        firstColumn = Grid.IdxX % tilesAcross * Tile;
        int column = firstColumn + Group.IdxX % Tile;
        for (int i = Group.IdxX / Tile; i < Tile; i += GroupSize / Tile)
            tile[i * Pitch + Group.IdxX % Tile] = firstRow + i < args.Rows && column < args.Columns
                ? args.From.Load(memory, (Grid.IdxY * args.Rows + firstRow + i) * args.Columns + column) : 0;
        Group.Barrier();
        return firstRow;
    }
}
