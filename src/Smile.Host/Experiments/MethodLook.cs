using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>
/// How a method is drawn: the paper's blue, red and green in the shades of Okabe and Ito (2008), which the colour-blind tell apart, and
/// each with a marker of its own.
/// </summary>
internal sealed record MethodLook(string Name, Colour Colour, Marker Marker)
{
    public static MethodLook Of(string label) => label switch
    {
        Methods.Baseline => new("baseline", new Colour(0, 114, 178), Marker.Square),
        Methods.Smile => new("SMILE", new Colour(213, 94, 0), Marker.Disc),
        Methods.Smiler => new("SMILEr", new Colour(0, 158, 115), Marker.Triangle),
        _ => new(label.Replace(Methods.Smiler, "SMILEr", StringComparison.Ordinal).Replace(Methods.Smile + "-", "SMILE-", StringComparison.Ordinal),
            new Colour(204, 121, 167), Marker.Disc),
    };
}
