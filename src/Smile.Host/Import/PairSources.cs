using Smile.Host.Cases;
using Smile.Net;

namespace Smile.Host.Import;

/// <summary>
/// Folders of NIfTI images with a label map each, and nothing that lists them: images/NAME with labels/NAME, or NAME with
/// NAME_seg (or the like) beside it. labels.json beside the maps says what their integers mean; without it, each is listed as it is.
/// </summary>
internal static class PairSources
{
    private static readonly string[] ImageFolders = ["imagesTr", "images", "image", "img"],
        LabelFolders = ["labelsTr", "labels", "label", "masks", "mask", "seg"];
    private static readonly string[] LabelEndings = ["_seg", "_segmentation", "_labels", "_label", "_mask", "-seg", "-label", "-mask"];
    private static readonly string[] ImageEndings = ["_ct", "_image", "_img", "_0000", "-ct"];

    /// <summary>None where the folder holds no NIfTI files.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="table">What the integers mean where no file says it; null: nobody knows.</param>
    /// <param name="damaged">
    /// Takes what is wrong with a label map that must be read to know its labels, and cannot; its image is left out.
    /// </param>
    /// <exception cref="DataException">An image has no label map, a label map no image, or names cannot be read.</exception>
    public static IReadOnlyList<SourceCase> Find(string folder, LabelMeaning? table, List<string> damaged)
    {
        string? images = SubFolder(folder, ImageFolders), labels = SubFolder(folder, LabelFolders);
        if (images is not null && labels is not null)
            return Pair(LabelFiles.Volumes(images), LabelFiles.Volumes(labels), table, damaged);
        if (!LabelFiles.HasVolume(folder))
            return [];
        IReadOnlyList<string> files = LabelFiles.Volumes(folder);
        return Pair([.. files.Where(file => !IsLabel(file))], [.. files.Where(IsLabel)], table, damaged);
    }

    private static SourceCase[] Pair(
        IReadOnlyList<string> images, IReadOnlyList<string> labels, LabelMeaning? table, List<string> damaged)
    {
        var byName = new Dictionary<string, string>(StringComparer.Ordinal);
        HashSet<string> maps = [.. labels.Select(map => Name(map, LabelEndings))];
        foreach (string image in images)
        {
            // A label map of the very name: amos_0000 is a case, and no channel of amos.
            string name = maps.Contains(LabelFiles.Stem(image)) ? LabelFiles.Stem(image) : Name(image, ImageEndings);
            if (!byName.TryAdd(name, image))
                throw new DataException($"{byName[name]} and {image}: two images of one name. Rename one.");
        }

        var used = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string map in labels)
        {
            string name = Name(map, LabelEndings);
            if (!byName.ContainsKey(name))
                throw new DataException($"{map}: a label map without an image '{name}'. Add the image, or take the map away.");
            if (!used.TryAdd(name, map))
                throw new DataException($"{used[name]} and {map}: two label maps for one image. Keep one.");
        }

        string? alone = byName.Keys.FirstOrDefault(name => !used.ContainsKey(name));
        if (alone is not null)
            throw new DataException($"{byName[alone]}: an image without a label map ({alone}{LabelEndings[0]}, "
                + $"or {alone} in a folder 'labels'). Add it, or take the image away.");
        return [.. byName.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => Case(entry.Value, used[entry.Key], table, damaged))
            .OfType<LabelMapCase>()];
    }

    /// <summary>Null where a label map that nothing explains cannot be read.</summary>
    private static LabelMapCase? Case(string image, string labels, LabelMeaning? table, List<string> damaged)
    {
        if (LabelFiles.NamesBeside(labels) is { } names)
            return Of(LabelMeaning.Of(names.Entries));
        if (table is not null)
            return Of(table);
        try
        {
            return Of(LabelMeaning.OfUnnamed(labels));
        }
        catch (DataException e)
        {
            damaged.Add(e.Message);
            return null;
        }

        LabelMapCase Of(LabelMeaning meaning) => new(image, labels, meaning, meaning.Organs);
    }

    private static string? SubFolder(string folder, string[] names) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(path => Directory.Exists(path) && LabelFiles.HasVolume(path));

    private static bool IsLabel(string file) =>
        LabelEndings.Any(ending => LabelFiles.Stem(file).EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>What an image and its label map have in common.</summary>
    private static string Name(string file, string[] endings)
    {
        string stem = LabelFiles.Stem(file);
        string? ending = endings.Where(ending => stem.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).MaxBy(ending => ending.Length);
        return ending is null ? stem : stem[..^ending.Length];
    }
}
