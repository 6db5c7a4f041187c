using Smile.Net.Settings;

namespace Smile.Net.Tests.Settings;

public sealed class MemoryLimitTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1000", 1000)]
    [InlineData("3KiB", 3 << 10)]
    [InlineData("5 MiB", 5 << 20)]
    [InlineData("24GiB", 24L << 30)]
    [InlineData("2 TiB", 2L << 40)]
    public void Bytes_have_units(string text, long bytes)
    {
        Assert.Equal(bytes, MemoryLimit.Parse(text));
        Assert.Equal(bytes, MemoryLimit.Bytes(text, available: 1));
    }

    [Fact]
    public void Auto_is_a_share_of_what_the_process_may_use()
    {
        Assert.Null(MemoryLimit.Parse("auto"));
        Assert.Equal(75, MemoryLimit.Bytes("auto", available: 100));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("1.5GiB")]
    [InlineData("24GB")]
    [InlineData("all")]
    [InlineData("9000000TiB")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_refused(string text)
    {
        var settings = new RunSettings { Data = new DataSettings { Memory = text } };
        string message = Assert.Throws<ConfigException>(settings.Validate).Message;
        Assert.Contains($"data.memory is '{text}'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_file_that_does_not_name_it_means_auto() =>
        Assert.Equal("auto", RunSettings.FromText("""{ "data": { "folders": [] } }""", "config.json").Data.Memory);
}
