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
        Assert.All(events.Zip(events.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Length <= pair.Second.Start + 1e-3));
    }

    [Fact]
    public void A_number_of_steps_that_is_none_exits_2() => SmileCli.Fails(2, ["profile", "--steps", "0"], "--steps 0");

    [Fact]
    public void An_unknown_setting_exits_2() => SmileCli.Fails(2, ["profile", "--set", "train.bath=1"], "train.bath");

    /// <summary>The layers whose row is of the pass.</summary>
    private static string[] Column(string[] rows, string pass) =>
        [.. rows.Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(cells => cells.Length > 5 && cells[1] == pass)
            .Select(cells => cells[0])];
}
