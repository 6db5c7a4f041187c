using System.Globalization;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Driver;
using Smile.PtxEmulator.Tests.Kernels;

[assembly: AssemblyFixture(typeof(EmulationTotals))]

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The CUDA runtime on the emulated driver.</summary>
internal static class EmulatedCuda
{
    /// <param name="major">Compute capability, before the point.</param>
    /// <param name="minor">Compute capability, after the point.</param>
    /// <param name="seed">Seed of the warps' order.</param>
    public static EmulatedDriver Driver(int major, int minor, int seed) =>
        new(major, minor, Options(seed)) { Launched = EmulationTotals.Add };

    public static EmulatorOptions Options(int seed) => new() { Seed = seed, Workers = 2, StepLimit = 1_000_000 };

    public static CudaRuntime Open(EmulatedDriver driver, bool captures = true)
    {
        CudaDevice.Start(driver);
        return new CudaRuntime(driver, 0, null) { Captures = captures };
    }

    public static GpuBackend Backend(int major, int minor, int seed, Precision precision = Precision.Fp32,
        int atrousWords = AtrousArgs.WorkspaceWords, bool packs = true) =>
        new(Open(Driver(major, minor, seed)), precision, atrousWords: atrousWords, packs: packs);
}

/// <summary>
/// What the tests of this assembly executed on the emulated driver: a line after the last of them, and the same in a file beside the
/// assembly, for <c>dotnet test</c> shows nothing that tests print which pass; .ci/run shows the file.
/// </summary>
public sealed class EmulationTotals : IDisposable
{
    private static long _launches, _instructions;

    internal static void Add(LaunchReport report)
    {
        Interlocked.Increment(ref _launches);
        Interlocked.Add(ref _instructions, report.ThreadInstructions);
    }

    public void Dispose()
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"tests on the emulated driver: {_launches} launches, {_instructions / 1e6:F0} million thread instructions");
        Console.WriteLine(line);
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "emulated-driver.txt"), line + "\n");
    }
}
