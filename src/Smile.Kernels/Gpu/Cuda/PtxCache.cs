using Smile.Kernels.Hashing;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>
/// Compiled text on disk, one file an entry, by a hash of what it was made from. Entries that are damaged count as absent.
/// </summary>
internal sealed class PtxCache(string folder)
{
    /// <summary>Environment variable that names the folder.</summary>
    public const string Variable = "SMILE_CACHE";

    private const string Mark = "// sha256 ";

    /// <summary>
    /// The folder of <see cref="Variable"/>, else "smile" in the user's folder for caches; null where the user has no folder.
    /// </summary>
    public static PtxCache? OfUser() => Root() is { } root ? new(Path.Combine(root, "ptx")) : null;

    /// <summary>The folder of all that Smile keeps for the user; null where the user has none.</summary>
    public static string? Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return named;
        string root = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".cache") : "";
        return root.Length > 0 ? Path.Combine(root, "smile") : null;
    }

    /// <summary>The file of an entry.</summary>
    public string FileOf(string key) => Path.Combine(folder, Sha256.Of(key) + ".ptx");

    /// <summary>The text kept for the key; null where there is none, or it is not what was written.</summary>
    public string? Find(string key)
    {
        try
        {
            string file = File.ReadAllText(FileOf(key));
            int end = file.IndexOf('\n', StringComparison.Ordinal);
            return end > 0 && file[..end] == Mark + Sha256.Of(file[(end + 1)..]) ? file[(end + 1)..] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the text, through a temporary file that is renamed. Where the folder cannot be written, nothing is kept.</summary>
    public void Store(string key, string text)
    {
        string file = FileOf(key), temporary = $"{file}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(temporary, $"{Mark}{Sha256.Of(text)}\n{text}");
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written costs time at the next start, no more.
        }
    }
}
