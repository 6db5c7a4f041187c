namespace Smile.Host.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public void Help_lists_every_verb_and_the_exit_codes()
    {
        var help = Cli.Run("--help");
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("devices", help.Out, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", help.Out, StringComparison.Ordinal);
        Assert.Equal("", help.Error);
    }

    [Fact]
    public void An_unknown_verb_exits_2_and_suggests_help()
    {
        var result = Cli.Run("devizes");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("devizes", result.Error, StringComparison.Ordinal);
        Assert.Contains("smile --help", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public void An_unknown_option_exits_2_and_names_the_verb()
    {
        var result = Cli.Run("devices", "--all");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--all", result.Error, StringComparison.Ordinal);
        Assert.Contains("smile devices --help", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_verb_exits_2() => Assert.Equal(2, Cli.Run().ExitCode);

    [Fact]
    public void Devices_are_listed()
    {
        var result = Cli.Run("devices");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("scalar", result.Out, StringComparison.Ordinal);
    }
}
