using Smile.Bench.Ptx;
using Smile.Kernels.Ops.Conv2d;

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

    [Fact]
    public void A_step_is_read_with_its_defaults()
    {
        PtxOptions options = PtxOptions.Parse(["--step", "resnet50"], out _)!;
        Assert.Equal(("resnet50", 128, Precision.Fp32, "H200"), (options.Step, options.Size, options.Precision, options.Gpu.Name));
        options = PtxOptions.Parse(["--step", "resnet18", "--size", "512", "--precision", "bf16", "--gpu", "a100", "--json", "f"], out _)!;
        Assert.Equal(("resnet18", 512, Precision.Bf16, "A100", "f"),
            (options.Step, options.Size, options.Precision, options.Gpu.Name, options.Json));
    }

    [Theory]
    [InlineData("'--step'", "--step", "resnet7")]
    [InlineData("'--size'", "--step", "resnet18", "--size", "100")]
    [InlineData("'--gpu'", "--step", "resnet18", "--gpu", "gh200")]
    [InlineData("go with --step", "--gpu", "t4")]
    [InlineData("--step goes with", "--step", "resnet18", "--check")]
    [InlineData("T4 has no tensor cores for bf16", "--step", "resnet18", "--gpu", "t4", "--precision", "bf16")]
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
