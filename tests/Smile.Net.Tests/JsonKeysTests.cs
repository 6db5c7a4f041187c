using System.Text;
using System.Text.Json;

namespace Smile.Net.Tests;

public sealed class JsonKeysTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("1")]
    [InlineData("""{ "a": 1, "b": { "a": 2 }, "c": [{ "a": 3 }, { "a": 4 }], "A": 5 }""")]
    public void Keys_that_are_each_there_once_pass(string json) => JsonKeys.DemandUnique(Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("""{ "a": 1, "b": 2, "a": 3 }""", "'a'")]
    [InlineData("""{ "a": { "b": { "c": 1, "c": 2 } } }""", "'c'")]
    [InlineData("""{ "a": [1, { "b": 1, "b": 2 }] }""", "'b'")]
    [InlineData("""{ "a": 1, "\u0061": 2 }""", "'a'")]
    [InlineData("""{ "\ud800": 1 }""", "no text")]
    [InlineData("""{ "a": 1 } { "a": 1 }""", "")]
    [InlineData("""{ "a": """, "")]
    public void A_key_that_is_there_twice_is_refused_and_so_is_what_is_no_JSON(string json, string part)
    {
        var e = Assert.ThrowsAny<JsonException>(() => JsonKeys.DemandUnique(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
