using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests.Gpu;

public class IlgpuRuntimeTests
{
    [Fact]
    public void Memory_starts_as_zeros_and_keeps_words()
    {
        using var runtime = IlgpuRuntime.OpenCpu();
        runtime.Allocate(100);
        var words = new uint[100];
        runtime.Download(0, words);
        Assert.All(words, w => Assert.Equal(0u, w));
        runtime.Upload(7, [1, 0xFFFF_FFFF, 0x7F80_0001]); // among them a signalling NaN
        runtime.Download(6, words.AsSpan(0, 5));
        Assert.Equal([0, 1, 0xFFFF_FFFF, 0x7F80_0001, 0], words[..5]);
    }

    [Fact]
    public void Too_much_memory_is_refused_with_the_number_of_bytes()
    {
        using var runtime = IlgpuRuntime.OpenCpu();
        string message = Assert.Throws<BackendException>(() => runtime.Allocate(1L << 48)).Message;
        Assert.Contains((sizeof(float) * (1L << 48)).ToString(System.Globalization.CultureInfo.InvariantCulture), message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_reach_the_words_of_their_span_alone()
    {
        using var runtime = IlgpuRuntime.OpenCpu();
        runtime.Allocate(400);
        foreach (int offset in (int[])[64, 65])
            foreach (int length in (int[])[1, 3, 4, 7, 130])
            {
                var before = new uint[400];
                before.AsSpan().Fill(9);
                runtime.Upload(0, before);
                runtime.Launch(FillKernels.Kernel, 2, 1, new FillArgs(new GpuSpan(offset, length), 2));
                var after = new uint[400];
                runtime.Download(0, after);
                before.AsSpan(offset, length).Fill(BitConverter.SingleToUInt32Bits(2));
                Assert.Equal(before, after);
            }
    }

    [Fact]
    public void Events_measure_the_queue()
    {
        using var runtime = IlgpuRuntime.OpenCpu();
        runtime.Allocate(64);
        using GpuEvent start = runtime.CreateEvent(), end = runtime.CreateEvent();
        Assert.Throws<InvalidOperationException>(() => runtime.Milliseconds(start, end));
        for (int again = 0; again < 2; again++)
        {
            runtime.Record(start);
            runtime.Launch(FillKernels.Kernel, 1, 1, new FillArgs(new GpuSpan(0, 64), 1));
            runtime.Record(end);
            Assert.True(runtime.Milliseconds(start, end) > 0);
        }
    }

    [Fact]
    public void Memory_is_allocated_once()
    {
        using var runtime = IlgpuRuntime.OpenCpu();
        Assert.Throws<InvalidOperationException>(() => runtime.Download(0, new uint[1]));
        runtime.Allocate(64);
        Assert.Throws<InvalidOperationException>(() => runtime.Allocate(64));
    }
}
