using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.SoftmaxCrossEntropy;

/// <summary>The loss of the baseline and its gradient in one pass over the logits.</summary>
internal sealed class SoftmaxCrossEntropyGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "softmax cross-entropy", 2);

    public void Compute(in SoftmaxShape shape, Place logits, Place labels, Place lossSum, Place usedCount, Place dlogits)
    {
        shape.Validate(logits, labels, lossSum, usedCount, dlogits);
        var args = new SoftmaxArgs
        {
            Pixels = new Columns(shape.Pixels, 1, queue.GroupSize, _partials, 2, SoftmaxKernels.PixelMultiple),
            Logits = queue.Span(logits),
            Labels = queue.Span(labels),
            LossSum = queue.Span(lossSum),
            UsedCount = queue.Span(usedCount),
            Dlogits = queue.Span(dlogits),
            Classes = shape.Classes,
            Scale = shape.Scale,
        };
        queue.Launch(SoftmaxKernels.Partials, args.Pixels.Tiles, args.Pixels.Chunks, args);
        queue.Launch(SoftmaxKernels.Total, args.Pixels.Tiles, 1, args);
    }
}

internal struct SoftmaxArgs
{
    public Columns Pixels;
    public GpuSpan Logits, Labels, LossSum, UsedCount, Dlogits;
    public int Classes;
    public float Scale;
}

internal static class SoftmaxKernels
{
    /// <summary>Tiles and chunks are multiples of so many pixels: then each starts on a sector of 32 bytes.</summary>
    public const int PixelMultiple = 8;

    /// <summary>
    /// The most classes of which a tile fits shared memory; with more, a thread reads and writes its pixel's logits where they are.
    /// </summary>
    private const int MaxClasses = TileWords / PixelMultiple - 1;

    private const int TileWords = 4096;

    public static readonly GpuKernel<SoftmaxArgs> Partials = new(SoftmaxPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<SoftmaxArgs> Total = new(SoftmaxTotal, GpuKernel.AnyGroup);

    /// <summary>
    /// A tile of pixels at a time. The tile's logits are copied to shared memory and its gradients back, neighbouring threads taking
    /// neighbouring words; in between each thread has a pixel, whose gradients take the place of its logits.
    /// </summary>
    private static void SoftmaxPartials(ArrayView<float> memory, SoftmaxArgs args)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TileWords);
        int classes = args.Classes, stride = classes | 1; // odd: neighbouring pixels start in different banks
        bool staged = classes <= MaxClasses;
        int most = staged ? IntrinsicMath.Min(TileWords / stride / PixelMultiple * PixelMultiple, Group.DimX) : Group.DimX;
        float loss = 0;
        uint count = 0;
        for (int start = args.Pixels.ChunkStart; start < args.Pixels.ChunkEnd; start += most)
        {
            int pixels = IntrinsicMath.Min(most, args.Pixels.ChunkEnd - start), words = pixels * classes, pixel = Group.IdxX;
            if (staged)
                for (int at = Group.IdxX; at < words; at += Group.DimX)
                    shared[at / classes * stride + at % classes] = args.Logits.Load(memory, start * classes + at);
            Group.Barrier();
            if (pixel < pixels)
            {
                uint label = args.Labels.LoadWord(memory, start + pixel);
                CountedSum term = staged
                    ? PixelLoss(args, label, shared.SubView(pixel * stride, classes), shared.SubView(pixel * stride, classes))
                    : PixelLoss(args, label, RowOf(memory, args.Logits, start + pixel, classes),
                        RowOf(memory, args.Dlogits, start + pixel, classes));
                loss += term.Sum;
                count += term.Count;
            }

            Group.Barrier();
            if (staged && args.Dlogits.Length > 0)
                for (int at = Group.IdxX; at < words; at += Group.DimX)
                    args.Dlogits.Store(memory, start * classes + at, shared[at / classes * stride + at % classes], Into.Set);
            Group.Barrier();
        }

        args.Pixels.StoreSum(memory, new CountedSum(loss, count));
    }

    private static ArrayView<float> RowOf(ArrayView<float> memory, GpuSpan of, int pixel, int classes) =>
        of.Length == 0 ? of.In(memory) : of.In(memory).SubView(pixel * classes, classes);

    /// <summary>The loss of a pixel; its gradients, which may lie where the logits are, are written if they are asked for.</summary>
    private static CountedSum PixelLoss(in SoftmaxArgs args, uint label, ArrayView<float> logits, ArrayView<float> gradients)
    {
        float top = logits[0], rest = 0;
        int winner = 0;
        for (int c = 1; c < args.Classes; c++)
        {
            float z = logits[c];
            if (!(z <= top)) // a NaN takes over and stays
            {
                top = z;
                winner = c;
            }
        }

        // The winner's own term is exactly 1; the others are kept apart from it so that a small loss keeps its digits.
        for (int c = 0; c < args.Classes; c++)
            if (c != winner)
                rest += GpuMath.ExpOfNegative(logits[c] - top);
        bool used = label < (uint)args.Classes;
        float loss = 0;
        if (used)
            loss = top - logits[(int)label] + GpuMath.Log1P(rest);
        if (args.Dlogits.Length > 0)
            StoreGradient(args, logits, gradients, used ? (int)label : -1, winner, top, rest);
        return new CountedSum(loss, used ? 1u : 0u);
    }

    // c == label ? 1f : 0f, not 1 : 0: ILGPU 1.5.3 makes a float of a selected integer by its bits, so 1 became 1.4e-45.
    private static void StoreGradient(in SoftmaxArgs args, ArrayView<float> logits, ArrayView<float> gradients, int label, int winner,
        float top, float rest)
    {
        float share = 1 / (1 + rest);
        for (int c = 0; c < args.Classes; c++)
        {
            float gradient = 0;
            if (label == winner && c == winner)
                gradient = -rest * share;
            else if (label >= 0)
                gradient = GpuMath.ExpOfNegative(logits[c] - top) * share - (c == label ? 1f : 0f);
            gradients[c] = args.Scale * gradient;
        }
    }

    private static void SoftmaxTotal(ArrayView<float> memory, SoftmaxArgs args)
    {
        CountedSum total = args.Pixels.TotalSum(memory);
        if (!args.Pixels.IsFirst)
            return;
        args.LossSum.Store(memory, 0, total.Sum, Into.Set);
        args.UsedCount.StoreWord(memory, 0, total.Count);
    }
}
