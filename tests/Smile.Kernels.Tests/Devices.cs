using System.Collections.Concurrent;
using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d.Cpu;

namespace Smile.Kernels.Tests;

/// <summary>A backend under test. A new one is tested by adding its class and its list of test classes, as OnSimd.cs.</summary>
public interface IDevice
{
    static abstract string Name { get; }

    /// <summary>Cases with more multiply-adds (or elements) than this are left out: the device is for debugging, not for work.</summary>
    static abstract long Budget { get; }

    /// <summary>Opens it. The number of threads is one more thing that results must not depend on.</summary>
    static abstract IBackend Open(int threads);

    /// <summary>Rounding errors of a convolution, in those of plain sums (docs/numerics.md).</summary>
    static virtual double ConvError => 1;
}

public sealed class Scalar : IDevice
{
    public static string Name => "scalar";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => Backends.Open(Name, threads);
}

public sealed class SimdDevice : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => Backends.Open(Name, threads);
}

/// <summary>The SIMD backend on padded copies wherever it can, the implicit GEMM elsewhere.</summary>
public sealed class SimdPadded : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => new SimdBackend(threads, convolution: ConvAlgorithm.Padded);
}

/// <summary>The SIMD backend with the taps across the lanes wherever it can, the implicit GEMM elsewhere.</summary>
public sealed class SimdPerTap : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => new SimdBackend(threads, convolution: ConvAlgorithm.PerTap);
}

/// <summary>The SIMD backend with Winograd's F(2x2,3x3) wherever it can.</summary>
public sealed class SimdWinograd2 : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => new SimdBackend(threads, convolution: ConvAlgorithm.Winograd2);
}

/// <summary>The SIMD backend with Winograd's F(4x4,3x3) wherever it can.</summary>
public sealed class SimdWinograd4 : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static double ConvError => 4;

    public static IBackend Open(int threads) => new SimdBackend(threads, convolution: ConvAlgorithm.Winograd4);
}

/// <summary>The SIMD backend that streams every result past the caches, however small, where it lies well for that.</summary>
public sealed class SimdStreaming : IDevice
{
    public static string Name => "cpu";

    public static long Budget => long.MaxValue;

    public static IBackend Open(int threads) => new SimdBackend(threads, streamedWords: 0);
}

/// <summary>ILGPU's CPU accelerator runs a GPU kernel thread by thread: microseconds an element.</summary>
public sealed class IlgpuCpu : IDevice
{
    public static string Name => "ilgpu-cpu";

    public static long Budget => 20_000;

    public static IBackend Open(int threads) => Backends.Open(Name, threads);
}

/// <summary>
/// Open backends with room for any test, lent one after another: opening one a test would cost more than the tests. What the
/// last test left in memory stays there, as it would in a training step.
/// </summary>
internal static class Lent<TDevice>
    where TDevice : IDevice
{
    /// <summary>Words of each arena.</summary>
    public const long Words = 1 << 20;

    private static readonly ConcurrentDictionary<int, ConcurrentBag<IBackend>> Free = [];

    public static IBackend Take(int threads)
    {
        if (Free.GetOrAdd(threads, _ => []).TryTake(out IBackend? backend))
            return backend;
        backend = TDevice.Open(threads);
        var plan = new ArenaPlan();
        foreach (Arena arena in Enum.GetValues<Arena>())
            plan.AtLeast(arena, Words);
        backend.Reserve(plan);
        return backend;
    }

    public static void Return(int threads, IBackend backend) => Free[threads].Add(backend);
}
