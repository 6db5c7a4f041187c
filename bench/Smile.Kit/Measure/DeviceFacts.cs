using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kit.Run;

namespace Smile.Kit.Measure;

/// <summary>What the driver says of itself and its devices.</summary>
internal static class DeviceFacts
{
    /// <summary>A line a device; 0, or 4 where there is none.</summary>
    public static int Run(ResultLines lines)
    {
        try
        {
            using ICudaDriver driver = CudaDriver.Open()
                ?? throw new BackendException($"no NVIDIA driver is installed ({string.Join(", ", LibCuda.Names)} not found)");
            CudaDevice.Start(driver);
            _ = driver.Version(out int version);
            IReadOnlyList<CudaDevice> devices = CudaDevice.All(driver);
            foreach (CudaDevice device in devices)
                lines.Add("devices", new
                {
                    device.Name,
                    Capability = $"{device.Major}.{device.Minor}",
                    device.MemoryBytes,
                    device.SharedBytes,
                    Cuda = $"{version / 1000}.{version % 1000 / 10}",
                });
            if (devices.Count > 0)
                return 0;
            throw new BackendException("the driver lists no device");
        }
        catch (BackendException e)
        {
            lines.Add("devices", new { Reason = e.Message });
            return 4;
        }
    }

    /// <summary>The first device's name; null where no line has one.</summary>
    public static string? NameIn(ResultLines lines) =>
        lines.Read().Where(line => (string?)line["stage"] == "devices").Select(line => (string?)line["name"]).FirstOrDefault();
}
