using System.Text.Json;

namespace Smile.Net.Data;

/// <summary>Reads the small JSON files of a data set; every failure names the file.</summary>
internal static class JsonFile
{
    // The largest dataset.json in the wild lists some ten thousand cases, about 2 MB.
    private const long MaxBytes = 64L << 20;

    /// <summary>Parses a whole file; a UTF-8 byte order mark is passed over.</summary>
    /// <exception cref="DataException">The file cannot be read, is too large, or is not JSON (line and position are named).</exception>
    public static JsonDocument Parse(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new DataException($"{path}: {length} bytes; at most {MaxBytes} are read. Is it the right file?");
            ReadOnlyMemory<byte> text = File.ReadAllBytes(path);
            return JsonDocument.Parse(text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new DataException($"{path}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}. "
                + "Correct it there.", e);
        }
    }

    /// <summary>A property of an object, or null where it is absent or null.</summary>
    public static JsonElement? Find(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Complains unless the element is of the kind.</summary>
    public static JsonElement Expect(JsonElement element, JsonValueKind kind, string path, string field) =>
        element.ValueKind == kind
            ? element
            : throw new DataException($"{path}: {field}: {Word(kind)} expected, {Word(element.ValueKind)} found.");

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object {...}",
        JsonValueKind.Array => "a list [...]",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
