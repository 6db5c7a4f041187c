using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedBce;

/// <summary>The masked loss and its gradient in one pass over the logits.</summary>
internal sealed class MaskedBceGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "masked BCE", 2);

    public void Compute(in MaskedBceShape shape, Place logits, Place isOrgan, Place isKnown, Place lossSums, Place knownCounts,
        Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, lossSums, knownCounts, dlogits);
        var args = new BceArgs
        {
            Organs = new Columns(shape.Pixels, shape.Organs, queue.GroupSize, _partials, 2, BceKernels.PixelMultiple),
            Logits = queue.Span(logits),
            IsOrgan = queue.Span(isOrgan),
            IsKnown = queue.Span(isKnown),
            LossSums = queue.Span(lossSums),
            KnownCounts = queue.Span(knownCounts),
            Dlogits = queue.Span(dlogits),
            Scale = shape.Scale,
        };
        queue.Launch(BceKernels.Partials, args.Organs.Tiles, args.Organs.Chunks, args);
        queue.Launch(BceKernels.Totals, args.Organs.Tiles, 1, args);
    }
}

internal struct BceArgs
{
    public Columns Organs;
    public GpuSpan Logits, IsOrgan, IsKnown, LossSums, KnownCounts, Dlogits;
    public float Scale;
}

/// <summary>The loss of one logit and its derivative.</summary>
internal readonly struct BceTerm(float loss, float gradient)
{
    public readonly float Loss = loss, Gradient = gradient;

    /// <param name="z">The logit.</param>
    /// <param name="isOrgan">The label, 0 or 1.</param>
    public static BceTerm Of(float z, uint isOrgan)
    {
        bool positive = isOrgan != 0;
        float e = GpuMath.ExpOfNegative(-MathF.Abs(z)), near = 1 / (1 + e), far = e * near;
        float wrong = positive == z >= 0 ? 0 : MathF.Abs(z);

        // sigmoid(z) - y without taking a difference of near-equal numbers
        return new(wrong + GpuMath.Log1P(e), positive ? (z >= 0 ? -far : -near) : (z >= 0 ? near : far));
    }
}

internal static class BceKernels
{
    /// <summary>Tiles and chunks are multiples of so many pixels: then each starts on a sector of 32 bytes.</summary>
    public const int PixelMultiple = 8;

    private const int TileWords = 2048, MaxTilePixels = 512;

    public static readonly GpuKernel<BceArgs> Partials = new(BcePartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<BceArgs> Totals = new(BceTotals, GpuKernel.AnyGroup);

    /// <summary>
    /// A tile of pixels at a time. Neighbouring threads take neighbouring words, whatever the number of organs, and leave the loss of each
    /// in shared memory; then each thread sums its organ's over its pixels.
    /// </summary>
    private static void BcePartials(ArrayView<float> memory, BceArgs args)
    {
        ArrayView<float> losses = SharedMemory.Allocate<float>(TileWords);
        ArrayView<uint> isOrgan = SharedMemory.Allocate<uint>(MaxTilePixels);
        ArrayView<uint> isKnown = SharedMemory.Allocate<uint>(MaxTilePixels);
        int organs = args.Organs.Count, column = args.Organs.Column;
        int most = IntrinsicMath.Min(TileWords / organs / PixelMultiple * PixelMultiple, MaxTilePixels);
        float sum = 0;
        uint count = 0;
        for (int start = args.Organs.ChunkStart; start < args.Organs.ChunkEnd; start += most)
        {
            int pixels = IntrinsicMath.Min(most, args.Organs.ChunkEnd - start);
            for (int pixel = Group.IdxX; pixel < pixels; pixel += Group.DimX)
            {
                isOrgan[pixel] = args.IsOrgan.LoadWord(memory, start + pixel);
                isKnown[pixel] = args.IsKnown.LoadWord(memory, start + pixel);
            }

            Group.Barrier();
            for (int at = Group.IdxX; at < pixels * organs; at += Group.DimX)
            {
                int pixel = at / organs, organ = at - pixel * organs;
                float loss = 0, gradient = 0;
                if ((isKnown[pixel] >> organ & 1) != 0)
                {
                    BceTerm term = BceTerm.Of(args.Logits.Load(memory, start * organs + at), isOrgan[pixel] >> organ & 1);
                    loss = term.Loss;
                    gradient = term.Gradient;
                }

                losses[at] = loss;
                if (args.Dlogits.Length > 0)
                    args.Dlogits.Store(memory, start * organs + at, args.Scale * gradient, Into.Set);
            }

            Group.Barrier();
            if (args.Organs.Lane < args.Organs.Lanes)
            {
                for (int pixel = args.Organs.Lane; pixel < pixels; pixel += args.Organs.Lanes)
                {
                    sum += losses[pixel * organs + column];
                    count += isKnown[pixel] >> column & 1;
                }
            }

            Group.Barrier();
        }

        args.Organs.StorePartial(memory, new CountedSum(sum, count));
    }

    private static void BceTotals(ArrayView<float> memory, BceArgs args)
    {
        CountedSum total = args.Organs.Total<CountedSum>(memory);
        if (!args.Organs.IsFirst)
            return;
        args.LossSums.Store(memory, args.Organs.Column, total.Sum, Into.Set);
        args.KnownCounts.StoreWord(memory, args.Organs.Column, total.Count);
    }
}
