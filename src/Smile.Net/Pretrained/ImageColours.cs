namespace Smile.Net.Pretrained;

/// <summary>
/// How a network of colour images wants them, and what its first layer is on CT: with u from -1 to 1 in the place of the grey values, all
/// three colours alike, colour c is scale[c] u + offset[c].
/// </summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Scale">Of each of the first convolution's three input channels.</param>
/// <param name="Offset">The same.</param>
public sealed record ImageColours(string Name, IReadOnlyList<double> Scale, IReadOnlyList<double> Offset)
{
    private static readonly double[] _mean = [0.485, 0.456, 0.406], _deviation = [0.229, 0.224, 0.225];
    private static readonly double[] _mean255 = [103.939, 116.779, 123.68];

    /// <summary>torchvision's and timm's: RGB from 0 to 1, less a mean, by a deviation.</summary>
    public static ImageColours ImageNet { get; } = new("imagenet", [.. _deviation.Select(deviation => 0.5 / deviation)],
        [.. _mean.Zip(_deviation, (mean, deviation) => (0.5 - mean) / deviation)]);

    /// <summary>Caffe's, CNTK's and ML.NET's: BGR from 0 to 255, less a mean.</summary>
    public static ImageColours Bgr255 { get; } = new("bgr255", [127.5, 127.5, 127.5], [.. _mean255.Select(mean => 127.5 - mean)]);

    /// <summary>Both.</summary>
    public static IReadOnlyList<ImageColours> All { get; } = [ImageNet, Bgr255];
}
