using System.Text.RegularExpressions;

namespace Smile.Host.Cli;

/// <summary>Command lines that are printed to be copied.</summary>
internal static partial class ShellText
{
    /// <summary>A word as the system's shell takes it: quoted where it must be.</summary>
    public static string Quoted(string word) => Plain().IsMatch(word) ? word
        : OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[\w./:,=+@%-]+$")]
    private static partial Regex Plain();
}
