using System.Runtime.InteropServices;

namespace Smile.Kernels.Ops.MaskedLoss;

/// <summary>
/// What a segmentation loss is made of: L = PixelWeight * S / D + RegionWeight * R. S is the sum of (1 - p)^FocalGamma * -log p over all
/// that is known, p what the network gives to the right answer (cross-entropy at gamma 0; Lin et al. 2017, focal loss). R is the mean over
/// the organs of 1 - T, T = (TP + Smooth / 2) / (TP + Alpha FP + Beta FN + Smooth / 2) of the batch's soft counts (Salehi et al. 2017,
/// Tversky loss; at 1/2 and 1/2 it is Dice, (2 TP + Smooth) / (sum p + sum y + Smooth)).
/// </summary>
/// <param name="PixelWeight">Weight of the pixels' part.</param>
/// <param name="FocalGamma">Gamma; 0: cross-entropy.</param>
/// <param name="PerKnown">D is the number of known terms; else the number of pixels, known or not.</param>
/// <param name="RegionWeight">Weight of the regions' part.</param>
/// <param name="Alpha">Weight of false positives.</param>
/// <param name="Beta">Weight of false negatives.</param>
/// <param name="Smooth">Keeps an organ that is nowhere from a division by zero.</param>
public readonly record struct LossTerms(
    float PixelWeight, float FocalGamma = 0, bool PerKnown = false, float RegionWeight = 0, float Alpha = 0.5f, float Beta = 0.5f,
    float Smooth = 1)
{
    internal void Validate()
    {
        NotBelowZero(PixelWeight, nameof(PixelWeight));
        NotBelowZero(FocalGamma, nameof(FocalGamma));
        NotBelowZero(RegionWeight, nameof(RegionWeight));
        NotBelowZero(Alpha, nameof(Alpha));
        NotBelowZero(Beta, nameof(Beta));
        NotBelowZero(Smooth, nameof(Smooth));
        if (Smooth == 0 || Alpha + Beta == 0)
            throw new ArgumentException($"Smooth is {Smooth}, Alpha + Beta {Alpha + Beta}; both must be above 0.");
    }

    /// <summary>The pixels' part of L, without its weight; 0 where nothing is known.</summary>
    /// <param name="sums">One an organ, as the loss left them.</param>
    /// <param name="counts">Likewise.</param>
    /// <param name="pixels">Pixels of the batch.</param>
    public double Pixel(ReadOnlySpan<LossSums> sums, ReadOnlySpan<LossCounts> counts, long pixels)
    {
        double sum = 0;
        foreach (LossSums organ in sums)
            sum += organ.Loss;
        return sum / Divisor(counts, pixels);
    }

    /// <summary>The regions' part of L, without its weight; 0 where no organ has a region.</summary>
    /// <param name="sums">One an organ, as the loss left them.</param>
    /// <param name="counts">Likewise.</param>
    public double Region(ReadOnlySpan<LossSums> sums, ReadOnlySpan<LossCounts> counts)
    {
        double sum = 0;
        for (int k = 0; k < sums.Length; k++)
            if (counts[k].Region > 0)
                sum += RegionLoss(sums[k]);
        return sum / Math.Max(1, Regions(counts));
    }

    /// <summary>1 - T of one organ.</summary>
    public double RegionLoss(in LossSums organ)
    {
        double wrong = (double)Alpha * organ.FalsePositives + (double)Beta * organ.FalseNegatives;
        return wrong / (organ.TruePositives + wrong + Smooth / 2.0);
    }

    /// <summary>L.</summary>
    /// <inheritdoc cref="Pixel"/>
    public double Value(ReadOnlySpan<LossSums> sums, ReadOnlySpan<LossCounts> counts, long pixels) =>
        (PixelWeight == 0 ? 0 : PixelWeight * Pixel(sums, counts, pixels)) + (RegionWeight == 0 ? 0 : RegionWeight * Region(sums, counts));

    /// <summary>D, at least 1.</summary>
    internal long Divisor(ReadOnlySpan<LossCounts> counts, long pixels)
    {
        long known = 0;
        foreach (LossCounts organ in counts)
            known += organ.Known;
        return PerKnown ? Math.Max(1, known) : pixels;
    }

    /// <summary>
    /// How fast the weighted loss falls with p on a pixel of the organ, and how fast it rises on another: RegionWeight / regions times
    /// -dT/dp of the two, both at least 0.
    /// </summary>
    /// <param name="organ">The organ's sums.</param>
    /// <param name="counts">Its counts.</param>
    /// <param name="regions">Organs that have a region, <see cref="Regions"/>.</param>
    internal (double OfOrgan, double OfOther) RegionSlopes(in LossSums organ, LossCounts counts, int regions)
    {
        if (RegionWeight == 0 || counts.Region == 0)
            return (0, 0);
        double wrong = (double)Alpha * organ.FalsePositives + (double)Beta * organ.FalseNegatives;
        double right = organ.TruePositives + Smooth / 2.0, all = right + wrong;
        double scale = RegionWeight / (all * all * regions);
        return (scale * (Beta * all + (1 - Beta) * wrong), scale * Alpha * right);
    }

    /// <summary>Organs that have a region.</summary>
    internal static int Regions(ReadOnlySpan<LossCounts> counts)
    {
        int regions = 0;
        foreach (LossCounts organ in counts)
            regions += organ.Region > 0 ? 1 : 0;
        return regions;
    }

    private static void NotBelowZero(float value, string name)
    {
        if (!(value >= 0 && float.IsFinite(value)))
            throw new ArgumentException($"{name} is {value}; it must be finite and at least 0.", name);
    }
}

/// <summary>An organ's sums over the batch, four floats.</summary>
/// <param name="Loss">Of the pixels' part, over all that is known of the organ.</param>
/// <param name="TruePositives">sum of p y over its region.</param>
/// <param name="FalsePositives">sum of p (1 - y).</param>
/// <param name="FalseNegatives">sum of (1 - p) y.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct LossSums(float Loss, float TruePositives, float FalsePositives, float FalseNegatives)
{
    /// <summary>Words of one.</summary>
    public const int Words = 4;
}

/// <summary>An organ's pixels in the batch, two uint32.</summary>
/// <param name="Known">Those that are known.</param>
/// <param name="Region">Those of them that count for its region.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct LossCounts(uint Known, uint Region)
{
    /// <summary>Words of one.</summary>
    public const int Words = 2;
}
