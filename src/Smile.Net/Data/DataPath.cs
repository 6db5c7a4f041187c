using System.Text.RegularExpressions;

namespace Smile.Net.Data;

/// <summary>
/// Checks the paths that stand in a data set's own files before anything is opened: such a file may come from anywhere.
/// </summary>
internal static partial class DataPath
{
    /// <summary>A path of the training or test list (MSD, nnU-Net v1): relative, and below the data set's folder.</summary>
    /// <exception cref="DataException">The path leaves the folder or is no path.</exception>
    public static string Below(string folder, string text, string where)
    {
        string root = Path.GetFullPath(folder), full = Resolve(root, text, where);
        return full.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new DataException($"{where}: '{text}' leaves the data set's folder. Give a path below it.");
    }

    /// <summary>
    /// A path of nnU-Net's "dataset" key, which may lie anywhere and name environment variables ($NAME, ${NAME}); it must have the
    /// data set's file ending, so that no other kind of file is ever opened through it.
    /// </summary>
    /// <exception cref="DataException">A variable is not set, the ending is another, or it is no path.</exception>
    public static string Anywhere(string folder, string text, string ending, string where)
    {
        string expanded = Variable().Replace(text, match =>
        {
            string name = match.Groups[1].Value + match.Groups[2].Value;
            return Environment.GetEnvironmentVariable(name)
                ?? throw new DataException($"{where}: '{text}' names the environment variable {name}, which is not set. "
                    + "Set it or write the path out.");
        });
        return expanded.EndsWith(ending, StringComparison.Ordinal)
            ? Resolve(Path.GetFullPath(folder), expanded, where)
            : throw new DataException($"{where}: '{text}' does not end in '{ending}'. Correct the path or file_ending.");
    }

    private static string Resolve(string root, string text, string where) =>
        text.Length == 0 || text.Any(char.IsControl)
            ? throw new DataException($"{where}: not a path. Give the file's path.")
            : Path.GetFullPath(Path.Combine(root, text));

    [GeneratedRegex(@"\$(?:\{(\w+)\}|(\w+))")]
    private static partial Regex Variable();
}
