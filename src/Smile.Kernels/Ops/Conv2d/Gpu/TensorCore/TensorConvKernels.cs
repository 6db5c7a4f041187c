using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Ptx;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;

namespace Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

/// <summary>
/// Convolution in tensor cores: four warps make a tile of 128 pixels x 128 channels of one split of the depth, whose parts are stages; a
/// grid's y counts column tiles times splits. One barrier a stage is enough: a stage is overwritten
/// only after the barrier that follows its use. Of <see cref="ConvArgs"/>, a source channel is a word here, one tf32 or two bfloat16, and
/// the weights are packed, (Taps, Channels, SourceChannels): transposed for the forward pass, as they lie for the input gradient.
/// </summary>
internal static class TensorConvKernels
{
    /// <summary>Side of a group's tile.</summary>
    public const int Tile = 128;

    private const int Ahead = TensorConvText.Stages - 1;

    public static readonly GpuKernel<ConvArgs> Tf32 = new(ConvTensorTf32, TensorConvText.GroupSize) { LeastCapability = 80 };
    public static readonly GpuKernel<ConvArgs> Bf16 = new(ConvTensorBf16, TensorConvText.GroupSize) { LeastCapability = 80 };

    private static void ConvTensorTf32(ArrayView<float> memory, ConvArgs args) => Convolve<Tf32Format>(args);

    private static void ConvTensorBf16(ArrayView<float> memory, ConvArgs args) => Convolve<Bf16Format>(args);

    private static void Convolve<TFormat>(in ConvArgs args)
        where TFormat : struct, ITensorFormat
    {
        int columnTiles = (args.Channels + Tile - 1) / Tile, split = Grid.IdxY / columnTiles;
        int firstPixel = Grid.IdxX * Tile, firstChannel = Grid.IdxY % columnTiles * Tile;
        TensorWarp.Start(args, firstChannel, split);
        TensorLoader loader = TensorLoader.Start(args, firstPixel, firstChannel, split);
        TensorRing ring = TensorRing.Start();
        for (int step = -Ahead, toCopy = TensorLoader.Steps(args, split); toCopy > -Ahead; step++, toCopy--)
        {
            TensorRing.Await();
            if (toCopy > 0)
                loader.Copy(args, ring.Filled);
            TensorRing.Close();
            if (step >= 0)
                TFormat.Multiply(ring.Used);
            ring.Advance();
        }

        TensorWarp.Store(args, firstPixel, firstChannel, split);
    }
}
