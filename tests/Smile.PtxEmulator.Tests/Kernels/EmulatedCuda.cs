using Smile.Kernels;
using Smile.PtxEmulator.Driver;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The CUDA runtime on the emulated driver.</summary>
internal static class EmulatedCuda
{
    /// <param name="major">Compute capability, before the point.</param>
    /// <param name="minor">Compute capability, after the point.</param>
    /// <param name="seed">Seed of the warps' order.</param>
    public static EmulatedDriver Driver(int major, int minor, int seed) =>
        new(major, minor, new EmulatorOptions { Seed = seed, Workers = 2, StepLimit = 1_000_000 });

    public static CudaRuntime Open(EmulatedDriver driver)
    {
        CudaDevice.Start(driver);
        return new CudaRuntime(driver, 0, null);
    }
}
