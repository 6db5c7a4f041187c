using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Net;
using Smile.Net.Augment;
using Smile.Net.Settings;
using Tomlyn;
using Tomlyn.Model;

namespace Smile.Host.Cli;

/// <summary>
/// Settings from <c>--config FILE.toml</c> (several stack, the later wins) and <c>--set key=value</c> (wins over files). The known
/// keys are those of the defaults written as JSON, joined by dots ("train.batch"); any other key is refused by name.
/// </summary>
internal static class SettingsReader
{
    /// <summary>One value and where it was written, for messages.</summary>
    private readonly record struct Entry(string Key, object Value, string Where);

    /// <summary>
    /// The settings of a run: as <see cref="Read"/>, where a preset that is named stands before the single settings beside it, whatever their order.
    /// </summary>
    /// <exception cref="ConfigException">As of <see cref="Read"/>, or there is no such preset.</exception>
    public static RunSettings ReadRun(RunSettings defaults, IReadOnlyList<string> files, IReadOnlyList<string> assignments)
    {
        RunSettings settings = Read(defaults, files, assignments, RunSettings.Json);
        string preset = settings.Augment.Preset;
        return preset == defaults.Augment.Preset ? settings
            : Read(defaults with { Augment = AugmentPresets.Of(preset) }, files, assignments, RunSettings.Json);
    }

    /// <summary>The defaults with what the files and the command line change.</summary>
    /// <exception cref="ConfigException">A file cannot be read or parsed, a key is unknown, a value has the wrong type.</exception>
    public static T Read<T>(T defaults, IEnumerable<string> files, IEnumerable<string> assignments, JsonSerializerOptions json)
    {
        var tree = JsonSerializer.SerializeToNode(defaults, json)!.AsObject();
        var known = Flatten(tree, "").ToDictionary(leaf => leaf.Key, leaf => leaf.Value, StringComparer.Ordinal);
        string where = "";
        foreach (var entry in files.SelectMany(FromFile).Concat(assignments.Select(FromAssignment)))
        {
            if (!known.TryGetValue(entry.Key, out var old))
                throw new ConfigException($"{entry.Where}: unknown key '{entry.Key}'. Did you mean "
                    + $"'{NearestName.Find(entry.Key, known.Keys)}'?");
            Put(tree, entry.Key, Convert(entry, old));
            where = entry.Where;
        }

        try
        {
            return tree.Deserialize<T>(json)!;
        }
        catch (JsonException e)
        {
            throw new ConfigException($"{where}: key '{e.Path}' has a value that does not fit: {e.Message}", e);
        }
    }

    /// <summary>The leaves of a JSON object under dotted keys, in their order; arrays are leaves.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Flatten(JsonObject tree, string prefix) =>
        tree.SelectMany(member => member.Value is JsonObject inner
            ? Flatten(inner, $"{prefix}{member.Key}.")
            : [new KeyValuePair<string, JsonNode?>(prefix + member.Key, member.Value)]);

    private static IEnumerable<Entry> FromFile(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"{path}: cannot be read: {e.Message} Give a TOML file to --config.", e);
        }

        try
        {
            return Flatten(TomlSerializer.Deserialize<TomlTable>(text)!, "", path).ToList();
        }
        catch (TomlException e)
        {
            throw new ConfigException($"{path}: not valid TOML: {e.Message}", e);
        }
    }

    private static IEnumerable<Entry> Flatten(TomlTable table, string prefix, string path) =>
        table.SelectMany(member => member.Value is TomlTable inner
            ? Flatten(inner, $"{prefix}{member.Key}.", path)
            : [new Entry(prefix + member.Key, member.Value, path)]);

    private static Entry FromAssignment(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new ConfigException($"--set {text}: 'key=value' is expected, as in --set train.steps=200.");
        return new Entry(text[..equals].Trim(), text[(equals + 1)..].Trim(), "--set");
    }

    /// <summary>The value as JSON of the kind the default has; text from the command line is parsed to it.</summary>
    private static JsonNode? Convert(Entry entry, JsonNode? old)
    {
        var kind = old?.GetValueKind() ?? JsonValueKind.Null;
        return (kind, entry.Value) switch
        {
            (JsonValueKind.Number, long whole) => JsonValue.Create(whole),
            (JsonValueKind.Number, double real) => JsonValue.Create(real),
            (JsonValueKind.Number, string text) when Number(text) is { } number => number,
            (JsonValueKind.True or JsonValueKind.False, bool flag) => JsonValue.Create(flag),
            (JsonValueKind.True or JsonValueKind.False, string text) when bool.TryParse(text, out bool flag) => JsonValue.Create(flag),
            (JsonValueKind.String or JsonValueKind.Null, string text) => JsonValue.Create(text),
            (JsonValueKind.Array, TomlArray items) => new JsonArray([.. items.Select(item => JsonSerializer.SerializeToNode(item))]),
            (JsonValueKind.Array, string text) => new JsonArray([.. text
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(item => Number(item) ?? JsonValue.Create(item))]),
            _ => throw new ConfigException($"{entry.Where}: key '{entry.Key}' is '{entry.Value}'; {Expected(kind)} is expected, as in "
                + $"{entry.Key} = {old?.ToJsonString()}."),
        };
    }

    /// <summary>A whole number where it is one, so that it fits an integer; null for text.</summary>
    private static JsonValue? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
            ? JsonValue.Create(whole)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real)
                ? JsonValue.Create(real)
                : null;

    private static string Expected(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Array => "a list",
        _ => "text",
    };

    private static void Put(JsonObject tree, string key, JsonNode? value)
    {
        string[] parts = key.Split('.');
        foreach (string part in parts[..^1])
            tree = tree[part]!.AsObject();
        tree[parts[^1]] = value;
    }
}
