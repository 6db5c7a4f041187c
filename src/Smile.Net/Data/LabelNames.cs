using System.Globalization;
using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>
/// What the integers of label maps mean: the "labels" of a dataset.json or labels.json. Either as nnU-Net writes them,
/// <c>"liver": 1</c>, or as MSD does, <c>"1": "liver"</c>, where several integers may share a name. An integer in quotes is
/// one, as nnU-Net takes it.
/// </summary>
public sealed class LabelNames
{
    private const string BackgroundName = "background", IgnoreName = "ignore";

    private LabelNames(IReadOnlyList<(byte Value, string Name)> entries) => Entries = entries;

    /// <summary>Every integer with its name, background and ignore among them, by integer.</summary>
    public IReadOnlyList<(byte Value, string Name)> Entries { get; }

    /// <summary>The organs' names by their lowest integer.</summary>
    public IEnumerable<string> Organs =>
        Entries.Select(label => label.Name).Where(name => !IsBackground(name) && !IsIgnore(name)).Distinct(StringComparer.Ordinal);

    /// <summary>The integer of voxels that nobody judged; null where none is declared.</summary>
    public byte? Ignore => Entries.Where(label => IsIgnore(label.Name)).Select(label => (byte?)label.Value).FirstOrDefault();

    /// <summary>The lowest integer of an organ of <see cref="Organs"/>.</summary>
    public byte ValueOf(string organ) => Entries.First(label => label.Name == organ).Value;

    /// <summary>Reads a file with "labels".</summary>
    /// <exception cref="DataException">No such file, no JSON, or labels in none of the two forms; the label is named.</exception>
    public static LabelNames Read(string path)
    {
        using JsonDocument document = JsonFile.Parse(path);
        return Of(JsonFile.Expect(document.RootElement, JsonValueKind.Object, path, "the file"), path);
    }

    /// <summary>From the integers to labels in memory; an organ that is not in the set counts as background.</summary>
    public LabelMapping Mapping(OrganSet organs) => new(Entries.Select(label => (label.Value,
        IsIgnore(label.Name) ? Labels.Ignore : organs.IndexOf(label.Name) is >= 0 and int k ? Labels.Of(k) : Labels.Background)));

    /// <summary>The labels of a parsed file.</summary>
    /// <exception cref="DataException">As for <see cref="Read"/>.</exception>
    internal static LabelNames Of(JsonElement root, string path)
    {
        if (JsonFile.Find(root, "labels") is not { } element)
            throw new DataException($"{path}: labels: missing. Write \"labels\": {{\"background\": 0, \"liver\": 1}}.");
        JsonFile.Expect(element, JsonValueKind.Object, path, "labels");
        var byValue = new SortedDictionary<int, string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in element.EnumerateObject())
        {
            (int value, string name, bool nameFirst) = Entry(entry, path);
            if (value is < 0 or > 255)
                throw new DataException($"{path}: labels: '{name}' has the integer {value}; 0 .. 255 are possible. "
                    + "Renumber the label maps.");
            if (value == 0 != IsBackground(name) && (value == 0 || nameFirst))
                throw new DataException($"{path}: labels: '{name}' has the integer {value}; the background, and only it, is 0.");
            if (nameFirst && !names.Add(name))
                throw new DataException($"{path}: labels: '{name}' is given twice. Keep one.");
            if (!byValue.TryAdd(value, name))
                throw new DataException($"{path}: labels: '{name}' and '{byValue[value]}' have the integer {value}. Give each its own.");
        }

        return new LabelNames([.. byValue.Select(label => ((byte)label.Key, label.Value))]);
    }

    private static (int Value, string Name, bool NameFirst) Entry(JsonProperty entry, string path)
    {
        string field = $"labels: '{entry.Name}'";
        if (entry.Value.ValueKind == JsonValueKind.Array)
            throw new DataException($"{path}: {field} is a region (a list of integers). Regions are not supported: "
                + "give each organ one integer, or list the integers as \"1\": \"liver\", \"2\": \"liver\" to merge them.");
        if (entry.Value.ValueKind == JsonValueKind.Number)
            return entry.Value.TryGetInt32(out int value)
                ? (value, entry.Name, true)
                : throw new DataException($"{path}: {field}: {entry.Value.GetRawText()} is no integer.");
        string text = JsonFile.Expect(entry.Value, JsonValueKind.String, path, field).GetString()!;
        if (TryInteger(entry.Name, out int key))
            return (key, text, false);
        return TryInteger(text, out int number)
            ? (number, entry.Name, true)
            : throw new DataException($"{path}: {field}: neither the name nor '{text}' is an integer. "
                + "Write \"liver\": 1 or \"1\": \"liver\".");
    }

    private static bool IsBackground(string name) => name.Equals(BackgroundName, StringComparison.OrdinalIgnoreCase);

    private static bool IsIgnore(string name) => name.Equals(IgnoreName, StringComparison.OrdinalIgnoreCase);

    private static bool TryInteger(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
