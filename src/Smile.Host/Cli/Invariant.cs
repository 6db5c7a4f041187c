using System.Globalization;

namespace Smile.Host.Cli;

/// <summary>Numbers as text, the same in every language of the system; a dash stands for "not defined".</summary>
internal static class Invariant
{
    public static string Text(long whole) => whole.ToString(CultureInfo.InvariantCulture);

    /// <summary>In the format; "-" where it is NaN or infinite.</summary>
    public static string Text(double value, string format = "0.000") =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";
}
