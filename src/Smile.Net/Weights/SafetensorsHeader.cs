using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Smile.Net.Weights;

/// <summary>The element types of a safetensors file that Smile reads and writes.</summary>
public enum TensorType
{
    F32,
    U32,
    I64,
    U8,
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">Of one element.</param>
/// <param name="Shape">Extents, row-major; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<int> Shape, long Begin, long End)
{
    /// <summary>Elements.</summary>
    public int Count => Shape.Aggregate(1, (a, b) => a * b);
}

/// <summary>The JSON header of a safetensors file: reading it back proves that it describes the file's bytes completely.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const int MaxBytes = 100_000_000;

    private const string MetadataKey = "__metadata__";

    public static int BytesOf(TensorType type) => type switch
    {
        TensorType.I64 => 8,
        TensorType.F32 or TensorType.U32 => 4,
        TensorType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Writes the header, padded with spaces to a multiple of 8 bytes.</summary>
    public static byte[] Write(IReadOnlyList<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            foreach (TensorEntry entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.ToString());
                json.WriteStartArray("shape");
                foreach (int extent in entry.Shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(entry.Begin);
                json.WriteNumberValue(entry.End);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        var header = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    /// <summary>Reads the header of a file whose data part has <paramref name="dataBytes"/> bytes.</summary>
    /// <exception cref="DataException">The header is not of this format or does not describe those bytes exactly.</exception>
    public static (IReadOnlyList<TensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Parse(
        string path, byte[] header, long dataBytes)
    {
        if (header.Length == 0 || header[0] != (byte)'{')
            throw new DataException($"{path}: offset 8: the header does not begin with '{{'; this is not a safetensors file.");
        try
        {
            // Strict UTF-8 first: the JSON reader looks at a string's bytes only when it is asked for.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(header);
            JsonKeys.DemandUnique(header);
            using var document = JsonDocument.Parse(header);
            var entries = new List<TensorEntry>();
            var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                    ReadMetadata(path, property.Value, metadata);
                else
                    entries.Add(ReadEntry(path, property.Name, property.Value));
            }

            CheckLayout(path, entries, dataBytes);
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return (entries, metadata);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            throw new DataException($"{path}: the header is not valid safetensors JSON: {e.Message} Take another copy.", e);
        }
    }

    private static void ReadMetadata(string path, JsonElement value, SortedDictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new DataException($"{path}: {MetadataKey} must be an object of strings.");
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw new DataException($"{path}: {MetadataKey}.{property.Name} must be a string.");
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private static TensorEntry ReadEntry(string path, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() != 3
            || !value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out JsonElement offsets) || offsets.ValueKind != JsonValueKind.Array)
            throw Bad("must have dtype, shape and data_offsets, and nothing else");

        if (!Enum.TryParse(dtype.GetString(), out TensorType type) || type.ToString() != dtype.GetString())
            throw Bad($"has dtype {dtype.GetString()}; known: {string.Join(", ", Enum.GetNames<TensorType>())}. Convert it to F32");

        var extents = new List<int>();
        long count = 1;
        foreach (JsonElement extent in shape.EnumerateArray())
        {
            if (extent.ValueKind != JsonValueKind.Number || !extent.TryGetInt32(out int size) || size < 0)
                throw Bad($"has the extent {extent.GetRawText()} in its shape");
            extents.Add(size);
            count *= size;
            if (count > int.MaxValue)
                throw Bad($"has more than {int.MaxValue} elements");
        }

        var ends = new List<long>();
        foreach (JsonElement offset in offsets.EnumerateArray())
        {
            if (offset.ValueKind != JsonValueKind.Number || !offset.TryGetInt64(out long at) || at < 0)
                throw Bad($"has the data offset {offset.GetRawText()}");
            ends.Add(at);
        }

        long bytes = count * BytesOf(type);
        if (ends.Count != 2 || ends[1] - ends[0] != bytes)
            throw Bad($"has shape [{string.Join(", ", extents)}] of {type}, {bytes} bytes, but data_offsets {offsets.GetRawText()}");
        return new TensorEntry(name, type, extents, ends[0], ends[1]);

        DataException Bad(string what) => new($"{path}: tensor '{name}' {what}.");
    }

    /// <summary>The tensors must fill the data part without hole or overlap.</summary>
    private static void CheckLayout(string path, List<TensorEntry> entries, long dataBytes)
    {
        long at = 0;
        foreach (TensorEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataBytes)
                throw new DataException($"{path}: tensor '{entry.Name}' ends at byte {entry.End} of {dataBytes}; the file is truncated.");
            string where = entry.Begin < at ? "inside the tensor before it" : "after a hole";
            if (entry.Begin != at)
                throw new DataException($"{path}: tensor '{entry.Name}' begins at byte {entry.Begin}, {where}; it must begin at {at}.");
            at = entry.End;
        }

        if (at != dataBytes)
            throw new DataException($"{path}: {dataBytes - at} bytes after the last tensor belong to none.");
    }
}
