using System.Globalization;

namespace Smile.Net.Data;

/// <summary>
/// How an image's numbers are spread, and what makes one doubt that they are Hounsfield units of one image. A window of soft tissue makes
/// nearly
/// constant slices of numbers that are none, and a network answers all the same. Slices may come one by one, in any order.
/// </summary>
public sealed class HounsfieldProfile
{
    /// <summary>Bins of 1 HU; what lies beyond them is counted in the outermost ones.</summary>
    private const int Lowest = -4096, Bins = 20480;

    /// <summary>Air in and around a patient, lungs included; fat, and what a window of soft tissue leaves of air.</summary>
    private const double Air = -700, FatFrom = -200, FatTo = -20;

    /// <summary>Of all voxels, that air or fat should have at the least.</summary>
    private const double LeastShare = 1e-3;

    /// <summary>No CT scanner's numbers go farther.</summary>
    private const float MostHounsfield = 32767, LeastHounsfield = -32768;

    /// <summary>Soft tissue, of which the mean of a slice is taken.</summary>
    private const float TissueFrom = -200, TissueTo = 300;

    /// <summary>Slices that alternate by this many HU, throughout a volume of as many slices, are two images.</summary>
    private const double Alternation = 10;
    private const int LeastSlices = 8;

    private readonly long[] _counts = new long[Bins];
    private readonly double[] _means;
    private long _count;

    /// <param name="slices">Axial slices of the image.</param>
    public HounsfieldProfile(int slices)
    {
        _means = new double[slices];
        Array.Fill(_means, double.NaN);
    }

    /// <summary>The lowest number; NaN before any came.</summary>
    public float Minimum { get; private set; } = float.NaN;

    /// <summary>The highest number; NaN before any came.</summary>
    public float Maximum { get; private set; } = float.NaN;

    /// <summary>The profile of a whole volume.</summary>
    public static HounsfieldProfile Of(Volume volume)
    {
        var profile = new HounsfieldProfile(volume.Geometry.Depth);
        for (int z = 0; z < volume.Geometry.Depth; z++)
            profile.Add(z, volume.Slice(z));
        return profile;
    }

    /// <summary>The profile of a case's image; a slice of it is in memory at a time.</summary>
    /// <exception cref="DataException">It is stored and damaged.</exception>
    public static HounsfieldProfile Of(CaseImage image)
    {
        var profile = new HounsfieldProfile(image.Geometry.Depth);
        var slice = new float[image.Geometry.Height * image.Geometry.Width];
        for (int z = 0; z < image.Geometry.Depth; z++)
        {
            image.Read(z, slice);
            profile.Add(z, slice);
        }

        return profile;
    }

    /// <summary>Adds an axial slice.</summary>
    /// <param name="z">Which; each comes once.</param>
    /// <param name="voxels">Its voxels, finite, in any order.</param>
    public void Add(int z, ReadOnlySpan<float> voxels)
    {
        (float low, float high) = (float.IsNaN(Minimum) ? float.PositiveInfinity : Minimum, float.IsNaN(Maximum) ? float.NegativeInfinity
            : Maximum);
        double tissue = 0;
        int inTissue = 0;
        foreach (float voxel in voxels)
        {
            (low, high) = (Math.Min(low, voxel), Math.Max(high, voxel));
            _counts[(int)Math.Clamp(MathF.Floor(voxel) - Lowest, 0, Bins - 1)]++;
            if (voxel is >= TissueFrom and <= TissueTo)
            {
                tissue += voxel;
                inTissue++;
            }
        }

        _count += voxels.Length;
        (Minimum, Maximum) = voxels.Length == 0 ? (Minimum, Maximum) : (low, high);
        // Of a slice that shows hardly anything of the patient the mean is chance.
        _means[z] = inTissue * 20L >= voxels.Length ? tissue / inTissue : double.NaN;
    }

    /// <summary>Adds the voxels of another image to <see cref="Percentile"/> and range; slices stay this image's own.</summary>
    public void Add(HounsfieldProfile other)
    {
        if (other._count == 0)
            return;
        for (int bin = 0; bin < Bins; bin++)
            _counts[bin] += other._counts[bin];
        (Minimum, Maximum) = _count == 0 ? (other.Minimum, other.Maximum)
            : (Math.Min(Minimum, other.Minimum), Math.Max(Maximum, other.Maximum));
        _count += other._count;
    }

    /// <summary>The number below which this share of the voxels lies, to 1 HU; NaN before any came.</summary>
    /// <param name="share">0 .. 1.</param>
    public double Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(share * _count), seen = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            seen += _counts[bin];
            if (seen >= wanted && seen > 0)
                return Math.Clamp(bin + Lowest, Minimum, Maximum);
        }

        return double.NaN;
    }

    /// <summary>What speaks against these numbers, a sentence each; none where they can be HU of one image.</summary>
    public IReadOnlyList<string> Doubts
    {
        get
        {
            if (_count == 0)
                return [];
            string range = string.Create(CultureInfo.InvariantCulture, $"numbers from {Minimum:G6} to {Maximum:G6}");
            string? odd = Minimum == Maximum ? $"every voxel is {Minimum.ToString("G6", CultureInfo.InvariantCulture)}: no image."
                : Minimum >= -1.01 && Maximum <= 1.01 ? $"{range}: an image scaled to 0 .. 1 or -1 .. 1, no HU (air is -1000, water 0). "
                    + "Convert it anew, in HU."
                : Minimum > -50 && Maximum < 50 ? $"{range}: a normalised image, no HU (air is -1000, water 0). Convert it anew, in HU."
                : Minimum >= 0 && Maximum <= 255
                    ? $"{range}: grey values of a window, no HU (air is -1000, water 0). Convert it anew, in HU."
                : Maximum > MostHounsfield || Minimum < LeastHounsfield
                    ? $"{range}: HU go from -1024 to some thousand. Were signed numbers taken for unsigned ones?"
                : Share(Lowest, Air) >= LeastShare || Share(FatFrom, FatTo) >= LeastShare ? null
                : $"{range}, none near air (-1000) and none near fat (-100): " + (Minimum >= -200 && Maximum > 255
                    ? "stored values without their intercept (HU + 1024), MR, or a crop inside one organ?" : "is it a CT in HU?");
            string? twofold = Alternates() is not { } hounsfield ? null : string.Create(CultureInfo.InvariantCulture,
                $"every second slice is about {hounsfield:F0} HU above its neighbours: two phases or reconstructions between each other?");
            return [.. new[] { odd, twofold }.OfType<string>()];
        }
    }

    /// <summary>The share of the voxels from one number up to another.</summary>
    private double Share(double from, double to)
    {
        long within = 0;
        for (int bin = (int)from - Lowest; bin < (int)to - Lowest; bin++)
            within += _counts[bin];
        return (double)within / _count;
    }

    /// <summary>
    /// By how much every second slice differs from the mean of its neighbours, where all do, in turns up and down; null where they do not.
    /// Anatomy and
    /// contrast change from slice to slice in one direction at a time.
    /// </summary>
    private double? Alternates()
    {
        double[] means = [.. _means.Where(mean => !double.IsNaN(mean))];
        if (means.Length < LeastSlices)
            return null;
        double[] above = [.. Enumerable.Range(1, means.Length - 2).Select(z => means[z] - (means[z - 1] + means[z + 1]) / 2)];
        if (above.Index().Any(each => each.Index > 0 && each.Item * above[each.Index - 1] >= 0))
            return null;
        double median = above.Select(Math.Abs).Order().ElementAt(above.Length / 2);
        return median >= Alternation ? median : null;
    }
}
