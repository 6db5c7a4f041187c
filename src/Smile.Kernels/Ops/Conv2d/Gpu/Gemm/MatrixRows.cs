using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

/// <summary>
/// A (rows, columns) matrix in memory, columns fastest, four neighbours of a row at a time: in one access where rows come in whole float4s.
/// </summary>
internal static class MatrixRows
{
    /// <summary>Four neighbours in a row; zero outside the matrix.</summary>
    public static Float4 LoadRow(ArrayView<float> memory, in GpuSpan matrix, int row, int column, int rows, int columns)
    {
        if (row >= rows || column >= columns)
            return default;
        int at = row * columns + column;
        if (columns % 4 == 0 && matrix.Aligned != 0)
            return matrix.LoadFloat4(memory, at);
        return new Float4(
            matrix.Load(memory, at),
            column + 1 < columns ? matrix.Load(memory, at + 1) : 0,
            column + 2 < columns ? matrix.Load(memory, at + 2) : 0,
            column + 3 < columns ? matrix.Load(memory, at + 3) : 0);
    }

    /// <summary>Writes or adds the part of a 4x4 block that lies in the matrix, which begins <paramref name="start"/> words in.</summary>
    public static void StoreBlock(ArrayView<float> memory, in GpuSpan to, int start, in Tile4x4 block,
        int row, int rows, int column, int columns, Into into)
    {
        StoreRow(memory, to, start, block.Row0, row, rows, column, columns, into);
        StoreRow(memory, to, start, block.Row1, row + 1, rows, column, columns, into);
        StoreRow(memory, to, start, block.Row2, row + 2, rows, column, columns, into);
        StoreRow(memory, to, start, block.Row3, row + 3, rows, column, columns, into);
    }

    /// <summary>
    /// The same where the matrix is aligned and its rows are whole float4s; it begins <paramref name="start"/> float4s in.
    /// </summary>
    public static void StoreBlock(ArrayView<Float4> float4s, int start, in Tile4x4 block, int row, int rows, int column, int columns,
        Into into)
    {
        if (column >= columns)
            return;
        int step = columns / 4, at = start + row * step + column / 4;
        StoreFloat4(float4s, at, block.Row0, row < rows, into);
        StoreFloat4(float4s, at + step, block.Row1, row + 1 < rows, into);
        StoreFloat4(float4s, at + 2 * step, block.Row2, row + 2 < rows, into);
        StoreFloat4(float4s, at + 3 * step, block.Row3, row + 3 < rows, into);
    }

    /// <summary>Writes or adds four neighbours, if they lie inside.</summary>
    public static void StoreFloat4(ArrayView<Float4> float4s, int at, Float4 values, bool isInside, Into into)
    {
        if (isInside)
            float4s[at] = into == Into.Add ? float4s[at] + values : values;
    }

    private static void StoreRow(ArrayView<float> memory, in GpuSpan to, int start, Float4 values,
        int row, int rows, int column, int columns, Into into)
    {
        if (row >= rows || column >= columns)
            return;
        int at = start + row * columns + column;
        if (columns % 4 == 0 && to.Aligned != 0)
        {
            to.StoreFloat4(memory, at, values, into);
            return;
        }

        to.Store(memory, at, values.X, into);
        if (column + 1 < columns)
            to.Store(memory, at + 1, values.Y, into);
        if (column + 2 < columns)
            to.Store(memory, at + 2, values.Z, into);
        if (column + 3 < columns)
            to.Store(memory, at + 3, values.W, into);
    }
}
