using Smile.Bench;
using Smile.Kernels.Ops.Conv2d;
using Smile.Ladder;

namespace Smile.PtxEmulator.Tests.Reports;

public sealed class BenchHelpTests
{
    public static TheoryData<string> Commands =>
    [
        "cpu", "accuracy", "gradients", "ptx", "gpu", "dicom", "memory", "hashes", "conv", "curve", "augment", "micro", "golden",
    ];

    [Theory, MemberData(nameof(Commands))]
    public void Each_command_has_its_own_help(string command)
    {
        string? help = BenchHelp.Asked(command == "micro" ? ["--help", command] : [command, "--help"]);
        Assert.NotNull(help);
        Assert.StartsWith(command == "micro" ? "Smile.Bench COMMAND" : $"  {command} ", help, StringComparison.Ordinal);
        Assert.Contains($"\n  {command} ", BenchHelp.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory --check --help")]
    [InlineData("ptx --kernel --help")]
    [InlineData("golden -h")]
    [InlineData("conv 9 -?")]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("nothing --help")]
    public void Help_is_shown_wherever_it_is_asked_for(string line) => Assert.NotNull(BenchHelp.Asked(line.Split(' ')));

    [Fact]
    public void A_paragraph_ends_where_the_next_command_begins()
    {
        string memory = BenchHelp.Asked(["memory", "--help"])!;
        Assert.Contains("512 x 512 x 1000", memory, StringComparison.Ordinal);
        Assert.DoesNotContain("  hashes", memory, StringComparison.Ordinal);
        Assert.DoesNotContain("On Debian", BenchHelp.Asked(["golden", "--help"])!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory --check")]
    [InlineData("micro --help")]
    [InlineData("golden helpful")]
    public void What_asks_for_no_help_runs(string line) => Assert.Null(BenchHelp.Asked(line.Split(' ')));

    [Fact]
    public void Without_arguments_nothing_is_asked_for() => Assert.Null(BenchHelp.Asked([]));

    [Fact]
    public void The_ladder_shows_help_and_runs_nothing()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(0, LadderCommand.Run(["--device", "--help"], new ConvShape(1, 6, 7, 16, 16, 3, Pad: 1), output, errors));
        Assert.Contains("--batch N", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('|', output.ToString()); // no table
        Assert.Equal("", errors.ToString());
    }
}
