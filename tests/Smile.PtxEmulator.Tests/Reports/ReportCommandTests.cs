using System.Text.Json;
using Smile.Bench.Gpu;
using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.Net;
using Smile.PtxEmulator.Driver;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>The reports of bench, end to end at small shapes.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private static readonly StepShape _step = new("tiny", 1, 32, 2);

    private readonly StringWriter _output = new(), _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public void Ptx_prints_every_kernel_and_writes_the_same_as_json()
    {
        string path = Path.GetTempFileName();
        Assert.Equal(0, PtxCommand.Run(["--json", path], KernelCases.Small.All(), _output, _errors));
        string text = _output.ToString();
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        File.Delete(path);
        string[] written = [.. json.RootElement.GetProperty("Cases").EnumerateArray()
            .SelectMany(c => c.GetProperty("Rows").EnumerateArray()).Select(r => r.GetProperty("Kernel").GetString()!)];
        foreach (string kernel in GpuKernels.All.Select(k => k.Name))
        {
            Assert.Contains($"| {kernel} |", text, StringComparison.Ordinal);
            Assert.Contains(kernel, written);
        }

        Assert.Empty(json.RootElement.GetProperty("Uncounted").EnumerateArray());
        Assert.Contains("A training step of resnet18 launches", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ptx_of_one_kernel_shows_its_source_lines()
    {
        Assert.Equal(0, PtxCommand.Run(["--kernel", "ReluForward", "--check"], KernelCases.Small.All(), _output, _errors));
        Assert.Contains("ReluGpu.cs:", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ptx_check_fails_where_a_kernel_was_not_counted()
    {
        KernelCase[] one = [.. KernelCases.Small.All().Where(c => c.Name == "fill")];
        Assert.Equal(6, PtxCommand.Run(["--check"], one, _output, _errors));
        Assert.Contains("MISSED ReluForward: no case launches it", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ptx_refuses_what_it_does_not_know()
    {
        Assert.Equal(2, PtxCommand.Run(["--kernels"], [], _output, _errors));
        Assert.Equal(2, PtxCommand.Run(["--kernel", "Nothing"], [], _output, _errors));
        Assert.Contains("There is no kernel 'Nothing'. There are: Fill, ", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gpu_checks_every_kernel_and_prints_no_time_where_none_was_measured()
    {
        bool right = Gpu(EmulatedCuda.Driver(8, 0, seed: 1), KernelCases.Small.All(), null);
        string text = _output.ToString();
        Assert.True(right, text);
        Assert.Contains("nothing was measured", text, StringComparison.Ordinal);
        Assert.Matches(@"replayed as 1 graph of \d+ launches, 0 kernels;", text);
        Assert.DoesNotContain(" ms", text, StringComparison.Ordinal);
        foreach (string kernel in GpuKernels.All.Select(k => k.Name))
            Assert.Contains($"| {kernel} |", text, StringComparison.Ordinal);
        foreach (string line in text.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1))
            Assert.Matches(@"^\| \w+ \| [^|]+ \| yes \| \d+ \| \d+ \| not measured \| \| \|  \|", line);
    }

    [Fact]
    public void Gpu_names_a_kernel_whose_results_are_wrong()
    {
        EmulatedDriver driver = EmulatedCuda.Driver(8, 0, seed: 1);
        driver.Change = text =>
            text.Contains("Kernel_AddForward", StringComparison.Ordinal)
                ? text.Replace("add.rn.f32", "sub.rn.f32", StringComparison.Ordinal)
                : text;
        Assert.False(Gpu(driver, [.. KernelCases.Small.All().Where(c => c.Name is "add, forward" or "fill")], null));
        Assert.Matches(@"\| AddForward \| add, forward \| result 0, word 0: \S+, scalar has \S+ \|", _output.ToString());
        Assert.Matches(@"\| Fill \| fill \| yes \|", _output.ToString());
    }

    [Theory]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void Gpu_steps_in_a_precision_of_the_tensor_cores(Precision precision)
    {
        bool right = Gpu(EmulatedCuda.Driver(8, 0, seed: 1), [.. KernelCases.Small.All().Where(c => c.Name == "fill")], null, precision);
        Assert.True(right, _output.ToString());
        Assert.Contains($"2 heads, {precision.ToString().ToLowerInvariant()}: ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peers_file_has_to_be_of_the_same_problem_and_device()
    {
        var peer = new PeerStep("emulated sm_80", "2.9", "tiny", 1, 32, 2, "fp32", 1, null);
        peer.Match(_step, "fp32", "emulated sm_80");
        Assert.Contains("size is 64, here it is 32",
            Assert.Throws<DataException>(() => (peer with { Size = 64 }).Match(_step, "fp32", "emulated sm_80")).Message,
            StringComparison.Ordinal);
        Assert.Contains("device is emulated sm_80, here it is other",
            Assert.Throws<DataException>(() => peer.Match(_step, "fp32", "other")).Message, StringComparison.Ordinal);
        Assert.Contains("precision", Assert.Throws<DataException>(() => peer.Match(_step, "tf32", "emulated sm_80")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"device": "d", "torch": "2.9", "backbone": "resnet18", "batch": 8, "size": 128, "organs": 3, "precision": "fp32", "eager_milliseconds": 4.5, "compiled_milliseconds": null}""", true)]
    [InlineData("""{"device": "d", "torch": "2.9", "backbone": "resnet18", "batch": 8, "size": 128, "organs": 3, "precision": "fp32", "eager_milliseconds": 0, "compiled_milliseconds": null}""", false)]
    [InlineData("""{"device": "d"}""", false)]
    [InlineData("null", false)]
    [InlineData("times: fast", false)]
    public void A_peers_file_is_read_or_refused(string text, bool good)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        if (good)
            Assert.Equal(4.5, PeerStep.Read(path).EagerMilliseconds);
        else
            Assert.Contains("torch_step.py", Assert.Throws<DataException>(() => PeerStep.Read(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    /// <summary>
    /// The report on emulated devices: the given one for the cases in float32, others for the other precisions and the step.
    /// </summary>
    private bool Gpu(EmulatedDriver driver, IReadOnlyList<KernelCase> cases, PeerStep? peer, Precision precision = Precision.Fp32)
    {
        var drivers = new Queue<EmulatedDriver>([driver]);
        return new GpuReport(() =>
            EmulatedCuda.Open(drivers.TryDequeue(out EmulatedDriver? given) ? given : EmulatedCuda.Driver(8, 0, seed: 2)), "emulated sm_80",
                measures: false, _output).Run(cases, _step, precision, peer);
    }
}
