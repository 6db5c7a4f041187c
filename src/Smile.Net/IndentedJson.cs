using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smile.Net;

/// <summary>
/// How JSON that people read is written: four blanks an indent, '\n' at the end of a line, letters of any language as they are.
/// </summary>
public static class IndentedJson
{
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        IndentSize = 4,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // no web page holds these files
    };

    /// <summary>Writes a file as a whole.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public static void Write(string path, Action<Utf8JsonWriter> content) => AtomicFile.Write(path, stream =>
    {
        using (var json = new Utf8JsonWriter(stream, _options))
            content(json);
        stream.Write("\n"u8);
    });

    /// <summary>As the other form, for what is there already.</summary>
    public static void Write(string path, JsonObject content) => Write(path, json => content.WriteTo(json));
}
