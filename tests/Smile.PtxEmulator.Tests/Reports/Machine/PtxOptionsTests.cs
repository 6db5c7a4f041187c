using Smile.Bench.Ptx;

namespace Smile.PtxEmulator.Tests.Reports.Machine;

/// <summary>The command line of ptx.</summary>
public sealed class PtxOptionsTests
{
    [Fact]
    public void All_that_is_asked_for_is_read()
    {
        string[] args = ["--machine-code", "--arch", "sm_75", "sm_90", "--kernel", "Sgd", "--check"];
        PtxOptions options = PtxOptions.Parse(args, out string wrong)!;
        Assert.Equal((true, true, "Sgd", ""), (options.MachineCode, options.Check, options.Kernel, wrong));
        Assert.Equal(["sm_75", "sm_90"], options.Architectures);
        options = PtxOptions.Parse(["--case", "add", "--json", "a.json", "--dump", "folder"], out _)!;
        Assert.Equal(("add", "a.json", "folder", false, false),
            (options.Case, options.Json, options.Dump, options.Check, options.MachineCode));
    }

    [Theory]
    [InlineData("'--kernel'", "--kernel")]
    [InlineData("'sm_90'", "sm_90")]
    [InlineData("'--fast'", "--check", "--fast")]
    [InlineData("--arch takes names", "--machine-code", "--arch", "--check")]
    [InlineData("'hopper'", "--machine-code", "--arch", "sm_80", "hopper")]
    [InlineData("goes with --machine-code", "--arch", "sm_80")]
    public void What_is_not_understood_is_named(string expected, params string[] args)
    {
        Assert.Null(PtxOptions.Parse(args, out string wrong));
        Assert.Contains(expected, wrong, StringComparison.Ordinal);
    }
}
