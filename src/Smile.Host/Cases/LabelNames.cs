using System.Globalization;
using System.Text.Json;
using Smile.Net;
using Smile.Net.Data;

namespace Smile.Host.Cases;

/// <summary>
/// What the integers of label maps mean, from a JSON file with "labels": name -> integer (nnU-Net) or integer -> name (MSD).
/// </summary>
internal sealed class LabelNames
{
    private readonly IReadOnlyList<(byte Value, string Name)> _entries;

    private LabelNames(IReadOnlyList<(byte Value, string Name)> entries) => _entries = entries;

    /// <summary>Every integer and its name, by integer.</summary>
    public IReadOnlyList<(byte Value, string Name)> Entries => _entries;

    /// <summary>The organs, by their integers.</summary>
    public IEnumerable<string> Organs => _entries.Select(e => e.Name)
        .Where(name => !Is(name, "background") && !Is(name, "ignore"))
        .Distinct(StringComparer.Ordinal);

    /// <summary>From the integers to labels in memory; an organ that is not in the set counts as background.</summary>
    public LabelMapping Mapping(OrganSet organs) => new(_entries.Select(e =>
        (e.Value, Is(e.Name, "ignore") ? Labels.Ignore : organs.IndexOf(e.Name) is >= 0 and int k ? Labels.Of(k) : Labels.Background)));

    /// <summary>
    /// The names that lie beside a label map or a folder of them: NAME.labels.json, labels.json, dataset.json, or dataset.json one
    /// folder up.
    /// </summary>
    public static LabelNames? Beside(string path)
    {
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] places =
        [
            LabelFiles.NamesFileOf(path), Path.Combine(folder, LabelFiles.NamesFile), Path.Combine(folder, "dataset.json"),
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder, "dataset.json"),
        ];
        return places.FirstOrDefault(File.Exists) is { } found ? Read(found) : null;
    }

    /// <summary>Reads the names.</summary>
    /// <exception cref="DataException">No such file, or no labels in one of the two forms.</exception>
    public static LabelNames Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            var labels = document.RootElement.GetProperty("labels");
            return new LabelNames([.. labels.EnumerateObject().Select(Entry).OrderBy(entry => entry.Value)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException or OverflowException)
        {
            throw new DataException($"{path}: cannot be read as names of labels: {e.Message} An object \"labels\": {{ \"liver\": 1, ... "
                + "}} is expected.", e);
        }
    }

    private static (byte Value, string Name) Entry(JsonProperty entry) => entry.Value.ValueKind == JsonValueKind.Number
        ? (entry.Value.GetByte(), entry.Name)
        : (byte.Parse(entry.Name, CultureInfo.InvariantCulture), entry.Value.GetString()!);

    private static bool Is(string name, string word) => string.Equals(name, word, StringComparison.OrdinalIgnoreCase);
}
