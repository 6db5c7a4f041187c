namespace Smile.Host.Imaging;

/// <summary>
/// One colour an organ: liver blue, pancreas red, stomach green as in the paper's figures 4 and 5, in the shades of Okabe and Ito; other
/// organs take the rest of their colours in turn.
/// </summary>
internal static class OrganColours
{
    private static readonly Colour[] _cycle =
        [OkabeIto.Orange, OkabeIto.SkyBlue, OkabeIto.Yellow, OkabeIto.Purple, OkabeIto.Vermilion, OkabeIto.Green];

    /// <summary>The colours of the organs, in the organs' order.</summary>
    public static Colour[] Of(IReadOnlyList<string> organs)
    {
        int next = 0;
        return organs.Select(organ => organ.ToLowerInvariant() switch
        {
            "liver" => OkabeIto.Blue,
            "pancreas" => OkabeIto.Vermilion,
            "stomach" => OkabeIto.Green,
            _ => _cycle[next++ % _cycle.Length],
        }).ToArray();
    }
}
