using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>
/// annotations.json: which organs were annotated in which case, <c>{ "case_001": ["liver", "stomach"], ... }</c>. A case that is
/// not listed is fully annotated; an empty list says that nothing was annotated.
/// </summary>
public static class AnnotationFile
{
    /// <summary>The file's name, beside dataset.json.</summary>
    public const string FileName = "annotations.json";

    /// <summary>Reads the annotated organs of the listed cases.</summary>
    /// <param name="path">The file.</param>
    /// <param name="organs">The study's organs.</param>
    /// <param name="known">The organs that the data set has an integer for.</param>
    /// <param name="cases">The names of the data set's cases.</param>
    /// <exception cref="DataException">
    /// No JSON of this form, a case or an organ that the data set does not have, a case listed twice.
    /// </exception>
    public static IReadOnlyDictionary<string, OrganBits> Read(string path, OrganSet organs, OrganBits known, IEnumerable<string> cases)
    {
        var faults = new List<string>();
        IReadOnlyDictionary<string, OrganBits> annotated = Read(path, organs, known, cases, faults);
        return faults.Count == 0 ? annotated : throw new DataException(faults[0]);
    }

    /// <summary>Writes the file, cases in the order given, under their names in the folder.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string path, OrganSet organs, IEnumerable<Case> cases) => IndentedJson.Write(path, json =>
    {
        json.WriteStartObject();
        foreach (Case each in cases)
        {
            json.WriteStartArray(each.NameInFolder);
            foreach (string organ in organs.NamesOf(each.Annotated))
                json.WriteStringValue(organ);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    /// <summary>As the public one, but every unknown name goes to <paramref name="faults"/> and its entry is passed over.</summary>
    internal static Dictionary<string, OrganBits> Read(
        string path, OrganSet organs, OrganBits known, IEnumerable<string> cases, List<string> faults)
    {
        using JsonDocument document = JsonFile.Parse(path);
        JsonElement root = JsonFile.Expect(document.RootElement, JsonValueKind.Object, path, "the file");
        var names = cases.ToHashSet(StringComparer.Ordinal);
        var annotated = new Dictionary<string, OrganBits>(StringComparer.Ordinal);
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            if (!names.Contains(entry.Name))
                faults.Add($"{path}: {entry.Name}: the data set has no such case. Correct the name or delete the entry.");
            JsonFile.Expect(entry.Value, JsonValueKind.Array, path, entry.Name);
            OrganBits bits = 0;
            foreach (JsonElement item in entry.Value.EnumerateArray())
            {
                string organ = JsonFile.Expect(item, JsonValueKind.String, path, entry.Name).GetString()!;
                int k = organs.IndexOf(organ);
                if (k < 0 || !known.Has(k))
                    faults.Add($"{path}: {entry.Name}: the data set has no organ '{organ}'. It has: "
                        + $"{string.Join(", ", organs.NamesOf(known))}.");
                else
                    bits |= OrganBits.Of(k);
            }

            if (!annotated.TryAdd(entry.Name, bits))
                faults.Add($"{path}: {entry.Name}: listed twice. Keep one entry.");
        }

        return annotated;
    }
}
