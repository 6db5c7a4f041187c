using Smile.Kernels.Backend;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests.Gpu;

public class GpuDeviceTests
{
    [Theory]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("opencl:0:1")]
    public void A_name_with_a_bad_number_is_refused(string device) =>
        Assert.Contains("names no device", Assert.Throws<BackendException>(() => Backends.Open(device)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones() =>
        Assert.Contains("ilgpu-cpu", Assert.Throws<BackendException>(() => Backends.Open("gpu")).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_kind_is_listed_and_what_is_missing_has_a_reason()
    {
        IReadOnlyList<DeviceInfo> devices = Backends.List();
        foreach (string kind in (string[])["cuda", "cpu", "opencl", "scalar", "ilgpu-cpu"])
            Assert.Contains(devices, d => d.Name == kind || d.Name.StartsWith(kind + ':', StringComparison.Ordinal));
        Assert.All(devices, d => Assert.NotEqual(d.Available, d.Reason.Length > 0));
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("opencl")]
    public void Opening_a_device_that_is_not_there_says_why(string kind)
    {
        DeviceInfo[] found = kind == "cuda" ? GpuDevices.Cuda() : GpuDevices.OpenCl();
        Assert.SkipWhen(found.Any(d => d.Available), $"this machine has a device {found[0].Name}");
        Assert.Contains(found[0].Reason, Assert.Throws<BackendException>(() => Backends.Open(kind)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_takes_the_first_of_the_list()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Backends.Variable) is { Length: > 0 }, $"{Backends.Variable} is set");
        using IBackend auto = Backends.Open(), first = Backends.Open(Backends.List().First(d => d.Available).Name);
        Assert.Equal(first.Name, auto.Name);
    }
}
