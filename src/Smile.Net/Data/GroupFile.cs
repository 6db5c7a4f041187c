using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>
/// groups.json: which cases belong to one patient, <c>{ "case_001": "p0001", "case_002": "p0001" }</c>. Such cases stay on one side of
/// every split. A group may be named after one of its cases. A case that is not listed stands alone; no file says that all do.
/// </summary>
public static class GroupFile
{
    /// <summary>The file's name, beside dataset.json.</summary>
    public const string FileName = "groups.json";

    /// <summary>Reads the groups of a folder's cases; none where there is no file.</summary>
    /// <param name="folder">The data set's.</param>
    /// <param name="cases">The names of its cases.</param>
    /// <exception cref="DataException">No JSON of this form, a case that the data set does not have or that is listed twice.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder, IEnumerable<string> cases)
    {
        var faults = new List<string>();
        IReadOnlyDictionary<string, string> groups = Read(folder, cases, faults);
        return faults.Count == 0 ? groups : throw new DataException(faults[0]);
    }

    /// <summary>Writes the file, in the order given.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(string folder, IEnumerable<(string Case, string Group)> groups) =>
        IndentedJson.Write(Path.Combine(folder, FileName), json =>
        {
            json.WriteStartObject();
            foreach ((string id, string group) in groups)
                json.WriteString(id, group);
            json.WriteEndObject();
        });

    /// <summary>
    /// As the public one, but what is wrong with single entries goes to <paramref name="faults"/> and they are passed over.
    /// </summary>
    internal static Dictionary<string, string> Read(string folder, IEnumerable<string> cases, List<string> faults)
    {
        string path = Path.Combine(folder, FileName);
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return groups;
        using JsonDocument document = JsonFile.Parse(path);
        var names = cases.ToHashSet(StringComparer.Ordinal);
        foreach (JsonProperty entry in JsonFile.Expect(document.RootElement, JsonValueKind.Object, path, "the file").EnumerateObject())
        {
            string group = JsonFile.Expect(entry.Value, JsonValueKind.String, path, entry.Name).GetString()!;
            if (!names.Contains(entry.Name))
                faults.Add($"{path}: {entry.Name}: the data set has no such case. Correct the name or delete the entry.");
            else if (group.Length == 0)
                faults.Add($"{path}: {entry.Name}: its group has no name. Name it, or delete the entry of a case that stands alone.");
            else if (!groups.TryAdd(entry.Name, group))
                faults.Add($"{path}: {entry.Name}: listed twice. Keep one entry.");
        }

        // { "case_002": "case_001" } says of both that they are one patient.
        foreach (string name in groups.Values.Where(names.Contains).ToArray())
            groups.TryAdd(name, name);
        return groups;
    }
}
