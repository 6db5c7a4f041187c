using Smile.Host.Cli;
using Smile.Host.Commands;
using Smile.Host.Phantom;
using Smile.Net.Models;
using Smile.Net.Settings;

namespace Smile.Host.Tests.Commands;

public sealed class DemoCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_demo_prints_one_table_and_writes_a_report_that_stands_alone()
    {
        string output = Path.Combine(_folder, "demo");
        foreach (string time in new[] { "first", "again" })
        {
            var result = Demo(output);
            Assert.True(result.ExitCode == 0, $"{time}: {result.Error}");
            foreach (string name in new[] { "baseline", "SMILE ", "SMILEr" })
                Assert.Single(result.Out.Split('\n'), line => line.StartsWith(name, StringComparison.Ordinal));
        }

        string report = File.ReadAllText(Path.Combine(output, "report.html"));
        Assert.DoesNotContain("://", report, StringComparison.OrdinalIgnoreCase);
        foreach (string part in new[] { "Truth and predictions", "Ambiguity map", "pixels added per round", "Label analysis" })
            Assert.Contains(part, report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_something_else_is_left_alone()
    {
        string file = Path.Combine(_folder, "thesis.txt");
        File.WriteAllText(file, "");
        SmileCli.Fails(2, ["demo", "-o", _folder], _folder);
        Assert.Equal([file], Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_methods_differ_in_nothing_but_their_name()
    {
        Demo(Path.Combine(_folder, "demo"));
        string Config(string method) =>
            File.ReadAllText(Path.Combine(_folder, "demo", method, "config.json")).Replace($"\"{method}\"", "", StringComparison.Ordinal);
        Assert.Equal(Config("baseline"), Config("smile"));
        Assert.Equal(Config("smile"), Config("smiler"));
    }

    [Fact]
    public void Pseudo_labels_are_shown_in_the_spacing_that_the_run_trained_in()
    {
        string output = Path.Combine(_folder, "demo");
        var result = Demo(output, new DataSettings { Validation = 0, Spacing = "8,8" });
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("after round 1", File.ReadAllText(Path.Combine(output, "report.html")), StringComparison.Ordinal);
    }

    private static CliResult Demo(string output, DataSettings? data = null)
    {
        using var text = new StringWriter();
        using var error = new StringWriter();
        using var interruption = new Interruption();
        var plan = new DemoPlan
        {
            Phantom = new PhantomOptions { Depth = 12, Height = 48, Width = 48, Seed = 2 },
            TrainingCases = 3,
            TestCases = 1,
            Settings = new RunSettings
            {
                Data = data ?? new DataSettings { Validation = 0 },
                Model = new ModelSettings { Width = 4, Head = "conv" },
                Train = new TrainSettings { Steps = 8, Batch = 2, Size = 48 },
            },
        };
        int code = DemoCommand.Run(new Session(text, error, interruption, live: false), plan, output);
        return new CliResult(code, text.ToString(), error.ToString());
    }
}
