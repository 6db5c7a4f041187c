using OxyPlot;
using Smile.Host.Imaging;
using Smile.Net.Settings;

namespace Smile.Host.Reports;

/// <summary>
/// How a method is drawn: the paper's blue, red and green in the shades of Okabe and Ito (2008), which the colour-blind tell apart, and
/// each with a marker of its own.
/// </summary>
internal sealed record MethodLook(string Name, Colour Colour, MarkerType Marker)
{
    public static MethodLook Of(string label) => label.ToLowerInvariant() switch
    {
        Methods.Baseline => new("baseline", OkabeIto.Blue, MarkerType.Square),
        Methods.Smile => new("SMILE", OkabeIto.Vermilion, MarkerType.Circle),
        Methods.Smiler => new("SMILEr", OkabeIto.Green, MarkerType.Triangle),
        _ =>
            new(label.Replace(Methods.Smiler, "SMILEr", StringComparison.Ordinal)
                .Replace(Methods.Smile + "-", "SMILE-", StringComparison.Ordinal),
            OkabeIto.Purple, MarkerType.Circle),
    };
}
