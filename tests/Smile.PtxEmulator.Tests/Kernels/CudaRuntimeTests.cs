using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Add;
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
    public void Disposed_twice_it_gives_its_memory_back_once()
    {
        CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        runtime.Dispose();
        runtime.Dispose(); // a second free of native memory would end the process
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
        string message = Assert.Throws<BackendException>(() =>
            runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3))).Message;
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

    [Theory]
    [InlineData("BeginCapture", "begin to capture a graph")]
    [InlineData("EndCapture", "capture a graph")]
    [InlineData("Instantiate", "make a graph of 1 nodes ready")]
    [InlineData("LaunchGraph", "launch a graph")]
    [InlineData("Launch", "launch Fill, 1 x 1 groups of 256 threads")]
    public void A_failure_around_a_graph_names_it_and_the_next_run_works(string function, string expected)
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        Action fill = runtime.Capture(() => runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3)));
        fill();
        _driver.Fault = name => name == function ? CudaResult.LaunchFailed : CudaResult.Success;
        Assert.Contains($"could not {expected}: LaunchFailed (719)", Assert.Throws<BackendException>(fill).Message,
            StringComparison.Ordinal);
        _driver.Fault = _ => CudaResult.Success;
        fill();
        Assert.Equal(2, _driver.Launches.Count);
    }

    [Fact]
    public void Recorded_work_is_captured_once_and_replayed_with_its_arguments()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(192);
        float value = 1;
        int runs = 0;
        Action work = runtime.Capture(() =>
        {
            runs++;
            runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), value));
            runtime.Launch(AddKernels.Forward, 1, 1, new AddArgs(new GpuSpan(0, 64), new GpuSpan(64, 64), new GpuSpan(128, 64), 0));
        });
        uint[] down = new uint[64];
        for (int i = 1; i <= 4; i++, value++)
        {
            runtime.Upload(64, [.. Enumerable.Repeat(BitConverter.SingleToUInt32Bits(10 * i), 64)]);
            work();
            runtime.Download(128, down);
            float captured = Math.Min(i, 2); // the second run's value stays
            Assert.All(down, word => Assert.Equal(10 * i + captured, BitConverter.UInt32BitsToSingle(word)));
        }

        Assert.Equal(2, runs);
        Assert.Equal(new LaunchCount(2, 3, 6), runtime.Launches);
        Assert.Equal(8, _driver.Launches.Count);
    }

    [Fact]
    public void Recorded_work_that_waits_is_refused_and_leaves_the_queue_in_order()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        bool wrong = false;
        Action work = runtime.Capture(() =>
        {
            runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3));
            if (wrong)
                runtime.Synchronise();
        });
        work();
        wrong = true;
        Assert.Throws<InvalidOperationException>(work);
        runtime.Synchronise();
        wrong = false;
        work();
        Assert.Equal((2, 1), (_driver.Launches.Count, (int)runtime.Launches.Graphs));
    }

    [Fact]
    public void Launches_replays_and_copies_allocate_nothing()
    {
        using CudaRuntime runtime = EmulatedCuda.Open(_driver);
        runtime.Allocate(64);
        Action fill = runtime.Capture(() => runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3)));
        uint[] words = new uint[64];
        void All()
        {
            runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3));
            fill();
            runtime.Upload(0, words);
            runtime.Download(0, words);
            runtime.Synchronise();
        }

        for (int i = 0; i < 3; i++)
            All();
        _driver.Idle = true;
        All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            All();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
        Action fill = runtime.Capture(() => runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 3)));
        fill();
        fill();
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
