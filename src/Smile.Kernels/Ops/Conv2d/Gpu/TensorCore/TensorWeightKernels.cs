using ILGPU;
using ILGPU.Runtime.Cuda;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Ptx;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>
/// A weight gradient as a matrix product (Depth, Pixels) x (Pixels, Channels), Depth = Taps x InChannels, each split of the pixels into its
/// own copy of the result. A word of a pixel, of the source or the gradient, is one tf32 or two bfloat16.
/// </summary>
internal struct TensorWeightArgs
{
    public GpuSpan A, B, C;
    public int SourceRows, SourceColumns, SourceWords, GradientWords;
    public int Rows, Columns, Channels, Depth;
    public int Pixels, PixelsPerSplit;
    public int Kernel, Stride, Dilation, Pad;
    public Into Into;
}

/// <summary>
/// Weight gradients in tensor cores: four warps make a tile of 128 x 128 of one split. A grid's y counts column tiles times splits.
/// </summary>
internal static class TensorWeightKernels
{
    public const int Tile = TensorConvKernels.Tile, Ahead = TensorConvText.Stages - 1;

    public static readonly GpuKernel<TensorWeightArgs> Tf32 = new(ConvTensorWeightTf32, TensorConvText.GroupSize) { LeastCapability = 80 };
    public static readonly GpuKernel<TensorWeightArgs> Bf16 = new(ConvTensorWeightBf16, TensorConvText.GroupSize) { LeastCapability = 80 };

    /// <summary>Pixels of a stage.</summary>
    public static int Step(Precision precision) => Step(precision == Precision.Bf16 ? Bf16Format.PerWord : Tf32Format.PerWord);

    private static int Step(int perWord) => 16 * perWord;

    private static int Split(in TensorWeightArgs args) => Grid.IdxY / ((args.Channels + Tile - 1) / Tile);

    private static int FirstChannel(in TensorWeightArgs args) => Grid.IdxY % ((args.Channels + Tile - 1) / Tile) * Tile;

    private static int Steps(in TensorWeightArgs args, int perWord)
    {
        int first = Split(args) * args.PixelsPerSplit, pixels = IntrinsicMath.Min(args.Pixels - first, args.PixelsPerSplit);
        return (pixels + Step(perWord) - 1) / Step(perWord);
    }

    private static void ConvTensorWeightTf32(ArrayView<float> memory, TensorWeightArgs args) => Correlate<Tf32Format>(args);

    private static void ConvTensorWeightBf16(ArrayView<float> memory, TensorWeightArgs args) => Correlate<Bf16Format>(args);

    private static void Correlate<TFormat>(in TensorWeightArgs args)
        where TFormat : struct, ITensorFormat
    {
        int firstRow = Grid.IdxX * Tile, firstChannel = FirstChannel(args), split = Split(args);
        CudaAsm.Emit("expand TensorRegisters %0, %1;", TFormat.LeftRows, TFormat.RightRows);
        CudaAsm.Emit("expand TensorStart %0, %1;", 0L, 0);
        TensorRowsLoader loader = TensorRowsLoader.Start(args, TFormat.PerWord, firstRow, firstChannel, split * args.PixelsPerSplit);
        TensorWalk walk = TensorWalk.At(args, Step(TFormat.PerWord));
        TensorRing ring = TensorRing.Start();
        for (int step = -Ahead, toCopy = Steps(args, TFormat.PerWord); toCopy > -Ahead; step++, toCopy--)
        {
            TensorRing.Await();
            if (toCopy > 0)
                loader.Copy(args, TFormat.PerWord, walk, ring.Filled);
            TensorRing.Close();
            if (step >= 0)
                TFormat.MultiplyRows(ring.Used);
            ring.Advance();
        }

        TFormat.StoreRows(args, args.C.Offset + (long)split * args.Depth * args.Channels, firstRow + TensorWarp.Row,
            firstChannel + TensorWarp.Column);
    }
}
