using Smile.Kernels.Hashing;
using Smile.Net.Data;

namespace Smile.Net.Store;

/// <summary>The files that packed cases are made of, then and now.</summary>
internal static class SourceFiles
{
    /// <summary>Those of a case: image, label map, and what a relabelled data set has besides.</summary>
    public static IReadOnlyList<string> Of(Case source)
    {
        List<string> paths = [source.ImagePath];
        if (source.LabelPath is { } labels && labels != source.ImagePath)
            paths.Add(labels);
        if (source.Pseudo is { } pseudo)
            paths.AddRange(pseudo.Masks.Select(mask => mask.Path).Prepend(pseudo.Merged));
        // The voxels of an Analyze pair are in the other file.
        paths.AddRange(paths.Where(path => path.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase))
            .Select(path => Path.ChangeExtension(path, ".img")).Where(File.Exists).ToArray());
        return [.. paths.Select(Path.GetFullPath)];
    }

    /// <summary>As they are now.</summary>
    /// <exception cref="DataException">One cannot be read.</exception>
    public static IReadOnlyList<SourceFile> Read(IEnumerable<string> paths)
    {
        var files = new List<SourceFile>();
        foreach (string path in paths)
        {
            try
            {
                // The time first: what is changed while it is read differs from it later.
                var file = new FileInfo(path);
                files.Add(new SourceFile(path, file.Length, file.LastWriteTimeUtc.Ticks, Sha256.OfFile(path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{path}: cannot be read: {e.Message}", e);
            }
        }

        return files;
    }

    /// <summary>Whether these are the files, by paths, lengths and times.</summary>
    public static bool AreUnchanged(IReadOnlyList<SourceFile> then, IReadOnlyList<string> now) =>
        then.Select(file => file.Path).SequenceEqual(now, StringComparer.Ordinal) && then.All(IsUntouched);

    /// <summary>The first file that is there and has other bytes than then; null where there is none.</summary>
    public static string? Changed(IEnumerable<SourceFile> then)
    {
        foreach (SourceFile file in then)
        {
            try
            {
                if (File.Exists(file.Path) && !IsUntouched(file)
                    && (new FileInfo(file.Path).Length != file.Bytes || Sha256.OfFile(file.Path) != file.Hash))
                    return file.Path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What cannot be read cannot be compared; the store does not need it.
            }
        }

        return null;
    }

    private static bool IsUntouched(SourceFile file)
    {
        var now = new FileInfo(file.Path);
        return now.Exists && now.Length == file.Bytes && now.LastWriteTimeUtc.Ticks == file.Modified;
    }
}
