using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smile.Kit.Run;

/// <summary>
/// The measurements of a run, a line of JSON each, in the folder's results.jsonl: written when they are made, so that a run that is killed
/// leaves what it had. One process writes at a time; each line is whole before the next begins.
/// </summary>
/// <param name="folder">The run's folder.</param>
internal sealed class ResultLines(string folder)
{
    /// <summary>The file's name.</summary>
    public const string Name = "results.jsonl";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Lock _lock = new();

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(folder, Name);

    /// <summary>Appends a line: the stage that it is of, and the members of a value.</summary>
    public void Add(string stage, object value)
    {
        var line = new JsonObject { ["stage"] = stage };
        foreach ((string name, JsonNode? member) in JsonSerializer.SerializeToNode(value, _json)!.AsObject())
            line[name] = member?.DeepClone();
        lock (_lock)
        {
            using var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            using var text = new StreamWriter(file);
            text.Write(line.ToJsonString(_json) + "\n");
        }
    }

    /// <summary>All lines so far; what a kill cut off in the middle is left out.</summary>
    public IReadOnlyList<JsonObject> Read()
    {
        var lines = new List<JsonObject>();
        if (!File.Exists(Path))
            return lines;
        using var text = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (text.ReadLine() is { } line)
        {
            try
            {
                lines.Add(JsonNode.Parse(line)!.AsObject());
            }
            catch (JsonException)
            {
                // The line that was being written when its process was killed.
            }
        }

        return lines;
    }
}
