using System.Globalization;

namespace Smile.Host.Cli;

/// <summary>Numbers as every language of the system writes them here.</summary>
internal static class Invariant
{
    public static string Text(long whole) => whole.ToString(CultureInfo.InvariantCulture);
}
