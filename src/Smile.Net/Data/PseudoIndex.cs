using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>
/// What the dataset.json of a relabelled data set says of its pseudo labels, <c>"pseudo_labels": { case: { organ: voxels } }</c>: every
/// case in which an organ is not annotated is listed, with the organs that a round has looked for. docs/data.md describes the folder.
/// </summary>
public sealed class PseudoIndex
{
    /// <summary>The field's name; the folder of what people drew in the listed cases; that of the masks, a folder a case.</summary>
    public const string Key = "pseudo_labels", AnnotatedFolder = "annotatedTr", MaskFolder = "pseudoTr";

    private readonly string _path;
    private readonly Dictionary<string, Dictionary<string, long>> _cases = new(StringComparer.Ordinal);

    private PseudoIndex(JsonElement element, string path)
    {
        _path = path;
        foreach (JsonProperty entry in JsonFile.Expect(element, JsonValueKind.Object, path, Key).EnumerateObject())
        {
            string field = $"{Key}: {entry.Name}";
            var organs = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (JsonProperty organ in JsonFile.Expect(entry.Value, JsonValueKind.Object, path, field).EnumerateObject())
            {
                JsonElement count = JsonFile.Expect(organ.Value, JsonValueKind.Number, path, $"{field}: {organ.Name}");
                if (!count.TryGetInt64(out long voxels) || voxels < 0 || !organs.TryAdd(organ.Name, voxels))
                    throw new DataException($"{path}: {field}: {organ.Name}: a number of voxels expected, once an organ.");
            }

            if (!_cases.TryAdd(entry.Name, organs))
                throw new DataException($"{path}: {field}: listed twice. Restore the file from the relabelling.");
        }
    }

    /// <summary>The mask of an organ in a case.</summary>
    /// <param name="folder">The data set's.</param>
    /// <param name="id">The case's name in it.</param>
    /// <param name="value">The organ's integer: a name may be longer than a file's may be, or hold what a file's may not.</param>
    public static string MaskFile(string folder, string id, byte value) => Path.Combine(folder, MaskFolder, id, $"{value}.nii.gz");

    /// <summary>Writes the field into an object.</summary>
    /// <param name="json">Of dataset.json.</param>
    /// <param name="cases">All that have an organ which is not annotated, each with the organs' voxels.</param>
    public static void Write(Utf8JsonWriter json, IEnumerable<(string Id, IReadOnlyList<(string Organ, long Voxels)> Masks)> cases)
    {
        json.WriteStartObject(Key);
        foreach ((string id, IReadOnlyList<(string Organ, long Voxels)> masks) in cases)
        {
            json.WriteStartObject(id);
            foreach ((string organ, long voxels) in masks)
                json.WriteNumber(organ, voxels);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>The field of a parsed dataset.json; null where it has none.</summary>
    internal static PseudoIndex? Of(JsonElement root, string path) =>
        JsonFile.Find(root, Key) is { } element ? new PseudoIndex(element, path) : null;

    /// <summary>Whether the case has a map of its annotation and masks beside that of labelsTr.</summary>
    internal bool Lists(string id) => _cases.ContainsKey(id);

    /// <summary>What is wrong with a folder whose dataset.json has no such field: it may be half of a relabelled data set.</summary>
    internal static IEnumerable<string> FaultsWithout(string folder) => new[] { AnnotatedFolder, MaskFolder }
        .Select(each => Path.Combine(folder, each)).Where(Directory.Exists)
        .Select(each => $"{each}: belongs to a relabelled data set, and {DatasetJson.FileName} has no \"{Key}\". Restore that file; to "
            + $"train on labelsTr alone, delete the folders {AnnotatedFolder} and {MaskFolder}.");

    /// <summary>The pseudo labels of the listed cases; what is wrong goes to <paramref name="faults"/>.</summary>
    /// <param name="folder">The data set's.</param>
    /// <param name="organs">The study's.</param>
    /// <param name="annotatedIn">Bits of the organs that are annotated in a case of the folder.</param>
    /// <param name="faults">A sentence each.</param>
    internal Dictionary<string, PseudoLabels> Find(
        DatasetFolder folder, OrganSet organs, Func<string, OrganBits> annotatedIn, List<string> faults)
    {
        var found = new Dictionary<string, PseudoLabels>(StringComparer.Ordinal);
        LabelNames labels = folder.Json.Labels;
        if (labels.Ignore is not { } ignore)
        {
            faults.Add($"{_path}: labels: \"ignore\" is missing, which marks what nobody knows in the maps of a relabelled data set.");
            return found;
        }

        OrganBits known = organs.BitsOf(labels.Organs);
        var training = folder.Training.ToDictionary(each => each.Id, StringComparer.Ordinal);
        faults.AddRange(training.Keys.Where(id => !Lists(id) && (known & ~annotatedIn(id)) != 0).Select(id =>
            $"{_path}: {Key}: {id} is missing, and an organ is not annotated in it. Restore this file and {AnnotationFile.FileName}."));
        foreach ((string id, Dictionary<string, long> listed) in _cases)
        {
            string where = $"{_path}: {Key}: {id}";
            if (!training.TryGetValue(id, out ListedCase source))
            {
                faults.Add($"{where}: the data set has no such training case. Correct the name or delete the entry.");
                continue;
            }

            OrganBits annotated = annotatedIn(id);
            if ((known & ~annotated) == 0)
                faults.Add($"{where}: every organ is annotated in it. Restore this file and {AnnotationFile.FileName}.");
            var masks = new List<PseudoMask>();
            foreach ((string organ, long voxels) in listed)
            {
                int k = organs.IndexOf(organ);
                if (k < 0 || !known.Has(k))
                    faults.Add($"{where}: the data set has no organ '{organ}'. It has: {string.Join(", ", labels.Organs)}.");
                else if (annotated.Has(k))
                    faults.Add($"{where}: {organ} is annotated ({AnnotationFile.FileName}) and has pseudo labels. Restore both files.");
                else
                    masks.Add(new PseudoMask(k, labels.ValueOf(organ), MaskFile(folder.Path, id, labels.ValueOf(organ)), voxels));
            }

            faults.AddRange(masks.Select(mask => mask.Path).Append(source.Merged!).Where(file => !File.Exists(file))
                .Select(file => $"{file}: is missing, of the pseudo labels of {id}. Restore it from the relabelling."));
            found.Add(id, new PseudoLabels(source.Merged!, ignore, masks));
        }

        return found;
    }
}
