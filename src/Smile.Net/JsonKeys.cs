using System.Text.Json;

namespace Smile.Net;

/// <summary>
/// Refuses JSON in which an object has a key twice. .NET's own option for it (AllowDuplicateProperties) draws a random number by OpenSSL,
/// and ends the process where there is none.
/// </summary>
internal static class JsonKeys
{
    /// <summary>Reads a text through.</summary>
    /// <param name="utf8">The text.</param>
    /// <exception cref="JsonException">It is no JSON, or a key is there twice.</exception>
    public static void DemandUnique(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        var objects = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                objects.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                objects.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && Key(in reader) is var key && !objects.Peek().Add(key))
                throw new JsonException($"the key '{key}' is there twice.");
        }
    }

    private static string Key(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a key is no text.", e); // half of a surrogate pair
        }
    }
}
