namespace Smile.Net.Augment;

/// <summary>
/// Random changes of a training slice. A share is the part of the slices that a change is made to; the others keep that property. Shapes
/// first (one map of the plane, which images, labels and ambiguity bits share), then intensities in the order of the members below; HU are
/// changed before the window is applied, what follows works on the windowed image, [-1, 1].
/// </summary>
public sealed record AugmentSettings
{
    [Setting("Sets the others, each of which may be given besides", Names = typeof(AugmentPresets))]
    public string Preset { get; init; } = AugmentPresets.None;

    [Setting("Largest shift along each axis beyond what cropping needs", Unit = "voxels", Low = 0, High = 4096)]
    public int Shift { get; init; } = 4;

    [Setting("Mirror left and right at random; the abdomen is not symmetric. For data whose sides cannot be relied on")]
    public bool Flip { get; init; }

    [Setting("Largest rotation in the plane either way", Unit = "degrees", Low = 0, High = 180)]
    public double Rotation { get; init; }

    [Setting("Share of the slices that are rotated", Low = 0, High = 1)]
    public double RotationShare { get; init; } = 1;

    [Setting("Least factor on sizes; below 1 the slice shrinks. Uniform in its logarithm", Low = 0.1, High = 1)]
    public double ScaleLow { get; init; } = 1;

    [Setting("Largest factor on sizes", Low = 1, High = 10)]
    public double ScaleHigh { get; init; } = 1;

    [Setting("Share of the slices that are scaled", Low = 0, High = 1)]
    public double ScaleShare { get; init; } = 1;

    [Setting("Largest logarithm of the ratio of heights to widths, either way", Low = 0, High = 1)]
    public double Aspect { get; init; }

    [Setting("Largest shear either way", Unit = "degrees", Low = 0, High = 60)]
    public double Shear { get; init; }

    [Setting("Standard deviation of an elastic change at its control points, 16 voxels apart", Unit = "voxels", Low = 0, High = 100)]
    public double Elastic { get; init; }

    [Setting("Share of the slices that change elastically", Low = 0, High = 1)]
    public double ElasticShare { get; init; } = 1;

    [Setting("Largest relative change of HU: a factor of 1 - gain to 1 + gain", Low = 0, High = 1)]
    public double Gain { get; init; } = 0.05;

    [Setting("Largest change of brightness", Unit = "HU", Low = 0, High = 2000)]
    public double Offset { get; init; } = 10;

    [Setting("Largest standard deviation of Gaussian noise", Unit = "the window's", Low = 0, High = 1)]
    public double Noise { get; init; }

    [Setting("Share of the slices that get noise", Low = 0, High = 1)]
    public double NoiseShare { get; init; } = 1;

    [Setting("Largest standard deviation of a Gaussian blur; the least is half of it", Unit = "voxels", Low = 0, High = 10)]
    public double Blur { get; init; }

    [Setting("Share of the slices that are blurred", Low = 0, High = 1)]
    public double BlurShare { get; init; } = 1;

    [Setting("Largest relative change of contrast round the slice's mean, within the slice's range", Low = 0, High = 1)]
    public double Contrast { get; init; }

    [Setting("Share of the slices whose contrast changes", Low = 0, High = 1)]
    public double ContrastShare { get; init; } = 1;

    [Setting("Least factor of a lower resolution that the slice is taken to and back; 1: none", Low = 0.1, High = 1)]
    public double LowResolution { get; init; } = 1;

    [Setting("Share of the slices that are taken to a lower resolution", Low = 0, High = 1)]
    public double LowResolutionShare { get; init; } = 1;

    [Setting("Least exponent of a gamma curve over the slice's range, which keeps mean and deviation", Low = 0.1, High = 1)]
    public double GammaLow { get; init; } = 1;

    [Setting("Largest exponent", Low = 1, High = 10)]
    public double GammaHigh { get; init; } = 1;

    [Setting("Share of the slices that get a gamma curve", Low = 0, High = 1)]
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
    public void Validate() => SettingOfPart.Demand("augment", this);
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
