using Smile.Net;

namespace Smile.Host.Imaging;

/// <summary>
/// The files below folders, each once, whichever way leads to it: a link to a folder that is read already, which may lead round in a
/// circle, is
/// passed over.
/// </summary>
internal static class FolderFiles
{
    /// <summary>As many links on end as Linux follows.</summary>
    private const int MostLinks = 40;

    /// <summary>Every file, in the order of its path, with the folder below which it was found first.</summary>
    /// <param name="folders">Where to look; one may lie in another.</param>
    /// <param name="note">Hears of the links that are passed over.</param>
    /// <exception cref="DataException">A folder cannot be read.</exception>
    public static IReadOnlyList<(string Folder, string Path)> Below(IReadOnlyList<string> folders, Action<string>? note = null)
    {
        var walk = new Walk();
        var found = new List<(string Folder, string Path)>();
        foreach (string folder in folders)
        {
            try
            {
                var own = new List<string>();
                walk.Into(folder, Real(folder), own);
                own.Sort(StringComparer.Ordinal);
                found.AddRange(own.Select(path => (folder, path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{folder}: cannot be read: {e.Message}", e);
            }
        }

        if (walk.PassedOver.Count > 0)
        {
            note?.Invoke($"{walk.PassedOver[0]}: a link to a folder that is read already; passed over"
                + (walk.PassedOver.Count > 1 ? $", with {walk.PassedOver.Count - 1} more such." : "."));
        }

        return found;
    }

    /// <summary>
    /// The full path of what a path stands for, links followed, each from where it really lies; the path itself where they lead round in a
    /// circle.
    /// </summary>
    private static string Real(string path, int links = 0)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        string own = Path.Combine(Real(parent, links), Path.GetFileName(full));
        return links < MostLinks && new FileInfo(own).LinkTarget is { } target ? Real(Path.Combine(Path.GetDirectoryName(own)!, target),
            links + 1) : own;
    }

    /// <summary>What was met so far, by real paths.</summary>
    private sealed class Walk
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        public List<string> PassedOver { get; } = [];

        public void Into(string folder, string real, List<string> files)
        {
            if (!_seen.Add(real))
                return;
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name,
                StringComparer.Ordinal))
            {
                bool isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
                string path = Path.Combine(folder, entry.Name), leadsTo = isLink ? Real(Path.Combine(real, entry.Name))
                    : Path.Combine(real, entry.Name);
                bool isFolder = isLink ? Directory.Exists(leadsTo) : (entry.Attributes & FileAttributes.Directory) != 0;
                if (isFolder && isLink && _seen.Contains(leadsTo))
                    PassedOver.Add(path);
                else if (isFolder)
                    Into(path, leadsTo, files);
                else if (_seen.Add(leadsTo))
                    files.Add(path);
            }
        }
    }
}
