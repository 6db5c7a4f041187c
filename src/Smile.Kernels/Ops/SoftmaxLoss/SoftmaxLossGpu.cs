using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;

namespace Smile.Kernels.Ops.SoftmaxLoss;

/// <summary>The baseline's other losses: partial sums, their totals, the gradient.</summary>
internal sealed class SoftmaxLossGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _sums = Columns.Workspace(queue, "softmax loss, sums", LossPart.Words);
    private readonly GpuWorkspace _counts = Columns.Workspace(queue, "softmax loss, counts", CountPart.Words);

    public void Compute(in SoftmaxLossShape shape, Place logits, Place labels, Place sums, Place counts, Place dlogits)
    {
        shape.Validate(logits, labels, sums, counts, dlogits);
        var args = new SoftmaxLossArgs
        {
            Classes = new Columns(shape.Pixels, shape.Classes, queue.GroupSize, _sums, LossPart.Words, SoftmaxLossKernels.PixelMultiple),
            ClassCounts = new Columns(shape.Pixels, shape.Classes, queue.GroupSize, _counts, CountPart.Words,
                SoftmaxLossKernels.PixelMultiple),
            Logits = queue.Span(logits),
            Labels = queue.Span(labels),
            Sums = queue.Span(sums),
            Counts = queue.Span(counts),
            Dlogits = queue.Span(dlogits),
            Terms = new LossArgs(shape.Terms),
        };
        queue.Launch(SoftmaxLossKernels.Partials, args.Classes.Tiles, args.Classes.Chunks, args);
        queue.Launch(SoftmaxLossKernels.Totals, args.Classes.Tiles, 1, args);
        if (!dlogits.IsNone)
            queue.Launch(SoftmaxLossKernels.Gradient, 1, args.Classes.Chunks, args);
    }
}

internal struct SoftmaxLossArgs
{
    public Columns Classes, ClassCounts;
    public GpuSpan Logits, Labels, Sums, Counts, Dlogits;
    public LossArgs Terms;
}

internal static class SoftmaxLossKernels
{
    /// <summary>Tiles and chunks are multiples of so many pixels: then each starts on a sector of 32 bytes.</summary>
    public const int PixelMultiple = 8;

    private const int TileWords = 4096, MaxClasses = 33;

    public static readonly GpuKernel<SoftmaxLossArgs> Partials = new(SoftmaxLossPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<SoftmaxLossArgs> Totals = new(SoftmaxLossTotals, GpuKernel.AnyGroup);
    public static readonly GpuKernel<SoftmaxLossArgs> Gradient = new(SoftmaxLossGradient, GpuKernel.AnyGroup);

    /// <summary>
    /// A tile of pixels at a time. Its logits are copied to shared memory, neighbouring threads taking neighbouring words; each thread
    /// makes probabilities of a pixel's; then each sums its class over some pixels.
    /// </summary>
    private static void SoftmaxLossPartials(ArrayView<float> memory, SoftmaxLossArgs args)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TileWords), losses = SharedMemory.Allocate<float>(GpuKernel.LargestGroup);
        ArrayView<float> wrongs = SharedMemory.Allocate<float>(GpuKernel.LargestGroup);
        ArrayView<uint> labels = SharedMemory.Allocate<uint>(GpuKernel.LargestGroup);
        int classes = args.Classes.Count, stride = classes | 1, column = args.Classes.Column, pixel = Group.IdxX;
        Float4 sums = default;
        uint known = 0, region = 0;
        for (int start = args.Classes.ChunkStart, pixels; start < args.Classes.ChunkEnd; start += pixels)
        {
            pixels = Stage(memory, args, start, shared);
            Group.Barrier();
            if (pixel < pixels)
            {
                uint label = args.Labels.LoadWord(memory, start + pixel);
                labels[pixel] = label;
                if (label < (uint)classes)
                {
                    SoftmaxTerm term = SoftmaxTerm.Of(shared.SubView(pixel * stride, classes), (int)label, args.Terms.FocalGamma);
                    losses[pixel] = term.Loss;
                    wrongs[pixel] = term.Wrong;
                }
            }

            Group.Barrier();
            if (args.Classes.Lane < args.Classes.Lanes && column < classes)
            {
                for (int i = args.Classes.Lane; i < pixels; i += args.Classes.Lanes)
                {
                    uint label = labels[i];
                    if (label >= (uint)classes)
                        continue;
                    float share = shared[i * stride + column];
                    region++;
                    if (label == (uint)column)
                    {
                        known++;
                        sums.X += losses[i];
                        sums.Y += share;
                        sums.W += wrongs[i];
                    }
                    else
                    {
                        sums.Z += share;
                    }
                }
            }

            Group.Barrier();
        }

        args.Classes.StorePartial(memory, new LossPart(sums));
        args.ClassCounts.StorePartial(memory, new CountPart(known, region));
    }

    private static void SoftmaxLossTotals(ArrayView<float> memory, SoftmaxLossArgs args) =>
        LossTotals.Store(memory, args.Classes, args.ClassCounts, args.Sums, args.Counts, firstWithRegion: 1);

    /// <summary>
    /// The gradient of a chunk, tile by tile: it takes the place of the probabilities, and is copied out as the logits came.
    /// </summary>
    private static void SoftmaxLossGradient(ArrayView<float> memory, SoftmaxLossArgs args)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TileWords), pixelWeight = SharedMemory.Allocate<float>(1);
        ArrayView<RegionSlopes> slopes = SharedMemory.Allocate<RegionSlopes>(MaxClasses);
        int classes = args.Classes.Count, stride = classes | 1, pixel = Group.IdxX;
        LossTotals.Factors(memory, args.Classes, args.Sums, args.Counts, args.Terms, slopes, pixelWeight);
        for (int start = args.Classes.ChunkStart, pixels; start < args.Classes.ChunkEnd; start += pixels)
        {
            pixels = Stage(memory, args, start, shared);
            Group.Barrier();
            if (pixel < pixels)
                ToGradient(args, shared.SubView(pixel * stride, classes), args.Labels.LoadWord(memory, start + pixel), pixelWeight[0],
                    slopes);
            Group.Barrier();
            for (int at = Group.IdxX; at < pixels * classes; at += Group.DimX)
                args.Dlogits.Store(memory, start * classes + at, shared[at / classes * stride + at % classes], Into.Set);
            Group.Barrier();
        }
    }

    private static void ToGradient(in SoftmaxLossArgs args, ArrayView<float> of, uint label, float pixelWeight,
        ArrayView<RegionSlopes> slopes)
    {
        int classes = args.Classes.Count, own = (int)label;
        if (label >= (uint)classes)
        {
            for (int c = 0; c < classes; c++)
                of[c] = 0;
            return;
        }

        SoftmaxTerm term = SoftmaxTerm.Of(of, own, args.Terms.FocalGamma);
        float mean = 0;
        for (int c = 0; c < classes; c++)
            mean += of[c] * (c == own ? -slopes[c].OfOrgan : slopes[c].OfOther);
        for (int c = 0; c < classes; c++)
        {
            float share = of[c], away = c == own ? -term.Wrong : share, slope = c == own ? -slopes[c].OfOrgan : slopes[c].OfOther;
            of[c] = pixelWeight * term.Slope * away + share * (slope - mean);
        }
    }

    /// <summary>
    /// Copies the logits of a tile to shared memory, at an odd stride so that neighbouring pixels start in different banks; returns its
    /// pixels.
    /// </summary>
    private static int Stage(ArrayView<float> memory, in SoftmaxLossArgs args, int start, ArrayView<float> shared)
    {
        int classes = args.Classes.Count, stride = classes | 1;
        int most = IntrinsicMath.Min(TileWords / stride / PixelMultiple * PixelMultiple, Group.DimX);
        int pixels = IntrinsicMath.Min(most, args.Classes.ChunkEnd - start);
        for (int at = Group.IdxX; at < pixels * classes; at += Group.DimX)
            shared[at / classes * stride + at % classes] = args.Logits.Load(memory, start * classes + at);
        return pixels;
    }
}

/// <summary>
/// One pixel: the pixels' part of the loss, 1 - p of its class, and what softmax - onehot is multiplied by in the gradient of that part.
/// </summary>
internal readonly struct SoftmaxTerm(float loss, float wrong, float slope)
{
    public readonly float Loss = loss, Wrong = wrong, Slope = slope;

    /// <param name="of">Logits; probabilities take their place.</param>
    /// <param name="label">The pixel's class.</param>
    /// <param name="gamma">Of the focal loss.</param>
    public static SoftmaxTerm Of(ArrayView<float> of, int label, float gamma)
    {
        int classes = (int)of.Length, winner = 0;
        float top = of[0], own = of[label], rest = 0;
        for (int c = 1; c < classes; c++)
        {
            float z = of[c];
            if (!(z <= top)) // a NaN takes over and stays
            {
                top = z;
                winner = c;
            }
        }

        // The winner's own term is exactly 1; the others are kept apart from it so that a small loss keeps its digits.
        for (int c = 0; c < classes; c++)
        {
            float term = c == winner ? 1f : GpuMath.ExpOfNegative(of[c] - top);
            of[c] = term;
            if (c != winner)
                rest += term;
        }

        float share = 1 / (1 + rest), others = rest;
        if (label != winner)
            others = 1 + rest - of[label];
        for (int c = 0; c < classes; c++)
            of[c] = share * of[c];
        float wrong = share * others, loss = top - own + GpuMath.Log1P(rest);
        if (gamma == 0)
            return new SoftmaxTerm(loss, wrong, 1);
        if (wrong == 0)
            return new SoftmaxTerm(0, 0, 0);
        float focus = GpuMath.ExpOfNegative(gamma * GpuMath.LogOfShare(wrong));
        return new SoftmaxTerm(focus * loss, wrong, focus * (1 + gamma * (1 - wrong) * loss / wrong));
    }
}
