using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Import;

/// <summary>Data set folders with a dataset.json: nnU-Net's (v1, v2) and the Medical Segmentation Decathlon's.</summary>
internal static class DatasetSources
{
    /// <exception cref="DataException">dataset.json, annotations.json or groups.json cannot be followed, or a file is missing.</exception>
    public static IReadOnlyList<SourceCase> Find(string folder, Action<string> note)
    {
        DatasetFolder found = DatasetFolder.Read(folder);
        if (found.Faults.Count > 0)
            throw new DataException(found.Faults.Count == 1
                ? found.Faults[0]
                : $"{found.Faults[0]} ({found.Faults.Count - 1} more faults.)");
        foreach (string line in found.Notes)
            note(line);
        LabelMeaning meaning = LabelMeaning.Of(found.Json.Labels.Entries);
        Func<string, IReadOnlyCollection<string>> annotated = Annotations(found, meaning);
        IReadOnlyDictionary<string, string> groups = GroupFile.Read(folder, found.Training.Concat(found.Test).Select(listed => listed.Id));
        SourceCase Make(ListedCase listed, bool test) => new LabelMapCase(listed.Image, listed.Label, meaning, annotated(listed.Id))
        {
            IsTest = test,
            Patient = groups.TryGetValue(listed.Id, out string? group) ? [$"{Path.GetFullPath(folder)}: {group}"] : [],
        };
        return [.. found.Training.Select(listed => Make(listed, test: false)), .. found.Test.Select(listed => Make(listed, test: true))];
    }

    /// <summary>The annotated names of each case: all, unless annotations.json says otherwise.</summary>
    private static Func<string, IReadOnlyCollection<string>> Annotations(DatasetFolder folder, LabelMeaning meaning)
    {
        string path = Path.Combine(folder.Path, AnnotationFile.FileName);
        if (!File.Exists(path))
            return _ => meaning.Organs;
        var organs = new OrganSet(meaning.Organs);
        IReadOnlyDictionary<string, OrganBits> listed = AnnotationFile.Read(path, organs, organs.All,
            folder.Training.Concat(folder.Test).Select(each => each.Id));
        return id => listed.TryGetValue(id, out OrganBits bits) ? [.. organs.NamesOf(bits)] : meaning.Organs;
    }
}
