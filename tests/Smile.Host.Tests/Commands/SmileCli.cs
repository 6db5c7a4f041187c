using Smile.Host.Commands;

namespace Smile.Host.Tests.Commands;

/// <summary>What a command line returned and wrote.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error);

/// <summary>Runs the command line inside the test's process.</summary>
internal static class SmileCli
{
    public static CliResult Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = SmileProgram.Run(args, output, error);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Asserts that the command fails with the code and one line that holds every part.</summary>
    public static void Fails(int exitCode, string[] args, params string[] parts)
    {
        var result = Run(args);
        Assert.True(result.ExitCode == exitCode, $"exit {result.ExitCode}, expected {exitCode}: {result.Error}");
        string line = Assert.Single(result.Error.Split('\n'), l => l.StartsWith("smile: error:", StringComparison.Ordinal));
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
