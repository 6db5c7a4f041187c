using System.Text.Json;
using Smile.Host.Cli;
using Smile.Net;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Cli;

public sealed class SettingsReaderTests : IDisposable
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_stack_and_the_command_line_wins()
    {
        string a = Write("a.toml", "name = \"a\"\n[train]\nsteps = 10\nrate = 0.5\nflips = true\n");
        string b = Write("b.toml", "[train]\nsteps = 20\nwindow = [-100, 200]\n");
        var read = Read([a, b], ["train.rate=1e-3"]);
        Assert.Equal(("a", 20, 1e-3, true), (read.Name, read.Train.Steps, read.Train.Rate, read.Train.Flips));
        Assert.Equal([-100, 200], read.Train.Window);
    }

    [Theory]
    [InlineData("train.steps=7")]
    [InlineData("train.flips=true")]
    [InlineData("train.window=1,2")]
    [InlineData("name=text with = in it")]
    public void A_value_on_the_command_line_takes_the_type_of_the_default(string assignment) =>
        Assert.NotEqual(JsonSerializer.Serialize(new Example()), JsonSerializer.Serialize(Read([], [assignment])));

    [Fact]
    public void An_unknown_key_in_a_file_names_key_file_and_the_nearest_key()
    {
        string path = Write("bad.toml", "[train]\nsteppes = 3\n");
        Refused([path], [], "train.steppes", path, "'train.steps'");
    }

    [Fact]
    public void An_unknown_key_on_the_command_line_names_the_option() =>
        Refused([], ["train.ratte=3"], "train.ratte", "--set", "'train.rate'");

    [Fact]
    public void A_value_of_the_wrong_type_is_refused() => Refused([], ["train.steps=many"], "train.steps", "many", "a number");

    [Fact]
    public void A_fraction_where_a_whole_number_belongs_is_refused() => Refused([], ["train.steps=1.5"], "train.steps", "--set");

    [Fact]
    public void A_table_where_a_value_belongs_is_refused() => Refused([Write("t.toml", "[name]\nfirst = \"a\"\n")], [], "name.first");

    [Fact]
    public void Broken_TOML_names_file_and_line()
    {
        string path = Write("broken.toml", "[train]\nsteps = = 3\n");
        Refused([path], [], path, "2");
    }

    [Fact]
    public void A_missing_file_is_named() => Refused([Path.Combine(_folder, "absent.toml")], [], "absent.toml");

    private static Example Read(string[] files, string[] assignments) =>
        SettingsOverlay.Over(new Example(), SettingsReader.Read(files, assignments), _json);

    private static void Refused(string[] files, string[] assignments, params string[] parts)
    {
        var error = Assert.Throws<ConfigException>(() => Read(files, assignments));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private sealed record Example(string Name = "none")
    {
        public Part Train { get; init; } = new();
    }

    private sealed record Part(int Steps = 5, double Rate = 0.1, bool Flips = false)
    {
        public double[] Window { get; init; } = [-160, 240];
    }
}
