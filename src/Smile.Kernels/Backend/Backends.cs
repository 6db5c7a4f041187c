using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
using Smile.Kernels.Simd;

namespace Smile.Kernels.Backend;

/// <summary>The backends by the names of <c>--device</c>.</summary>
public static class Backends
{
    /// <summary>Environment variable that overrides "auto".</summary>
    public const string Variable = "SMILE_BACKEND";

    /// <summary>The CPU, its convolutions by what <c>smile devices --tune</c> measured.</summary>
    internal const string Tuned = "cpu:tuned";

    /// <summary>
    /// Opens a backend: auto, cuda[:n], cpu, cpu:tuned, scalar, opencl[:n], ilgpu-cpu. "auto" takes CUDA where there is a device, else the
    /// CPU; any other name is that device or an error.
    /// </summary>
    /// <param name="device">The name.</param>
    /// <param name="threads">CPU threads; 0: one a core.</param>
    /// <param name="precision">What convolutions multiply in; other than float32 on CUDA devices with tensor cores for it alone.</param>
    /// <exception cref="BackendException">The name is unknown, the device is not there, or it cannot compute in the precision.</exception>
    public static IBackend Open(string device = "auto", int threads = 0, Precision precision = Precision.Fp32) => device switch
    {
        "auto" when Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } forced && forced != "auto" =>
            OpenForced(forced, threads, precision),
        "auto" => Open(GpuDevices.Cuda().FirstOrDefault(d => d.Available)?.Name ?? "cpu", threads, precision),
        "cpu" or Tuned or "scalar" when precision != Precision.Fp32 =>
            throw new BackendException(TensorCores.Unsupported(device, precision)),
        "cpu" => new SimdBackend(threads),
        Tuned => new SimdBackend(threads, ConvTable.Read(ConvTable.UserFile())),
        "scalar" => new ScalarBackend(),
        _ => GpuDevices.Open(device, precision)
            ?? throw new BackendException(
                $"Unknown device '{device}'. Known: auto, cuda[:n], cpu, cpu:tuned, scalar, opencl[:n], ilgpu-cpu."),
    };

    private static IBackend OpenForced(string device, int threads, Precision precision)
    {
        try
        {
            return Open(device, threads, precision);
        }
        catch (BackendException e)
        {
            throw new BackendException($"{Variable}={device}: {e.Message}", e);
        }
    }

    /// <summary>The devices there are, best first, and those there could be with the reason why they are not.</summary>
    public static IReadOnlyList<DeviceInfo> List() =>
    [
        .. GpuDevices.Cuda(),
        new("cpu", $"CPU, vectors on {Environment.ProcessorCount} threads", true, ""),
        TunedDevice(),
        .. GpuDevices.OpenCl(),
        new("scalar", "CPU, plain loops: the reference", true, ""),
        new("ilgpu-cpu", "GPU kernels run thread by thread on the CPU, for debugging", true, ""),
    ];

    /// <summary>For people: the processor, its cores, vectors and caches.</summary>
    public static string ProcessorText()
    {
        Processor it = Processor.This;
        string cores = it.Cores == 1 ? "1 core" : $"{it.Cores} cores";
        return $"{it.Name}; {cores}, vectors of {it.VectorBits} bits"
            + (it.CoreCacheBytes > 0 ? $", {it.CoreCacheBytes >> 10} KiB of cache each" : "")
            + (it.SharedCacheBytes > 0 ? $", {it.SharedCacheBytes >> 20} MiB shared" : "");
    }

    private static DeviceInfo TunedDevice()
    {
        const string what = "CPU, each convolution by the algorithm that was the quickest on this machine; other bits than cpu's";
        try
        {
            ConvTable table = ConvTable.Read(ConvTable.UserFile());
            return new(Tuned, $"{what}; {table.Choices.Count} passes measured, vectors of {table.Bits} bits", true, "");
        }
        catch (BackendException e)
        {
            return new(Tuned, what, false, e.Message);
        }
    }
}
