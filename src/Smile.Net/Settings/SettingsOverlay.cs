using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smile.Net.Settings;

/// <summary>A setting that somebody gave.</summary>
/// <param name="Key">Dotted, "train.batch".</param>
/// <param name="Value">Text where it comes from a command line: it becomes what the setting is.</param>
/// <param name="Where">The file or option that it stands in, for messages.</param>
public readonly record struct GivenSetting(string Key, JsonNode? Value, string Where);

/// <summary>
/// The one way in which settings lie over settings: files, the command line, a study's variants and what a run folder or a
/// checkpoint holds. The known keys are those of the settings below, written as JSON and joined by dots; any other key is refused by name.
/// </summary>
public static class SettingsOverlay
{
    /// <summary>The settings with what is given over them; of one key the last counts.</summary>
    /// <param name="basis">What holds where nothing is given.</param>
    /// <param name="given">In their order.</param>
    /// <param name="json">How <typeparamref name="T"/> is written as JSON.</param>
    /// <exception cref="ConfigException">A key is unknown, or a value does not fit; key and place are named.</exception>
    public static T Over<T>(T basis, IEnumerable<GivenSetting> given, JsonSerializerOptions json)
    {
        JsonObject tree = JsonSerializer.SerializeToNode(basis, json)!.AsObject();
        var known = Flatten(tree).ToDictionary(leaf => leaf.Key, leaf => leaf.Value, StringComparer.Ordinal);
        var where = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (GivenSetting setting in given)
        {
            if (!known.TryGetValue(setting.Key, out JsonNode? present))
            {
                bool group = known.Keys.Any(key => key.StartsWith(setting.Key + ".", StringComparison.Ordinal));
                if (group && setting.Value is JsonObject) // an empty one
                    continue;
                throw new ConfigException(group ? $"{setting.Where}: '{setting.Key}' is a group of settings, not a value."
                    : $"{setting.Where}: unknown key '{setting.Key}'."
                        + (NearestKey.Find(setting.Key, known.Keys) is { } near ? NearestName.Question(near)
                            : " 'smile train --show-settings' lists all."));
            }

            Set(tree, setting.Key, Fitted(setting, present));
            where[setting.Key] = setting.Where;
        }

        try
        {
            return tree.Deserialize<T>(json)!;
        }
        catch (JsonException e)
        {
            string key = (e.Path ?? "").TrimStart('$', '.'), place = where.GetValueOrDefault(key) ?? where.Values.LastOrDefault("settings");
            throw new ConfigException($"{place}: {key}: the value does not fit: {e.Message}", e);
        }
    }

    /// <summary>The leaves of a JSON object under dotted keys, in their order; arrays and empty groups are leaves.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Flatten(JsonObject tree, string prefix = "") =>
        tree.SelectMany(member => member.Value is JsonObject { Count: > 0 } group
            ? Flatten(group, $"{prefix}{member.Key}.")
            : [new KeyValuePair<string, JsonNode?>(prefix + member.Key, member.Value)]);

    /// <summary>The value as JSON of the kind that the setting has; text is parsed to it.</summary>
    private static JsonNode? Fitted(GivenSetting setting, JsonNode? present)
    {
        JsonValueKind wanted = present?.GetValueKind() ?? JsonValueKind.Null, given = setting.Value?.GetValueKind() ?? JsonValueKind.Null;
        string text = given == JsonValueKind.String ? setting.Value!.GetValue<string>() : "";
        return (wanted, given) switch
        {
            (JsonValueKind.Number, JsonValueKind.String) when Number(text) is { } number => number,
            (JsonValueKind.True or JsonValueKind.False, JsonValueKind.String) when bool.TryParse(text, out bool flag) => flag,
            (JsonValueKind.Array, JsonValueKind.String) => new JsonArray([.. text
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(item => Number(item) ?? JsonValue.Create(item))]),
            (JsonValueKind.True or JsonValueKind.False, JsonValueKind.True or JsonValueKind.False) => setting.Value!.DeepClone(),
            (JsonValueKind.Null, _) => setting.Value?.DeepClone(), // a setting that may be left out
            _ when wanted == given => setting.Value!.DeepClone(),
            _ => throw new ConfigException($"{setting.Where}: key '{setting.Key}' is '{setting.Value?.ToJsonString() ?? "null"}'; "
                + $"{Expected(wanted)} is expected, as in {setting.Key} = {present?.ToJsonString()}."),
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

    private static void Set(JsonObject tree, string key, JsonNode? value)
    {
        string[] parts = key.Split('.');
        foreach (string part in parts[..^1])
            tree = tree[part]!.AsObject();
        tree[parts[^1]] = value;
    }
}
