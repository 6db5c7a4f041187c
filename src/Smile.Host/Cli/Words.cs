using System.Globalization;

namespace Smile.Host.Cli;

/// <summary>Numbers of things, in words.</summary>
internal static class Words
{
    /// <summary>"1 case", "2 cases".</summary>
    public static string Count(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
