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

/// <summary>
/// One colour an organ: liver blue, pancreas red, stomach green as in the paper's figures 4 and 5; other organs take the
/// colour-blind safe colours of Okabe and Ito (2008) in their order.
/// </summary>
internal static class OrganColours
{
    private static readonly Colour[] _cycle =
        [new(230, 159, 0), new(86, 180, 233), new(240, 228, 66), new(204, 121, 167), new(213, 94, 0), new(0, 158, 115)];

    /// <summary>The colours of the organs, in the organs' order.</summary>
    public static Colour[] Of(IReadOnlyList<string> organs)
    {
        int next = 0;
        return organs.Select(organ => organ.ToLowerInvariant() switch
        {
            "liver" => new Colour(31, 119, 255),
            "pancreas" => new Colour(230, 40, 40),
            "stomach" => new Colour(40, 180, 60),
            _ => _cycle[next++ % _cycle.Length],
        }).ToArray();
    }
}
