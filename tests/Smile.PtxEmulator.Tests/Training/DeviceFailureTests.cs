using Smile.Host.Commands;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Net.Runs;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;
using Smile.PtxEmulator.Driver;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Training;

/// <summary>
/// What a user sees of a device that fails, from the command line and in a run's folder. The driver of <c>--device cuda</c> is the emulated
/// one.
/// </summary>
[Collection(nameof(CudaDriver))] // one CudaDriver.Open for all
public sealed class DeviceFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smile-cuda-").FullName;
    private Func<string, CudaResult> _fault = _ => CudaResult.Success;

    public DeviceFailureTests()
    {
        Environment.SetEnvironmentVariable(PtxCache.Variable, Path.Combine(AppContext.BaseDirectory, "cache"));
        CudaDriver.Open = () =>
        {
            EmulatedDriver driver = EmulatedCuda.Driver(8, 0, seed: 1);
            driver.Fault = name => _fault(name);
            return driver;
        };
    }

    public void Dispose()
    {
        CudaDriver.Open = LibCuda.TryOpen;
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("Allocate", 2, "cuda:0 emulated sm_80: no memory for")]
    [InlineData("LoadModule", 218, "cuda:0 emulated sm_80: could not load the module of Fill")]
    [InlineData("Launch", 719, "cuda:0 emulated sm_80: could not launch Fill")]
    [InlineData("Init", 100, "There is no device cuda: the CUDA driver could not start")]
    public void The_command_line_ends_with_exit_code_4_and_the_reason(string function, int result, string expected)
    {
        string data = Path.Combine(_folder, "data");
        Assert.Equal(0, Smile("phantom", "-o", data, "-n", "2", "--size", "16x64x64").ExitCode);
        _fault = name => name == function ? (CudaResult)result : CudaResult.Success;
        (int exitCode, string error) = Smile("train", "--data", data, "--output", Path.Combine(_folder, "run"), "--device", "cuda");
        Assert.Contains($"smile: error: {expected}", error, StringComparison.Ordinal);
        Assert.Equal(4, exitCode);
    }

    [Fact]
    public void A_run_whose_launch_fails_keeps_its_checkpoint_and_goes_on_with_the_same_bits()
    {
        string whole = Path.Combine(_folder, "whole"), broken = Path.Combine(_folder, "broken");
        var listener = new Recorder();
        using (TrainingRun run = Start(whole, listener))
            run.Run(TestContext.Current.CancellationToken);
        Assert.Single(listener.Messages, message => message.StartsWith("a step is 1 graph of ", StringComparison.Ordinal)
            && message.EndsWith(" launches, 1 kernel", StringComparison.Ordinal));
        Assert.Contains("\"kind\":\"launches\"", File.ReadAllText(Path.Combine(whole, "log.jsonl")), StringComparison.Ordinal);

        int graphs = 0;
        using (TrainingRun run = Start(broken, new Recorder()))
        {
            _fault = name => name == "LaunchGraph" && ++graphs == 4 ? CudaResult.LaunchFailed : CudaResult.Success; // of step 5
            Assert.Contains("could not launch a graph",
                Assert.Throws<BackendException>(() => run.Run(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        }

        _fault = _ => CudaResult.Success;
        var resumed = new Recorder();
        using (TrainingRun run = TrainingRun.Resume(broken, Toy.Organs, Toy.Cases(), resumed))
        {
            Assert.Equal(4, run.Step);
            run.Run(TestContext.Current.CancellationToken);
        }

        foreach (string file in (string[])["latest", "final"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "checkpoints", $"{file}.safetensors")),
                File.ReadAllBytes(Path.Combine(broken, "checkpoints", $"{file}.safetensors")));
    }

    private static TrainingRun Start(string folder, Recorder listener)
    {
        RunSettings settings = Toy.Settings(steps: 6);
        return TrainingRun.Start(folder, settings with
        {
            Data = settings.Data with { Validation = 0 },
            Train = settings.Train with { Size = 16 },
            Run = settings.Run with { Device = "cuda", SaveEvery = 2, ValidateEvery = 0, CheckEvery = 4 },
        }, Toy.Organs, Toy.Cases(), listener);
    }

    private static (int ExitCode, string Error) Smile(params string[] args)
    {
        using StringWriter output = new(), error = new();
        return (SmileProgram.Run(args, output, error), error.ToString());
    }
}
