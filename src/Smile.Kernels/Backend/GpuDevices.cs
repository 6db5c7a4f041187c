using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.Kernels.Backend;

/// <summary>What GPUs there are, and why others are not. Nothing of ILGPU is touched where the driver's library is missing.</summary>
internal static class GpuDevices
{
    private static readonly string[] OpenClLibraries = ["libOpenCL.so", "libOpenCL.so.1", "OpenCL.dll"];

    /// <summary>Opens ilgpu-cpu, cuda[:n] or opencl[:n]; null where the name is none of these.</summary>
    /// <exception cref="BackendException">The device is not there; the message says what was found.</exception>
    public static GpuBackend? Open(string device, Precision precision = Precision.Fp32)
    {
        if (device == "ilgpu-cpu")
            return new GpuBackend(IlgpuRuntime.OpenCpu(), precision);
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
        return new GpuBackend(cuda ? CudaRuntime.Open(number) : IlgpuRuntime.OpenOpenCl(number), precision);
    }

    /// <summary>The CUDA devices, or one line that says why there is none.</summary>
    public static DeviceInfo[] Cuda()
    {
        const string Kind = "cuda", What = "NVIDIA GPU through CUDA";
        try
        {
            using ICudaDriver? driver = CudaDriver.Open();
            if (driver is null)
                return [new DeviceInfo(Kind, What, false, $"no NVIDIA driver is installed ({string.Join(", ", LibCuda.Names)} not found)")];
            CudaDevice.Start(driver);
            IReadOnlyList<CudaDevice> devices = CudaDevice.All(driver);
            if (devices.Count == 0)
                return [new DeviceInfo(Kind, What, false, "its driver is installed, but it lists no device")];
            return [.. devices.Select((d, n) => new DeviceInfo($"{Kind}:{n}", $"{d.Name}, {d.MemoryBytes >> 20} MiB", true, ""))];
        }
        catch (BackendException e)
        {
            return [new DeviceInfo(Kind, What, false, e.Message.ReplaceLineEndings(" "))];
        }
    }

    /// <summary>The OpenCL devices that ILGPU can use, or one line that says why there is none.</summary>
    public static DeviceInfo[] OpenCl()
    {
        const string Kind = "opencl", What = "GPU through OpenCL";
        if (!OpenClLibraries.Any(library => NativeLibrary.TryLoad(library, out _)))
            return [new DeviceInfo(Kind, What, false, $"no OpenCL loader is installed ({string.Join(", ", OpenClLibraries)} not found)")];
        try
        {
            using var context = Context.Create(builder => builder.OpenCL());
            Device[] devices = [.. context.GetCLDevices()];
            if (devices.Length == 0)
                return [new DeviceInfo(Kind, What, false, "its library is installed, but it lists no device that ILGPU can use")];
            return [.. devices.Select((d, n) => new DeviceInfo($"{Kind}:{n}", $"{d.Name}, {d.MemorySize >> 20} MiB", true, ""))];
        }
        catch (Exception e) when (e is AcceleratorException or CapabilityNotSupportedException or NotSupportedException
            or DllNotFoundException)
        {
            return [new DeviceInfo(Kind, What, false, e.Message.ReplaceLineEndings(" "))];
        }
    }
}
