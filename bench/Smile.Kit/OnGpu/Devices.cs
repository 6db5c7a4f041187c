using Smile.Kernels.Backend;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests;
using Smile.PtxEmulator;
using Smile.PtxEmulator.Driver;

namespace Smile.Kit.OnGpu;

/// <summary>The first device of the CUDA driver, in float32.</summary>
public sealed class Fp32Gpu : IDevice
{
    public static string Name => "cuda fp32";

    public static long Budget => Devices.Budget;

    public static IBackend Open(int threads) => Devices.OnDriver(Precision.Fp32);
}

/// <summary>The same with convolutions that multiply in tf32, where they can.</summary>
public sealed class Tf32Gpu : IDevice
{
    public static string Name => "cuda tf32";

    public static long Budget => Devices.Budget;

    public static IBackend Open(int threads) => Devices.OnDriver(Precision.Tf32);

    public static double ConvError => Devices.ConvError(11);
}

/// <summary>The same in bfloat16.</summary>
public sealed class Bf16Gpu : IDevice
{
    public static string Name => "cuda bf16";

    public static long Budget => Devices.Budget;

    public static IBackend Open(int threads) => Devices.OnDriver(Precision.Bf16);

    public static double ConvError => Devices.ConvError(8);
}

/// <summary>The emulator in this process, in float32: what a device's bits are compared with, where they are not its.</summary>
public sealed class Fp32Emulated : IDevice
{
    public static string Name => "emulated fp32";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => Devices.OnEmulator(Precision.Fp32);
}

/// <summary>The same in tf32.</summary>
public sealed class Tf32Emulated : IDevice
{
    public static string Name => "emulated tf32";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => Devices.OnEmulator(Precision.Tf32);
}

/// <summary>The same in bfloat16.</summary>
public sealed class Bf16Emulated : IDevice
{
    public static string Name => "emulated bf16";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => Devices.OnEmulator(Precision.Bf16);
}

/// <summary>How the devices above are opened.</summary>
internal static class Devices
{
    /// <summary>Cases with more multiply-adds than this are left out; set before the tests are looked for.</summary>
    public static long Budget { get; set; } = 2_000_000;

    /// <summary>Compute capability of the emulator in this process.</summary>
    public static Version Capability { get; set; } = new(8, 0);

    public static EmulatedDriver Emulator() => new(Capability.Major, Capability.Minor, new EmulatorOptions { Seed = 1 });

    public static GpuBackend OnDriver(Precision precision) => new(CudaRuntime.Open(0), precision);

    public static GpuBackend OnEmulator(Precision precision)
    {
        EmulatedDriver driver = Emulator();
        CudaDevice.Start(driver);
        return new GpuBackend(new CudaRuntime(driver, 0, PtxCache.OfUser()), precision);
    }

    /// <summary>
    /// Rounding errors of a convolution whose factors are rounded to some bits, in those of plain float32 sums. Each product errs by twice
    /// the unit at most, and products of numbers between -1 and 1 are 1/4 on average; <see cref="Tolerance.Sum"/> gives 8/3 float32 units
    /// a term.
    /// </summary>
    public static double ConvError(int bits) => Math.Pow(2, 24 - bits) / 4;
}
