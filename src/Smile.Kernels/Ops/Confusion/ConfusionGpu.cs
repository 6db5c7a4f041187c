using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.Confusion;

/// <summary>Counts of right, extra and missed pixels an organ.</summary>
internal sealed class ConfusionGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _partials = Columns.Workspace(queue, "the confusion counts", Hits.Words);

    public void Count(in ConfusionShape shape, Place predicted, Place isOrgan, Place isKnown, Place counts, Into into)
    {
        shape.Validate(predicted, isOrgan, isKnown, counts);
        var args = new ConfusionArgs
        {
            Organs = new Columns(shape.Pixels, shape.Organs, queue.GroupSize, _partials, Hits.Words, ConfusionKernels.PixelMultiple),
            Predicted = queue.Span(predicted),
            IsOrgan = queue.Span(isOrgan),
            IsKnown = queue.Span(isKnown),
            Counts = queue.Span(counts),
            Into = into,
        };
        queue.Launch(ConfusionKernels.Partials, args.Organs.Tiles, args.Organs.Chunks, args);
        queue.Launch(ConfusionKernels.Totals, args.Organs.Tiles, 1, args);
    }
}

internal struct ConfusionArgs
{
    public Columns Organs;
    public GpuSpan Predicted, IsOrgan, IsKnown, Counts;
    public Into Into;
}

/// <summary>True positives, false positives, false negatives; bits in four floats, which are loaded and stored in one access.</summary>
internal struct Hits(uint right, uint extra, uint missed) : IPartial<Hits>
{
    public const int Words = 4;

    private readonly float _right = Interop.IntAsFloat(right), _extra = Interop.IntAsFloat(extra), _missed = Interop.IntAsFloat(missed);
    public float Unused = 0; // four words are one access

    public readonly uint Right => Interop.FloatAsInt(_right);

    public readonly uint Extra => Interop.FloatAsInt(_extra);

    public readonly uint Missed => Interop.FloatAsInt(_missed);

    public static Hits Combine(Hits a, Hits b) => new(a.Right + b.Right, a.Extra + b.Extra, a.Missed + b.Missed);
}

internal static class ConfusionKernels
{
    /// <summary>Tiles and chunks are multiples of so many pixels: then each starts on a sector of 32 bytes.</summary>
    public const int PixelMultiple = 8;

    private const int TilePixels = 512, CountsAnOrgan = 3;

    public static readonly GpuKernel<ConfusionArgs> Partials = new(ConfusionPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<ConfusionArgs> Totals = new(ConfusionTotals, GpuKernel.AnyGroup);

    /// <summary>
    /// A tile of pixels at a time: neighbouring threads load neighbouring pixels, each once; then each thread counts its organ over its
    /// pixels.
    /// </summary>
    private static void ConfusionPartials(ArrayView<float> memory, ConfusionArgs args)
    {
        ArrayView<uint> right = SharedMemory.Allocate<uint>(TilePixels);
        ArrayView<uint> extra = SharedMemory.Allocate<uint>(TilePixels);
        ArrayView<uint> missed = SharedMemory.Allocate<uint>(TilePixels);
        int organ = args.Organs.Column;
        uint rights = 0, extras = 0, misses = 0;
        for (int start = args.Organs.ChunkStart; start < args.Organs.ChunkEnd; start += TilePixels)
        {
            int pixels = IntrinsicMath.Min(TilePixels, args.Organs.ChunkEnd - start);
            for (int pixel = Group.IdxX; pixel < pixels; pixel += Group.DimX)
            {
                uint known = args.IsKnown.LoadWord(memory, start + pixel), guess = args.Predicted.LoadWord(memory, start + pixel);
                uint truth = args.IsOrgan.LoadWord(memory, start + pixel);
                right[pixel] = known & guess & truth;
                extra[pixel] = known & guess & ~truth;
                missed[pixel] = known & ~guess & truth;
            }

            Group.Barrier();
            if (args.Organs.Lane < args.Organs.Lanes)
            {
                for (int pixel = args.Organs.Lane; pixel < pixels; pixel += args.Organs.Lanes)
                {
                    rights += right[pixel] >> organ & 1;
                    extras += extra[pixel] >> organ & 1;
                    misses += missed[pixel] >> organ & 1;
                }
            }

            Group.Barrier();
        }

        args.Organs.StorePartial(memory, new Hits(rights, extras, misses));
    }

    private static void ConfusionTotals(ArrayView<float> memory, ConfusionArgs args)
    {
        ArrayView<uint> counts = SharedMemory.Allocate<uint>(CountsAnOrgan * Columns.MaxWidth);
        Hits total = args.Organs.Total<Hits>(memory);
        if (args.Organs.IsFirst)
        {
            int word = CountsAnOrgan * Group.IdxX;
            counts[word] = total.Right;
            counts[word + 1] = total.Extra;
            counts[word + 2] = total.Missed;
        }

        Group.Barrier();
        for (int word = Group.IdxX; word < CountsAnOrgan * args.Organs.Count; word += Group.DimX)
            args.Counts.StoreWord(memory, word, args.Into == Into.Add ? args.Counts.LoadWord(memory, word) + counts[word] : counts[word]);
    }
}
