using System.Text.Json;

namespace Smile.Host.Tests.Commands;

public sealed class ProfileCommandTests : IDisposable
{
    private static readonly string[] _small =
        ["profile", "--steps", "2", "--threads", "1", "--set", "train.size=48", "--set", "train.batch=1", "--set", "model.width=8"];

    private readonly string _folder = Directory.CreateTempSubdirectory("smile-profile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("smile")]
    [InlineData("baseline")]
    public void Every_layer_is_timed_in_both_directions_and_the_trace_covers_the_step(string method)
    {
        string trace = Path.Combine(_folder, "step.json");
        var result = SmileCli.Run([.. _small, "--set", $"train.method={method}", "--trace", trace]);
        Assert.True(result.ExitCode == 0, result.Error);
        string[] rows = result.Out.Split('\n');
        Assert.Equal(
            [.. Column(rows, "forward").Reverse()],
            Column(rows, "backward"));
        Assert.Contains(rows, row => row.StartsWith("waiting for data", StringComparison.Ordinal));
        Assert.Contains("GFLOP/s and", result.Out, StringComparison.Ordinal);

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(trace));
        var events = json.RootElement.GetProperty("traceEvents").EnumerateArray().Select(e =>
            (Part: e.GetProperty("cat").GetString(), Start: e.GetProperty("ts").GetDouble(), Length: e.GetProperty("dur").GetDouble()))
            .ToArray();
        Assert.Equal(["input", "forward", "loss", "backward", "update"], events.Select(e => e.Part).Distinct());
        JsonElement layer = json.RootElement.GetProperty("traceEvents").EnumerateArray()
            .First(e => e.GetProperty("cat").GetString() == "forward");
        Assert.NotEqual("", layer.GetProperty("args").GetProperty("computed by").GetString());
        Assert.All(events.Zip(events.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Length <= pair.Second.Start + 1e-3));
    }

    [Fact]
    public void The_slowest_come_first_and_a_later_profile_is_compared_with_a_file()
    {
        string file = Path.Combine(_folder, "before.json");
        var first = SmileCli.Run([.. _small, "--top", "5", "--json", file]);
        Assert.True(first.ExitCode == 0, first.Error);
        double[] times = [.. Times(first.Out)];
        Assert.Equal(5, times.Length);
        Assert.Equal(times.OrderDescending(), times);

        using (JsonDocument json = JsonDocument.Parse(File.ReadAllText(file)))
        {
            Assert.True(json.RootElement.GetProperty("weights").GetInt64() > 1000);
            Assert.All(json.RootElement.GetProperty("layers").EnumerateArray(), row => Assert.True(row.GetProperty("ms").GetDouble() > 0));
        }

        // A layer that is no more is told, as is the step that took ten times as long.
        string text = File.ReadAllText(file).Replace("\"conv1\"", "\"gone\"", StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace("\"step_ms\": ", "\"step_ms\": 9", StringComparison.Ordinal));
        var second = SmileCli.Run([.. _small, "--compare", file]);
        Assert.True(second.ExitCode == 0, second.Error);
        string[][] rows = [.. second.Out.Split('\n').Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal("-", Assert.Single(rows, row => row is ["gone", "forward", ..])[3]);
        Assert.Equal("-", Assert.Single(rows, row => row is ["conv1", "forward", ..])[2]);
        string change = rows.First(row => row is ["whole", "step", ..])[^2];
        Assert.True(double.Parse(change, System.Globalization.CultureInfo.InvariantCulture) < 0, change);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{ \"layers\": 3 }")]
    [InlineData("[]")]
    public void What_is_no_profile_exits_3(string text)
    {
        string file = Path.Combine(_folder, "before.json");
        File.WriteAllText(file, text);
        SmileCli.Fails(3, [.. _small, "--compare", file], "before.json: cannot be read as a profile");
    }

    [Fact]
    public void A_number_of_rows_that_is_none_exits_2() => SmileCli.Fails(2, ["profile", "--top", "-1"], "--top -1");

    [Fact]
    public void A_number_of_steps_that_is_none_exits_2() => SmileCli.Fails(2, ["profile", "--steps", "0"], "--steps 0");

    [Fact]
    public void An_unknown_setting_exits_2() => SmileCli.Fails(2, ["profile", "--set", "train.bath=1"], "train.bath");

    /// <summary>Milliseconds of the rows of layers.</summary>
    private static IEnumerable<double> Times(string text) => text.Split('\n')
        .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(row => row is [_, "forward" or "backward", ..])
        .Where(row => row[2] != "").Select(row => row[3]).Where(cell => double.TryParse(cell, out _))
        .Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The layers whose row is of the pass.</summary>
    private static string[] Column(string[] rows, string pass) =>
        [.. rows.Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(cells => cells.Length > 5 && cells[1] == pass)
            .Select(cells => cells[0])];
}
