using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Smile.Kernels;

/// <summary>What GPUs there are, and why others are not. Nothing of ILGPU is touched where the driver's library is missing.</summary>
internal static class GpuDevices
{
    private static readonly string[] CudaLibraries = ["libcuda.so.1", "nvcuda.dll"], OpenClLibraries = ["libOpenCL.so", "libOpenCL.so.1", "OpenCL.dll"];

    /// <summary>Opens ilgpu-cpu, cuda[:n] or opencl[:n]; null where the name is none of these.</summary>
    /// <exception cref="BackendException">The device is not there; the message says what was found.</exception>
    public static GpuBackend? Open(string device)
    {
        if (device == "ilgpu-cpu")
            return new GpuBackend(IlgpuRuntime.OpenCpu());
        string[] parts = device.Split(':');
        if (parts[0] is not ("cuda" or "opencl"))
            return null;
        int number = 0;
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            throw new BackendException($"'{device}' names no device: expected {parts[0]} or {parts[0]}:0, {parts[0]}:1, ...");
        bool cuda = parts[0] == "cuda";
        DeviceInfo[] found = cuda ? Cuda() : OpenCl();
        if (!found.Any(d => d.Available))
            throw new BackendException($"There is no device {device}: {found[0].Reason}.");
        return new GpuBackend(cuda ? IlgpuRuntime.OpenCuda(number) : IlgpuRuntime.OpenOpenCl(number));
    }

    /// <summary>The CUDA devices, or one line that says why there is none.</summary>
    public static DeviceInfo[] Cuda() =>
        Find("cuda", "NVIDIA GPU through CUDA", CudaLibraries, "no NVIDIA driver is installed",
            builder => builder.Cuda(), context => [.. context.GetCudaDevices()]);

    /// <summary>The OpenCL devices that ILGPU can use, or one line that says why there is none.</summary>
    public static DeviceInfo[] OpenCl() =>
        Find("opencl", "GPU through OpenCL", OpenClLibraries, "no OpenCL loader is installed",
            builder => builder.OpenCL(), context => [.. context.GetCLDevices()]);

    private static DeviceInfo[] Find(string kind, string what, string[] libraries, string missing,
        Action<Context.Builder> enable, Func<Context, Device[]> devicesOf)
    {
        if (!libraries.Any(library => NativeLibrary.TryLoad(library, out _)))
            return [new DeviceInfo(kind, what, false, $"{missing} ({string.Join(", ", libraries)} not found)")];
        try
        {
            using var context = Context.Create(enable);
            Device[] devices = devicesOf(context);
            if (devices.Length == 0)
                return [new DeviceInfo(kind, what, false, "its library is installed, but it lists no device that ILGPU can use")];
            return [.. devices.Select((d, n) => new DeviceInfo($"{kind}:{n}", $"{d.Name}, {d.MemorySize >> 20} MiB", true, ""))];
        }
        catch (Exception e) when (e is AcceleratorException or CapabilityNotSupportedException or NotSupportedException or DllNotFoundException)
        {
            return [new DeviceInfo(kind, what, false, e.Message.ReplaceLineEndings(" "))];
        }
    }
}
