using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    private static readonly SettingsJson Context = new(new JsonSerializerOptions(SettingsJson.Default.Options) { WriteIndented = true });

    /// <summary>How settings are written as JSON: snake case, unknown keys refused.</summary>
    public static JsonSerializerOptions Json => Context.Options;

    /// <summary>The settings as JSON text, every key written out.</summary>
    public string ToText() => JsonSerializer.Serialize(this, Context.RunSettings);

    /// <summary>Reads settings; what the object does not give comes from <paramref name="basis"/> (default: the defaults).</summary>
    /// <exception cref="ConfigException">A key is unknown, or a value has the wrong type or lies outside its range.</exception>
    public static RunSettings FromJson(JsonObject given, RunSettings? basis = null)
    {
        JsonObject all = JsonSerializer.SerializeToNode(basis ?? new RunSettings(), Context.RunSettings)!.AsObject();
        Merge(all, given, "");
        try
        {
            RunSettings settings = all.Deserialize(Context.RunSettings)!;
            settings.Validate();
            return settings;
        }
        catch (JsonException e)
        {
            throw new ConfigException($"{e.Path?.TrimStart('$', '.')}: the value does not fit: {e.Message}", e);
        }
    }

    /// <summary>Reads settings from JSON text, as <see cref="FromJson"/>.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="source">Where the text came from, for error messages.</param>
    /// <exception cref="ConfigException">As for <see cref="FromJson"/>, or the text is no JSON object.</exception>
    public static RunSettings FromText(string text, string source)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            return FromJson(node as JsonObject ?? throw new ConfigException("a JSON object of settings is expected."));
        }
        catch (Exception e) when (e is JsonException or ConfigException)
        {
            throw new ConfigException($"{source}: {e.Message}", e);
        }
    }

    /// <summary>Lays <paramref name="given"/> over <paramref name="all"/>; every key must be there already.</summary>
    private static void Merge(JsonObject all, JsonObject given, string prefix)
    {
        foreach (var (name, value) in given)
        {
            string key = prefix + name;
            if (!all.TryGetPropertyValue(name, out JsonNode? present))
                throw Unknown(key, all.Root.AsObject());
            if (present is JsonObject section)
                Merge(section, value as JsonObject ?? throw new ConfigException($"{key} is a group of settings, not a value."), key + ".");
            else
                all[name] = value?.DeepClone();
        }
    }

    private static ConfigException Unknown(string key, JsonObject all)
    {
        string section = key.Contains('.', StringComparison.Ordinal) ? key[..(key.LastIndexOf('.') + 1)] : "";
        var known = Keys(all).Where(k => k.StartsWith(section, StringComparison.Ordinal)).ToList();
        return new ConfigException($"unknown setting '{key}'. Known: {string.Join(", ", known.Count > 0 ? known : Keys(all))}.");
    }

    private static IEnumerable<string> Keys(JsonObject all, string prefix = "") => all.SelectMany(pair =>
        pair.Value is JsonObject section ? Keys(section, prefix + pair.Key + ".") : [prefix + pair.Key]);
}

/// <summary>JSON of the settings: snake case, unknown members refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
