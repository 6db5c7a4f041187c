using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smile.Net.Settings;

public sealed partial record RunSettings
{
    private static readonly SettingsJson Context = new(new JsonSerializerOptions(SettingsJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // people read it: bce+dice, not bce\u002Bdice; it goes into no web page
    });

    /// <summary>How settings are written as JSON: snake case, unknown keys refused.</summary>
    public static JsonSerializerOptions Json => Context.Options;

    /// <summary>The settings as JSON text, every key written out.</summary>
    public string ToText() => JsonSerializer.Serialize(this, Context.RunSettings);

    /// <summary>These settings with what is given over them; ranges are checked by <see cref="Validate"/>.</summary>
    /// <exception cref="ConfigException">A key is unknown, or a value has the wrong type.</exception>
    public RunSettings With(IEnumerable<GivenSetting> given) => SettingsOverlay.Over(this, given, Json);

    /// <summary>Reads settings from JSON text; what it does not give is the default.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="source">Where the text came from, for error messages.</param>
    /// <exception cref="ConfigException">
    /// The text is no JSON object, a key is unknown, or a value has the wrong type or lies outside its range.
    /// </exception>
    public static RunSettings FromText(string text, string source)
    {
        JsonNode? node;
        try
        {
            JsonKeys.DemandUnique(Encoding.UTF8.GetBytes(text));
            node = JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new ConfigException($"{source}: {e.Message}", e);
        }

        JsonObject given = node as JsonObject ?? throw new ConfigException($"{source}: a JSON object of settings is expected.");
        RunSettings settings = new RunSettings().With(
            SettingsOverlay.Flatten(given).Select(leaf => new GivenSetting(leaf.Key, leaf.Value, source)));
        try
        {
            settings.Validate();
        }
        catch (ConfigException e)
        {
            throw new ConfigException($"{source}: {e.Message}", e);
        }

        return settings;
    }
}

/// <summary>JSON of the settings: snake case, unknown members refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RunSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
