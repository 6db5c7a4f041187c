namespace Smile.Host.Imaging.Dicom;

/// <summary>Colours as DICOM codes them (PS3.3, C.10.7.1.1).</summary>
internal static class CieLab
{
    /// <summary>
    /// An sRGB colour as CIELab of the D65 white, as dcmtk and dcmjs take it: L* of 0 .. 100, a* and b* of -128 .. 127 spread over
    /// 16 bits.
    /// </summary>
    public static double[] Of((byte R, byte G, byte B) colour)
    {
        (double r, double g, double b) = (Linear(colour.R), Linear(colour.G), Linear(colour.B));
        double x = Root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.950456);
        double y = Root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
        double z = Root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.088754);
        double[] coded = [(116 * y - 16) * 65535 / 100, (500 * (x - y) + 128) * 257, (200 * (y - z) + 128) * 257];
        return [.. coded.Select(value => Math.Round(Math.Clamp(value, 0, 65535)))];
    }

    /// <summary>Undoes sRGB's curve (IEC 61966-2-1).</summary>
    private static double Linear(byte value)
    {
        double v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
    }

    private static double Root(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}
