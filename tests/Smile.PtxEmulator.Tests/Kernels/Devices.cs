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

/// <summary>The kernels' PTX on the emulator.</summary>
public sealed class Emulated : IDevice
{
    public static string Name => "emulated";

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
        backend = TDevice.Name == Emulated.Name ? new GpuBackend(new EmulatedRuntime(seed: threads)) : Backends.Open(TDevice.Name, threads);
        var plan = new ArenaPlan();
        foreach (Arena arena in Enum.GetValues<Arena>())
            plan.AtLeast(arena, Words);
        backend.Reserve(plan);
        return backend;
    }

    public static void Return(int threads, IBackend backend) => Free[threads].Add(backend);
}
