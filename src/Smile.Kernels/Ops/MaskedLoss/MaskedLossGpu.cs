using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>The masked loss: partial sums, their totals, the gradient.</summary>
internal sealed class MaskedLossGpu(GpuQueue queue)
{
    private readonly GpuWorkspace _sums = Columns.Workspace(queue, "masked loss, sums", LossPart.Words);
    private readonly GpuWorkspace _counts = Columns.Workspace(queue, "masked loss, counts", CountPart.Words);

    public void Compute(in MaskedLossShape shape, Place logits, Place isOrgan, Place isKnown, Place annotated, Place sums, Place counts,
        Place dlogits)
    {
        shape.Validate(logits, isOrgan, isKnown, annotated, sums, counts, dlogits);
        int pixels = (int)shape.AllPixels;
        var args = new MaskedLossArgs
        {
            Organs = new Columns(pixels, shape.Organs, queue.GroupSize, _sums, LossPart.Words, MaskedLossKernels.PixelMultiple),
            OrganCounts = new Columns(pixels, shape.Organs, queue.GroupSize, _counts, CountPart.Words, MaskedLossKernels.PixelMultiple),
            Logits = queue.Span(logits),
            IsOrgan = queue.Span(isOrgan),
            IsKnown = queue.Span(isKnown),
            Annotated = queue.Span(annotated),
            Sums = queue.Span(sums),
            Counts = queue.Span(counts),
            Dlogits = queue.Span(dlogits),
            ImagePixels = shape.Pixels,
            Terms = new LossArgs(shape.Terms),
        };
        queue.Launch(MaskedLossKernels.Partials, args.Organs.Tiles, args.Organs.Chunks, args);
        queue.Launch(MaskedLossKernels.Totals, args.Organs.Tiles, 1, args);
        if (!dlogits.IsNone)
            queue.Launch(MaskedLossKernels.Gradient, args.Organs.Tiles, args.Organs.Chunks, args);
    }
}

/// <summary><see cref="LossTerms"/> as kernels take them.</summary>
internal readonly struct LossArgs(LossTerms terms)
{
    public readonly float PixelWeight = terms.PixelWeight, FocalGamma = terms.FocalGamma, RegionWeight = terms.RegionWeight;
    public readonly float Alpha = terms.Alpha, Beta = terms.Beta, HalfSmooth = terms.Smooth / 2;
    public readonly int PerKnown = terms.PerKnown ? 1 : 0;

    /// <summary>As <see cref="LossTerms.RegionSlopes"/>.</summary>
    public RegionSlopes RegionSlopes(Float4 sums, uint region, int regions)
    {
        if (RegionWeight == 0 || region == 0)
            return new RegionSlopes(0, 0);
        float wrong = Alpha * sums.Z + Beta * sums.W, right = sums.Y + HalfSmooth, all = right + wrong,
            scale = RegionWeight / regions / all / all;
        return new RegionSlopes(scale * (Beta * all + (1 - Beta) * wrong), scale * Alpha * right);
    }
}

internal readonly struct RegionSlopes(float ofOrgan, float ofOther)
{
    public readonly float OfOrgan = ofOrgan, OfOther = ofOther;
}

internal struct MaskedLossArgs
{
    public Columns Organs, OrganCounts;
    public GpuSpan Logits, IsOrgan, IsKnown, Annotated, Sums, Counts, Dlogits;
    public int ImagePixels;
    public LossArgs Terms;
}

/// <summary>
/// An organ's sums: loss, true positives, false positives, false negatives. Apart from its counts, so that each is one access.
/// </summary>
internal struct LossPart(Float4 sums) : IPartial<LossPart>
{
    public const int Words = 4;

    public Float4 Sums = sums;

    public static LossPart Combine(LossPart a, LossPart b) => new(a.Sums + b.Sums);
}

/// <summary>An organ's counts, known and of its region, which floats carry the bits of.</summary>
internal struct CountPart(uint known, uint region) : IPartial<CountPart>
{
    public const int Words = 2;

    private readonly float _known = Interop.IntAsFloat(known), _region = Interop.IntAsFloat(region);

    public readonly uint Known => Interop.FloatAsInt(_known);

    public readonly uint Region => Interop.FloatAsInt(_region);

    public static CountPart Combine(CountPart a, CountPart b) => new(a.Known + b.Known, a.Region + b.Region);
}

/// <summary>
/// One known pixel and organ: the pixels' part of the loss, what goes to the wrong answer and to the right one, and the loss's slope where
/// the logit goes the wrong way.
/// </summary>
internal readonly struct LossTerm(float loss, float slope, float wrong, float right)
{
    public readonly float Loss = loss, Slope = slope, Wrong = wrong, Right = right;

    /// <param name="z">The logit.</param>
    /// <param name="isOrgan">The label, 0 or 1.</param>
    /// <param name="gamma">Of the focal loss.</param>
    public static LossTerm Of(float z, uint isOrgan, float gamma)
    {
        float t = isOrgan != 0 ? -z : z, e = GpuMath.ExpOfNegative(-MathF.Abs(z)), near = 1 / (1 + e), far = e * near,
            log = GpuMath.Log1P(e);
        float wrong = t < 0 ? far : near, right = t < 0 ? near : far, loss = (t <= 0 ? 0 : t) + log; // NaN stays
        if (gamma == 0)
            return new LossTerm(loss, wrong, wrong, right);
        float focus = GpuMath.ExpOfNegative(-gamma * ((t >= 0 ? 0 : -t) + log));
        return new LossTerm(focus * loss, focus * (wrong + gamma * right * loss), wrong, right);
    }
}

internal static class MaskedLossKernels
{
    /// <summary>Tiles and chunks are multiples of so many pixels: then each starts on a sector of 32 bytes.</summary>
    public const int PixelMultiple = 8;

    private const int TileWords = 2048, MaxTilePixels = 512, MaxOrgans = 32;

    public static readonly GpuKernel<MaskedLossArgs> Partials = new(MaskedLossPartials, GpuKernel.AnyGroup);
    public static readonly GpuKernel<MaskedLossArgs> Totals = new(MaskedLossTotals, GpuKernel.AnyGroup);
    public static readonly GpuKernel<MaskedLossArgs> Gradient = new(MaskedLossGradient, GpuKernel.AnyGroup);

    /// <summary>
    /// A tile of pixels of one image at a time. Neighbouring threads take neighbouring words, whatever the number of organs, and leave loss
    /// and wrong share of each in shared memory; then each thread sums its organ's over its pixels.
    /// </summary>
    private static void MaskedLossPartials(ArrayView<float> memory, MaskedLossArgs args)
    {
        ArrayView<float> losses = SharedMemory.Allocate<float>(TileWords), wrongs = SharedMemory.Allocate<float>(TileWords);
        ArrayView<uint> isOrgan = SharedMemory.Allocate<uint>(MaxTilePixels), isKnown = SharedMemory.Allocate<uint>(MaxTilePixels);
        ArrayView<uint> annotated = SharedMemory.Allocate<uint>(1);
        int organs = args.Organs.Count, column = args.Organs.Column;
        Float4 sums = default;
        uint known = 0, region = 0;
        for (int start = args.Organs.ChunkStart, pixels; start < args.Organs.ChunkEnd; start += pixels)
        {
            pixels = Stage(memory, args, start, isOrgan, isKnown, annotated);
            Group.Barrier();
            for (int at = Group.IdxX; at < pixels * organs; at += Group.DimX)
            {
                int pixel = at / organs, organ = at - pixel * organs;
                float loss = 0, wrong = 0;
                if ((isKnown[pixel] >> organ & 1) != 0)
                {
                    LossTerm term = LossTerm.Of(args.Logits.Load(memory, start * organs + at), isOrgan[pixel] >> organ & 1,
                        args.Terms.FocalGamma);
                    loss = term.Loss;
                    wrong = term.Wrong;
                }

                losses[at] = loss;
                wrongs[at] = wrong;
            }

            Group.Barrier();
            if (args.Organs.Lane < args.Organs.Lanes)
            {
                uint inRegion = annotated[0] >> column & 1;
                for (int pixel = args.Organs.Lane; pixel < pixels; pixel += args.Organs.Lanes)
                {
                    uint counts = isKnown[pixel] >> column & 1;
                    sums.X += losses[pixel * organs + column];
                    known += counts;
                    if ((counts & inRegion) == 0)
                        continue;
                    region++;
                    float wrong = wrongs[pixel * organs + column];
                    if ((isOrgan[pixel] >> column & 1) != 0)
                    {
                        sums.Y += 1 - wrong;
                        sums.W += wrong;
                    }
                    else
                    {
                        sums.Z += wrong;
                    }
                }
            }

            Group.Barrier();
        }

        args.Organs.StorePartial(memory, new LossPart(sums));
        args.OrganCounts.StorePartial(memory, new CountPart(known, region));
    }

    private static void MaskedLossTotals(ArrayView<float> memory, MaskedLossArgs args) =>
        LossTotals.Store(memory, args.Organs, args.OrganCounts, args.Sums, args.Counts, firstWithRegion: 0);

    /// <summary>
    /// The gradient of a chunk, tile by tile as <see cref="MaskedLossPartials"/>.
    /// </summary>
    private static void MaskedLossGradient(ArrayView<float> memory, MaskedLossArgs args)
    {
        ArrayView<RegionSlopes> slopes = SharedMemory.Allocate<RegionSlopes>(MaxOrgans);
        ArrayView<float> pixelWeight = SharedMemory.Allocate<float>(1);
        ArrayView<uint> isOrgan = SharedMemory.Allocate<uint>(MaxTilePixels), isKnown = SharedMemory.Allocate<uint>(MaxTilePixels);
        ArrayView<uint> annotated = SharedMemory.Allocate<uint>(1);
        int organs = args.Organs.Count;
        LossTotals.Factors(memory, args.Organs, args.Sums, args.Counts, args.Terms, slopes, pixelWeight);
        for (int start = args.Organs.ChunkStart, pixels; start < args.Organs.ChunkEnd; start += pixels)
        {
            pixels = Stage(memory, args, start, isOrgan, isKnown, annotated);
            Group.Barrier();
            for (int at = Group.IdxX; at < pixels * organs; at += Group.DimX)
            {
                int pixel = at / organs, organ = at - pixel * organs;
                float gradient = 0;
                if ((isKnown[pixel] >> organ & 1) != 0)
                {
                    uint label = isOrgan[pixel] >> organ & 1;
                    LossTerm term = LossTerm.Of(args.Logits.Load(memory, start * organs + at), label, args.Terms.FocalGamma);
                    gradient = pixelWeight[0] * term.Slope;
                    if ((annotated[0] >> organ & 1) != 0)
                        gradient += (label != 0 ? slopes[organ].OfOrgan : slopes[organ].OfOther) * term.Right * term.Wrong;
                    if (label != 0)
                        gradient = -gradient;
                }

                args.Dlogits.Store(memory, start * organs + at, gradient, Into.Set);
            }

            Group.Barrier();
        }
    }

    /// <summary>Copies the mask words of a tile, and of the image in which it lies, to shared memory; returns its pixels.</summary>
    private static int Stage(ArrayView<float> memory, in MaskedLossArgs args, int start, ArrayView<uint> isOrgan, ArrayView<uint> isKnown,
        ArrayView<uint> annotated)
    {
        int most = IntrinsicMath.Min(TileWords / args.Organs.Count / PixelMultiple * PixelMultiple, MaxTilePixels),
            image = start / args.ImagePixels;
        int pixels = IntrinsicMath.Min(most, IntrinsicMath.Min(args.Organs.ChunkEnd, (image + 1) * args.ImagePixels) - start);
        for (int pixel = Group.IdxX; pixel < pixels; pixel += Group.DimX)
        {
            isOrgan[pixel] = args.IsOrgan.LoadWord(memory, start + pixel);
            isKnown[pixel] = args.IsKnown.LoadWord(memory, start + pixel);
        }

        if (Group.IdxX == 0)
            annotated[0] = args.Annotated.LoadWord(memory, image);
        return pixels;
    }
}
