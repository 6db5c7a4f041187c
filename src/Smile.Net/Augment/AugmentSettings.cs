namespace Smile.Net.Augment;

/// <summary>
/// Random changes of a training slice. A share is the part of the slices that a change is made to; the others keep that property. Shapes
/// first (one map of the plane, which images, labels and ambiguity bits share), then intensities in the order of the members below; HU are
/// changed before the window is applied, what follows works on the windowed image, [-1, 1].
/// </summary>
public sealed record AugmentSettings
{
    /// <summary>What the other values were set from (<see cref="AugmentPresets"/>); each may be given besides.</summary>
    public string Preset { get; init; } = AugmentPresets.None;

    /// <summary>Largest shift along each axis beyond what cropping needs, in voxels.</summary>
    public int Shift { get; init; } = 4;

    /// <summary>Mirror left and right at random; off, as the abdomen is not symmetric.</summary>
    public bool Flip { get; init; }

    /// <summary>Largest rotation in the plane either way, degrees.</summary>
    public double Rotation { get; init; }

    public double RotationShare { get; init; } = 1;

    /// <summary>Least factor on sizes; below 1 the slice shrinks. Uniform in its logarithm.</summary>
    public double ScaleLow { get; init; } = 1;

    /// <summary>Largest factor on sizes.</summary>
    public double ScaleHigh { get; init; } = 1;

    public double ScaleShare { get; init; } = 1;

    /// <summary>Largest logarithm of the ratio of heights to widths, either way.</summary>
    public double Aspect { get; init; }

    /// <summary>Largest shear either way, degrees.</summary>
    public double Shear { get; init; }

    /// <summary>Standard deviation of an elastic change at its control points, voxels.</summary>
    public double Elastic { get; init; }

    public double ElasticShare { get; init; } = 1;

    /// <summary>Largest relative change of HU: a factor on them.</summary>
    public double Gain { get; init; } = 0.05;

    /// <summary>Largest change of brightness, HU.</summary>
    public double Offset { get; init; } = 10;

    /// <summary>Largest standard deviation of Gaussian noise, in halves of the window.</summary>
    public double Noise { get; init; }

    public double NoiseShare { get; init; } = 1;

    /// <summary>Largest standard deviation of a Gaussian blur, voxels; the least is half of it.</summary>
    public double Blur { get; init; }

    public double BlurShare { get; init; } = 1;

    /// <summary>Largest relative change of contrast round the slice's mean, within the slice's range.</summary>
    public double Contrast { get; init; }

    public double ContrastShare { get; init; } = 1;

    /// <summary>Least factor of a lower resolution that the slice is taken to and back; 1: none.</summary>
    public double LowResolution { get; init; } = 1;

    public double LowResolutionShare { get; init; } = 1;

    /// <summary>Least exponent of a gamma curve over the slice's range, which keeps mean and deviation.</summary>
    public double GammaLow { get; init; } = 1;

    /// <summary>Largest exponent.</summary>
    public double GammaHigh { get; init; } = 1;

    public double GammaShare { get; init; } = 1;

    /// <summary>Whether shapes change by more than whole voxels.</summary>
    internal bool HasMap => (Rotation > 0 && RotationShare > 0) || ((ScaleLow < 1 || ScaleHigh > 1) && ScaleShare > 0)
        || Aspect > 0 || Shear > 0 || HasElastic;

    internal bool HasElastic => Elastic > 0 && ElasticShare > 0;

    internal bool HasNoise => Noise > 0 && NoiseShare > 0;

    internal bool HasBlur => Blur > 0 && BlurShare > 0;

    internal bool HasContrast => Contrast > 0 && ContrastShare > 0;

    internal bool HasLowResolution => LowResolution < 1 && LowResolutionShare > 0;

    internal bool HasGamma => (GammaLow < 1 || GammaHigh > 1) && GammaShare > 0;

    /// <summary>Refuses what is out of its range.</summary>
    /// <exception cref="ConfigException">Names the first such setting and the range.</exception>
    public void Validate()
    {
        if (!AugmentPresets.All.Contains(Preset))
            throw new ConfigException($"augment.preset is '{Preset}'; known: {string.Join(", ", AugmentPresets.All)}.");
        (string Key, double Value, double Low, double High)[] ranges =
        [
            ("shift", Shift, 0, 4096), ("rotation", Rotation, 0, 180), ("rotation_share", RotationShare, 0, 1),
            ("scale_low", ScaleLow, 0.1, 1),
            ("scale_high", ScaleHigh, 1, 10), ("scale_share", ScaleShare, 0, 1), ("aspect", Aspect, 0, 1), ("shear", Shear, 0, 60),
            ("elastic", Elastic, 0, 100), ("elastic_share", ElasticShare, 0, 1), ("gain", Gain, 0, 1), ("offset", Offset, 0, 2000),
            ("noise", Noise, 0, 1), ("noise_share", NoiseShare, 0, 1), ("blur", Blur, 0, 10), ("blur_share", BlurShare, 0, 1),
            ("contrast", Contrast, 0, 1), ("contrast_share", ContrastShare, 0, 1), ("low_resolution", LowResolution, 0.1, 1),
            ("low_resolution_share", LowResolutionShare, 0, 1), ("gamma_low", GammaLow, 0.1, 1), ("gamma_high", GammaHigh, 1, 10),
            ("gamma_share", GammaShare, 0, 1),
        ];
        foreach (var (key, value, low, high) in ranges)
            if (!(value >= low && value <= high))
                throw new ConfigException($"augment.{key} is {value}; it must lie between {low} and {high}.");
    }
}

/// <summary>Sets of augmentations by name.</summary>
public static class AugmentPresets
{
    /// <summary>Shifts, brightness and contrast by a little: the paper's networks.</summary>
    public const string None = "none";

    /// <summary>Besides, rotation, scale and aspect.</summary>
    public const string Light = "light";

    /// <summary>
    /// The kinds, shares and ranges of nnU-Net's 2D training (v2), without its mirroring and with rotations that a patient can have.
    /// </summary>
    public const string NnUnet = "nnunet";

    /// <summary>All.</summary>
    public static IReadOnlyList<string> All { get; } = [None, Light, NnUnet];

    /// <summary>The settings of that name.</summary>
    /// <exception cref="ConfigException">There are none.</exception>
    public static AugmentSettings Of(string name) => name switch
    {
        None => new AugmentSettings(),
        Light => new AugmentSettings
        {
            Preset = Light,
            Shift = 12,
            Rotation = 15,
            ScaleLow = 0.8,
            ScaleHigh = 1.25,
            Aspect = 0.1,
            Gain = 0.15,
            Offset = 20,
        },
        NnUnet => new AugmentSettings
        {
            Preset = NnUnet,
            Rotation = 30,
            RotationShare = 0.2,
            ScaleLow = 0.7,
            ScaleHigh = 1.4,
            ScaleShare = 0.2,
            Noise = 0.1,
            NoiseShare = 0.1,
            Blur = 1,
            BlurShare = 0.2,
            Gain = 0.25,
            Offset = 0,
            Contrast = 0.25,
            ContrastShare = 0.15,
            LowResolution = 0.5,
            LowResolutionShare = 0.25,
            GammaLow = 0.7,
            GammaHigh = 1.5,
            GammaShare = 0.4,
        },
        _ => throw new ConfigException($"augment.preset is '{name}'; known: {string.Join(", ", All)}."),
    };
}
