using System.Diagnostics;
using System.Globalization;
using Smile.Net;

namespace Smile.Bench;

/// <summary>Where measurements are kept: bench/results of the repository.</summary>
internal static class Results
{
    /// <summary>bench/results/(name).</summary>
    /// <exception cref="ConfigException">The program does not run from a repository.</exception>
    public static string Folder(string name)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Smile.sln")))
            root = Path.GetDirectoryName(root)
                ?? throw new ConfigException("bench/results is found from Smile.sln, which lies in no folder above the program: "
                + "run it from the repository.");
        return Path.Combine(root, "bench", "results", name);
    }

    /// <summary>"1a2b3c4", with "-changed" where files differ from it; "unknown" where the program lies in no repository.</summary>
    public static string Commit() => Git("rev-parse --short HEAD") is { Length: > 0 } commit
        ? commit + (Git("status --porcelain --untracked-files=no").Length > 0 ? "-changed" : "")
        : "unknown";

    /// <summary>Writes (folder)/(date)-(commit)(extension); its path.</summary>
    public static string Write(string folder, string extension, string text)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder,
            string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}-{Commit()}{extension}"));
        File.WriteAllText(path + ".tmp", text);
        File.Move(path + ".tmp", path, overwrite: true);
        return path;
    }

    private static string Git(string arguments)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return output;
    }
}
