using Smile.Kernels;
using Smile.PtxEmulator.Driver;

namespace Smile.PtxEmulator.Tests.Kernels;

public class CudaRuntimeTests
{
    private readonly EmulatedDriver _driver = EmulatedCuda.Driver(8, 0, seed: 1);

    [Fact]
    public void What_goes_up_comes_down_beyond_the_size_of_the_staging_buffer()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        const int Words = (3 << 20) + 5;
        runtime.Allocate(Words + 8);
        uint[] up = [.. Enumerable.Range(1, Words).Select(i => (uint)i * 2654435761)], down = new uint[Words + 8];
        runtime.Upload(4, up);
        runtime.Download(0, down);
        Assert.Equal([0, 0, 0, 0, .. up, 0, 0, 0, 0], down);
    }

    [Fact]
    public void A_refused_launch_is_named_and_leaves_the_data_as_it_was()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        var args = new FillArgs(new GpuSpan(0, 64), 3);
        runtime.Launch(FillKernels.Kernel, 1, 1, args);
        _driver.Fault = static name => name == "Launch" ? (CudaResult)(-1) : CudaResult.Success;
        Assert.Throws<BackendException>(() => runtime.Launch(FillKernels.Kernel, 1, 1, args));
        uint[] down = new uint[64];
        runtime.Download(0, down);
        Assert.All(down, word => Assert.Equal(BitConverter.SingleToUInt32Bits(3), word));
    }

    [Fact]
    public void A_failed_allocation_names_what_was_asked_and_what_there_is()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        string message = Assert.Throws<BackendException>(() => runtime.Allocate(1L << 29)).Message;
        Assert.Contains("no memory for 2147483648 bytes (2048 MiB); the device has 1024 MiB", message, StringComparison.Ordinal);
        Assert.Contains("OutOfMemory", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_does_not_load_shows_the_log()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        _driver.Change = text => text.Replace("ret;", "retire;", StringComparison.Ordinal);
        string message = Assert.Throws<BackendException>(() => runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3))).Message;
        Assert.Contains("load the module of Fill: InvalidPtx (218)", message, StringComparison.Ordinal);
        Assert.Contains("PTX line", message, StringComparison.Ordinal);

        _driver.Change = text => text;
        runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3));
        Assert.Single(_driver.Launches);
    }

    [Theory]
    [InlineData("Launch", "launch Fill, 2 x 1 groups of 256 threads: LaunchFailed (719)")]
    [InlineData("WaitStream", "finish the queued work: LaunchFailed (719)")]
    public void A_failed_launch_names_it(string function, string expected)
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        _driver.Fault = name => name == function ? CudaResult.LaunchFailed : CudaResult.Success;
        string message = Assert.Throws<BackendException>(() =>
        {
            runtime.Launch(FillKernels.Kernel, 2, 1, new FillArgs(new GpuSpan(0, 64), 3));
            runtime.Synchronise();
        }).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_beyond_the_devices_is_refused_with_what_there_is()
    {
        string message = Assert.Throws<BackendException>(() => new CudaRuntime(_driver, 1, null)).Message;
        Assert.Contains("no device cuda:1: the driver lists 1 (emulated sm_80)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_was_taken_is_given_back()
    {
        CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3));
        using (GpuEvent from = runtime.CreateEvent(), to = runtime.CreateEvent())
        {
            runtime.Record(from);
            runtime.Record(to);
            Assert.Equal(0, runtime.Milliseconds(from, to));
        }

        Assert.True(_driver.Held > 0);
        runtime.Dispose();
        Assert.Equal(0, _driver.Held);
    }
}
