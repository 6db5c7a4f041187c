using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu.Ptx;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>What a tensor-core kernel is compiled for: all that differs between TF32 and bfloat16.</summary>
internal interface ITensorFormat
{
    /// <summary>Values in a word: 1 or 2.</summary>
    static abstract int PerWord { get; }

    /// <summary>Where in a stage of rows of pixels this thread's pieces of the left operand lie, and of the right.</summary>
    static abstract int LeftRows { get; }

    /// <inheritdoc cref="LeftRows"/>
    static abstract int RightRows { get; }

    /// <summary>Adds the products of the stage at that place, whose rows are pixels and output channels.</summary>
    static abstract void Multiply(int stage);

    /// <summary>The same where the rows are the pixels that the sum runs over.</summary>
    static abstract void MultiplyRows(int stage);

    /// <summary>Writes the tile that <see cref="MultiplyRows"/> makes, or adds it.</summary>
    /// <param name="args">The pass.</param>
    /// <param name="start">The first word of the result.</param>
    /// <param name="firstRow">The warp's first row of it.</param>
    /// <param name="firstColumn">The warp's first column.</param>
    static abstract void StoreRows(in TensorWeightArgs args, long start, int firstRow, int firstColumn);
}

internal readonly struct Tf32Format : ITensorFormat
{
    public static int PerWord => 1;

    public static int LeftRows => Place(TensorWarp.Row);

    public static int RightRows => TensorConvText.OperandBytes + Place(TensorWarp.Column);

    public static void Multiply(int stage) => CudaAsm.Emit("expand TensorMultiplyTf32 %0;", stage);

    public static void MultiplyRows(int stage) => CudaAsm.Emit("expand TensorRowsMultiplyTf32 %0;", stage);

    public static void StoreRows(in TensorWeightArgs args, long start, int firstRow, int firstColumn)
    {
        int row = firstRow + TensorWarp.Lane / 4 * 8, column = firstColumn + TensorWarp.Lane % 4 * 16;
        CudaAsm.Emit("expand TensorRowsStoreTf32 %0, %1, %2, %3, %4;", start + (long)row * args.Channels + column, args.Depth - row,
            args.Channels - column, 4 * args.Channels, (int)args.Into);
    }

    private static int Place(int line) => TensorRowsLoader.Place(TensorWarp.Lane % 4, line / 4 + TensorWarp.Lane / 4 * 2, 1);
}

internal readonly struct Bf16Format : ITensorFormat
{
    public static int PerWord => 2;

    public static int LeftRows =>
        TensorRowsLoader.Place(TensorWarp.Lane % 8 + TensorWarp.Lane / 16 * 8, TensorWarp.Row / 8 + TensorWarp.Lane / 8 % 2, 2);

    public static int RightRows =>
        TensorConvText.OperandBytes + TensorRowsLoader.Place(TensorWarp.Lane % 16, TensorWarp.Column / 8 + TensorWarp.Lane / 16, 2);

    public static void Multiply(int stage) => CudaAsm.Emit("expand TensorMultiplyBf16 %0;", stage);

    public static void MultiplyRows(int stage) => CudaAsm.Emit("expand TensorRowsMultiplyBf16 %0;", stage);

    public static void StoreRows(in TensorWeightArgs args, long start, int firstRow, int firstColumn)
    {
        int row = firstRow + TensorWarp.Lane / 4, column = firstColumn + TensorWarp.Lane % 4 * 2;
        CudaAsm.Emit("expand TensorStore %0, %1, %2, %3, %4;", start + (long)row * args.Channels + column, args.Depth - row,
            args.Channels - column, 32 * args.Channels, (int)args.Into);
    }
}
