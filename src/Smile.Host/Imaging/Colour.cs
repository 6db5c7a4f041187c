namespace Smile.Host.Imaging;

/// <summary>An sRGB colour.</summary>
internal readonly record struct Colour(byte R, byte G, byte B)
{
    /// <summary>As CSS and SVG write it.</summary>
    public string Hex => $"#{R:x2}{G:x2}{B:x2}";

    /// <summary>This colour over <paramref name="under"/> with the given opacity.</summary>
    public Colour Over(Colour under, double opacity) => new(Mix(R, under.R, opacity), Mix(G, under.G, opacity), Mix(B, under.B, opacity));

    private static byte Mix(byte over, byte under, double opacity) => (byte)Math.Round(over * opacity + under * (1 - opacity));
}

/// <summary>The colours of Okabe and Ito (2008), which the colour-blind tell apart.</summary>
internal static class OkabeIto
{
    public static Colour Orange { get; } = new(230, 159, 0);

    public static Colour SkyBlue { get; } = new(86, 180, 233);

    public static Colour Green { get; } = new(0, 158, 115);

    public static Colour Yellow { get; } = new(240, 228, 66);

    public static Colour Blue { get; } = new(0, 114, 178);

    public static Colour Vermilion { get; } = new(213, 94, 0);

    public static Colour Purple { get; } = new(204, 121, 167);
}
