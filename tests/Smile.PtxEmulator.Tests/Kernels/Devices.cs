using System.Collections.Concurrent;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.Kernels.Tests;

/// <summary>What the operations' tests, which are shared with Smile.Kernels.Tests, know of a device.</summary>
public interface IDevice
{
    static abstract string Name { get; }

    static abstract long Budget { get; }
}

public sealed class Scalar : IDevice
{
    public static string Name => "scalar";

    public static long Budget => long.MaxValue;
}

/// <summary>The CUDA backend on the emulated driver, as an Ampere GPU or a newer one.</summary>
public sealed class Emulated : IDevice
{
    public static string Name => "emulated";

    public static long Budget => 2_000_000;
}

/// <summary>The same as a Turing GPU.</summary>
public sealed class EmulatedTuring : IDevice
{
    public static string Name => "emulated sm_75";

    public static long Budget => 2_000_000;
}

/// <summary>Open backends, lent one after another.</summary>
internal static class Lent<TDevice>
    where TDevice : IDevice
{
    public const long Words = 1 << 18;

    private static readonly ConcurrentDictionary<int, ConcurrentBag<IBackend>> Free = [];

    /// <summary>The number of threads chooses another order of warps.</summary>
    public static IBackend Take(int threads)
    {
        if (Free.GetOrAdd(threads, _ => []).TryTake(out IBackend? backend))
            return backend;
        backend = TDevice.Name == Emulated.Name ? Cuda(8, 0, threads)
            : TDevice.Name == EmulatedTuring.Name ? Cuda(7, 5, threads)
            : Backends.Open(TDevice.Name, threads);
        var plan = new ArenaPlan();
        foreach (Arena arena in Enum.GetValues<Arena>())
            plan.AtLeast(arena, Words);
        backend.Reserve(plan);
        return backend;
    }

    private static GpuBackend Cuda(int major, int minor, int seed) => new(EmulatedCuda.Open(EmulatedCuda.Driver(major, minor, seed)));

    public static void Return(int threads, IBackend backend) => Free[threads].Add(backend);
}
