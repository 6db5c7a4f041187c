using Smile.Kernels;
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
        new(major, minor, new EmulatorOptions { Seed = seed, Workers = 2, StepLimit = 1_000_000 }) { Launched = EmulationTotals.Add };

    public static CudaRuntime Open(EmulatedDriver driver, bool captures = true)
    {
        CudaDevice.Start(driver);
        return new CudaRuntime(driver, 0, null) { Captures = captures };
    }

    public static GpuBackend Backend(int major, int minor, int seed) => new(Open(Driver(major, minor, seed)));
}

/// <summary>What the tests of this assembly executed on the emulated driver; said once, after the last of them.</summary>
public sealed class EmulationTotals : IDisposable
{
    private static long _launches, _instructions;

    internal static void Add(LaunchReport report)
    {
        Interlocked.Increment(ref _launches);
        Interlocked.Add(ref _instructions, report.ThreadInstructions);
    }

    public void Dispose() => TestContext.Current.SendDiagnosticMessage(
        $"emulated driver: {_launches} launches, {_instructions / 1_000_000.0:F0} million thread instructions");
}
