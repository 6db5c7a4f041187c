using Smile.Kernels.Backend;
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
