using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.Kernels.Tests;

/// <summary>The CUDA backend on the emulated driver, as an Ampere GPU or a newer one.</summary>
public sealed class Emulated : IDevice
{
    public static string Name => "emulated sm_80";

    public static long Budget => 2_000_000;

    /// <summary>The number of threads chooses another order of warps.</summary>
    public static IBackend Open(int threads) => EmulatedCuda.Backend(8, 0, seed: threads);
}

/// <summary>The same as a Turing GPU.</summary>
public sealed class EmulatedTuring : IDevice
{
    public static string Name => "emulated sm_75";

    public static long Budget => 2_000_000;

    public static IBackend Open(int threads) => EmulatedCuda.Backend(7, 5, seed: threads);
}

/// <summary>An Ampere GPU that multiplies in TF32, and has room for the columns of few images.</summary>
public sealed class EmulatedTf32 : IDevice
{
    public static string Name => "emulated sm_80 tf32";

    public static long Budget => 2_000_000;

    public static IBackend Open(int threads) => EmulatedCuda.Backend(8, 0, seed: threads, Precision.Tf32, atrousWords: 5000);
}

/// <summary>An Ampere GPU that multiplies in bfloat16.</summary>
public sealed class EmulatedBf16 : IDevice
{
    public static string Name => "emulated sm_80 bf16";

    public static long Budget => 2_000_000;

    public static IBackend Open(int threads) => EmulatedCuda.Backend(8, 0, seed: threads, Precision.Bf16);
}
