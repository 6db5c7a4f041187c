using System.Text.Json;
using System.Text.Json.Nodes;
using Smile.Net;
using Smile.Net.Augment;
using Smile.Net.Settings;
using Tomlyn;
using Tomlyn.Model;

namespace Smile.Host.Cli;

/// <summary>Settings from <c>--config FILE.toml</c> (several stack, the later wins) and <c>--set key=value</c> (wins over files).</summary>
internal static class SettingsReader
{
    /// <summary>What the files and the command line give, in the order in which it counts.</summary>
    /// <exception cref="ConfigException">A file cannot be read or parsed, an assignment has no key.</exception>
    public static IEnumerable<GivenSetting> Read(IEnumerable<string> files, IEnumerable<string> assignments) =>
        files.SelectMany(FromFile).Concat(assignments.Select(FromAssignment));

    /// <summary>
    /// The settings of a run with what the files and the command line give over them; a preset that is named stands before the single
    /// settings beside it, whatever their order.
    /// </summary>
    /// <exception cref="ConfigException">As of <see cref="Read"/>, a key or a preset is unknown, a value has the wrong type.</exception>
    public static RunSettings ReadRun(RunSettings basis, IEnumerable<string> files, IEnumerable<string> assignments)
    {
        GivenSetting[] given = [.. Read(files, assignments)];
        RunSettings settings = basis.With(given);
        string preset = settings.Augment.Preset;
        return preset == basis.Augment.Preset ? settings : (basis with { Augment = AugmentPresets.Of(preset) }).With(given);
    }

    private static List<GivenSetting> FromFile(string path)
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
            return [.. Flatten(TomlSerializer.Deserialize<TomlTable>(text)!, "", path)];
        }
        catch (TomlException e)
        {
            throw new ConfigException($"{path}: not valid TOML: {e.Message}", e);
        }
    }

    private static IEnumerable<GivenSetting> Flatten(TomlTable table, string prefix, string path) =>
        table.SelectMany(member => member.Value is TomlTable inner
            ? Flatten(inner, $"{prefix}{member.Key}.", path)
            : [new GivenSetting(prefix + member.Key, Json(member.Value), path)]);

    private static JsonNode? Json(object value) => value is TomlArray items
        ? new JsonArray([.. items.Select(item => JsonSerializer.SerializeToNode(item))])
        : JsonSerializer.SerializeToNode(value);

    private static GivenSetting FromAssignment(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new ConfigException($"--set {text}: 'key=value' is expected, as in --set train.steps=200.");
        return new GivenSetting(text[..equals].Trim(), text[(equals + 1)..].Trim(), "--set");
    }
}
