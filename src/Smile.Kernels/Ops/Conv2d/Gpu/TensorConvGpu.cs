using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Gpu.Gemm;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;

namespace Smile.Kernels.Ops.Conv2d.Gpu;

/// <summary>
/// Passes of a convolution in tensor cores. TF32 sources are rounded on their way to the tensor cores; bfloat16 sources are packed first,
/// as many images at a time as the plan says: each element is read once for each tap and each 128 channels, in half the bytes.
/// </summary>
internal sealed class TensorConvGpu(GpuQueue queue, GpuConvPlanner planner, PackedOperands packed, SplitK splitK)
{
    /// <summary>
    /// Forward or input gradient. The weights are packed with the channels of the sum in a row: transposed for the forward pass, whose sum
    /// is over their slower index. Splits of the depth have copies of the result, as those of a weight gradient.
    /// </summary>
    /// <param name="plan">The plan of the pass.</param>
    /// <param name="args">The pass.</param>
    /// <param name="packedSource">Its source in bfloat16 already, or nothing.</param>
    public void OverTaps(in GpuConvPlan plan, ConvArgs args, GpuSpan packedSource)
    {
        var kernel = (GpuKernel<ConvArgs>)plan.Kernel;
        args.B = packed.Weights(plan.Shape, args.B, plan.Pass == ConvPass.Forward ? WeightOrder.Transposed : WeightOrder.AsTheyLie);
        bool isBf16 = plan.Precision == Precision.Bf16, isPacked = packedSource.Length > 0;
        int batch = plan.Shape.Batch, pixels = args.Pixels / batch;
        (GpuSpan source, GpuSpan result, Into into) = (args.A, args.C, args.Into);
        if (isBf16)
            args.SourceChannels /= 2; // two a word
        for (int first = 0; first < batch; first += plan.Images)
        {
            GpuConvPlan lot = Lot(plan, first, isPacked);
            args.A = isPacked ? Images(packedSource, first, lot.Images, batch)
                : isBf16 ? packed.ToBf16(Images(source, first, lot.Images, batch), args.B.Length)
                : source;
            GpuSpan images = Images(result, first, lot.Images, batch);
            args.C = splitK.Copies(lot.Splits, images);
            args.Into = SplitK.IntoCopies(lot.Splits, into);
            args.DepthPerSplit = lot.DepthPerSplit;
            args.Pixels = lot.Images * pixels;
            queue.Launch(kernel, lot.GridX, lot.GridY, args);
            splitK.Sum(lot.Splits, args.C, images, into);
        }
    }

    /// <summary>
    /// The weight gradient: pixels are split as in float32, each split has its own copy of the result, and a second launch adds the copies
    /// in order. bfloat16 packs both sources; each lot after the first is added.
    /// </summary>
    /// <param name="plan">The plan of the pass.</param>
    /// <param name="x">The input.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="isPacked">Whether both are in bfloat16 already.</param>
    /// <param name="dw">The gradient of the weights.</param>
    /// <param name="into">What happens to it.</param>
    public void WeightGradient(in GpuConvPlan plan, GpuSpan x, GpuSpan dy, bool isPacked, GpuSpan dw, Into into)
    {
        var kernel = (GpuKernel<TensorWeightArgs>)plan.Kernel;
        ConvShape shape = plan.Shape;
        bool isBf16 = plan.Precision == Precision.Bf16;
        TensorWeightArgs args = Args(shape, isBf16 ? 2 : 1);
        for (int first = 0; first < shape.Batch; first += plan.Images)
        {
            GpuConvPlan lot = Lot(plan, first, isPacked);
            (args.A, args.B) = (Images(x, first, lot.Images, shape.Batch), Images(dy, first, lot.Images, shape.Batch));
            if (isBf16 && !isPacked)
            {
                args.A = packed.ToBf16(args.A, 0);
                args.B = packed.ToBf16(args.B, args.A.Length);
            }

            Into intoResult = first == 0 ? into : Into.Add;
            args.C = splitK.Copies(lot.Splits, dw);
            args.Into = SplitK.IntoCopies(lot.Splits, intoResult);
            args.Pixels = lot.Images * shape.OutHeight * shape.OutWidth;
            args.PixelsPerSplit = lot.DepthPerSplit;
            queue.Launch(kernel, lot.GridX, lot.GridY, args);
            splitK.Sum(lot.Splits, args.C, dw, intoResult);
        }
    }

    private static TensorWeightArgs Args(in ConvShape shape, int perWord) => new()
    {
        SourceRows = shape.Height,
        SourceColumns = shape.Width,
        SourceWords = shape.InChannels / perWord,
        GradientWords = shape.OutChannels / perWord,
        Rows = shape.OutHeight,
        Columns = shape.OutWidth,
        Channels = shape.OutChannels,
        Depth = shape.Kernel * shape.Kernel * shape.InChannels,
        Kernel = shape.Kernel,
        Stride = shape.Stride,
        Dilation = shape.Dilation,
        Pad = shape.Pad,
    };

    /// <summary>The plan of the launch that begins with that image: the last may have fewer images.</summary>
    private GpuConvPlan Lot(in GpuConvPlan plan, int first, bool isPacked)
    {
        int left = plan.Shape.Batch - first;
        return left >= plan.Images ? plan : planner.Plan(plan.Shape with { Batch = left }, plan.Pass, ConvAlignment.All, isPacked);
    }

    private static GpuSpan Images(GpuSpan all, int first, int count, int batch) =>
        all.Part(all.Length / batch * first, all.Length / batch * (long)count);
}
