using Smile.Kernels.Memory;

namespace Smile.Kernels.Gpu.Cuda;

/// <summary>A device as the CUDA driver lists it.</summary>
/// <param name="Handle">The driver's name for it.</param>
/// <param name="Name">The maker's name for it.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Major">Compute capability, before the point.</param>
/// <param name="Minor">Compute capability, after the point.</param>
/// <param name="SharedBytes">The most shared memory that a group may ask for.</param>
/// <param name="Bus">Where it sits in its machine: "0000:3b:00", PCI's domain, bus and device.</param>
internal sealed record CudaDevice(int Handle, string Name, long MemoryBytes, int Major, int Minor, int SharedBytes, string Bus)
{
    private const int OldestDriver = 11080; // the first that takes PTX ISA 7.8

    /// <summary>Initialises the driver.</summary>
    /// <exception cref="BackendException">It does not start, or is too old.</exception>
    public static void Start(ICudaDriver driver)
    {
        Check(driver, driver.Init(), "start");
        Check(driver, driver.Version(out int version), "tell its version");
        if (version < OldestDriver)
            throw new BackendException($"the CUDA driver is of version {Text(version)}; {Text(OldestDriver)} or newer is needed");
    }

    /// <summary>The devices in the driver's order.</summary>
    public static IReadOnlyList<CudaDevice> All(ICudaDriver driver)
    {
        Check(driver, driver.DeviceCount(out int count), "count its devices");
        return [.. Enumerable.Range(0, count).Select(n => At(driver, n))];
    }

    private static CudaDevice At(ICudaDriver driver, int number)
    {
        Check(driver, driver.Device(out int handle, number), $"find device {number}");
        Check(driver, driver.DeviceName(out string name, handle), $"name device {number}");
        Check(driver, driver.DeviceMemory(out nuint bytes, handle), $"tell the memory of device {number}");
        return new CudaDevice(handle, name, (long)bytes, Attribute(CudaDeviceAttribute.ComputeCapabilityMajor),
            Attribute(CudaDeviceAttribute.ComputeCapabilityMinor), Attribute(CudaDeviceAttribute.MaxSharedBytesPerBlockOptIn),
            $"{Attribute(CudaDeviceAttribute.PciDomain):x4}:{Attribute(CudaDeviceAttribute.PciBus):x2}:"
            + $"{Attribute(CudaDeviceAttribute.PciDevice):x2}");

        int Attribute(CudaDeviceAttribute attribute)
        {
            Check(driver, driver.DeviceAttribute(out int value, attribute, handle), $"describe device {number}");
            return value;
        }
    }

    private static string Text(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static void Check(ICudaDriver driver, CudaResult result, string what)
    {
        if (result != CudaResult.Success)
            throw new BackendException($"the CUDA driver could not {what}: {driver.Describe(result)}");
    }
}
