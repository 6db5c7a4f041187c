using System.Globalization;
using Smile.Net.Data;

namespace Smile.Net.Settings;

/// <summary>What <see cref="DataSettings.Spacing"/> can be.</summary>
public static class Spacings
{
    /// <summary>The median of the training cases; a run stores it as the spacing that it is.</summary>
    public const string Auto = "auto";

    /// <summary>Every slice keeps its own.</summary>
    public const string Native = "native";

    // mm: finer than any scanner's, coarser than any organ.
    private const double Least = 0.01, Most = 100;

    /// <summary>Reads <see cref="DataSettings.SliceDistance"/>.</summary>
    /// <returns>mm; null for auto and native.</returns>
    /// <exception cref="ConfigException">It is none of the three.</exception>
    public static double? ParseDistance(string text)
    {
        if (text is Auto or Native)
            return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double mm)
            && mm is >= Least and <= Most
            ? mm
            : throw new ConfigException($"data.slice_distance is '{text}'; known: {Auto}, {Native}, or mm from {Least} to {Most}.");
    }

    /// <summary>Reads the setting.</summary>
    /// <returns>What every slice is brought to; null for auto and native.</returns>
    /// <exception cref="ConfigException">It is none of the three.</exception>
    public static PlaneSpacing? Parse(string text, string key = "data.spacing")
    {
        if (text is Auto or Native)
            return null;
        bool read = PlaneSpacing.TryParse(text, out PlaneSpacing spacing);
        return read && spacing.Y is >= Least and <= Most && spacing.X is >= Least and <= Most
            ? spacing
            : throw new ConfigException($"{key} is '{text}'; known: {Auto}, {Native}, or the mm between rows and between columns "
                + $"as \"y,x\", each from {Least} to {Most}, as in \"1.5,1.5\".");
    }
}
