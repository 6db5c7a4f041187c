using ILGPU;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.PtxEmulator.Driver;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>Dynamic shared memory from C# to the emulator, and kernels that a device cannot run.</summary>
public sealed class DynamicSharedTests
{
    private const int Threads = 64, Bytes = 100 << 10;

    private static readonly GpuKernel<FillArgs> _reverse = new(Reverse, Threads) { DynamicSharedBytes = Bytes };

    /// <summary>Reverses the group's words, through the two ends of its dynamic memory, and adds what lies in its static memory.</summary>
    private static void Reverse(ArrayView<float> memory, FillArgs args)
    {
        ArrayView<float> still = SharedMemory.Allocate<float>(1), dynamic = SharedMemory.GetDynamic<Float4>().Cast<float>();
        if (Group.IdxX == 0)
            still[0] = args.Value;
        int last = Bytes / sizeof(float) - 1, at = Group.IdxX < Threads / 2 ? Group.IdxX : last - Group.IdxX;
        dynamic[at] = args.At.Load(memory, Group.IdxX);
        Group.Barrier();
        int other = Threads - 1 - Group.IdxX;
        args.At.Store(memory, Group.IdxX, dynamic[other < Threads / 2 ? other : last - other] + still[0], Into.Set);
    }

    [Fact]
    public void More_than_48_KB_are_there_aligned_and_counted()
    {
        EmulatedDriver driver = EmulatedCuda.Driver(8, 0, seed: 1);
        string text = "";
        driver.Change = ptx => text = ptx;
        using CudaRuntime runtime = EmulatedCuda.Open(driver);
        Assert.True(runtime.CanRun(_reverse));
        AssertReverses(runtime);
        Assert.Matches(@"\.extern \.shared \.align 16 ", text);
        KernelResources resources = Assert.Single(runtime.Resources);
        Assert.Equal((_reverse, 4, 0), (resources.Kernel, resources.SharedBytes, resources.LocalBytes));
        Assert.InRange(resources.Registers, 1, 64);
    }

    [Fact]
    public void A_stock_accelerator_runs_it_too()
    {
        using IlgpuRuntime runtime = IlgpuRuntime.OpenCpu(Threads);
        Assert.True(runtime.CanRun(_reverse));
        AssertReverses(runtime);
    }

    [Fact]
    public void A_device_that_cannot_run_a_kernel_says_so_and_refuses_it()
    {
        using CudaRuntime turing = EmulatedCuda.Open(EmulatedCuda.Driver(7, 5, seed: 1)),
            ampere = EmulatedCuda.Open(EmulatedCuda.Driver(8, 0, seed: 1));
        using IlgpuRuntime stock = IlgpuRuntime.OpenCpu(Threads);
        var newer = new GpuKernel<FillArgs>(_reverse.Body, Threads) { LeastCapability = 80 };
        Assert.Equal((false, true, false), (turing.CanRun(newer), ampere.CanRun(newer), stock.CanRun(newer)));
        Assert.False(turing.CanRun(_reverse));
        foreach (IGpuRuntime runtime in (IGpuRuntime[])[turing, stock])
        {
            runtime.Allocate(Threads);
            string message = Assert.Throws<BackendException>(() =>
                runtime.Launch(newer, 1, 1, new FillArgs(new GpuSpan(0, Threads), 1))).Message;
            Assert.Contains("Reverse", message, StringComparison.Ordinal);
        }
    }

    private static void AssertReverses(IGpuRuntime runtime)
    {
        runtime.Allocate(Threads);
        runtime.Upload(0, [.. Enumerable.Range(0, Threads).Select(i => BitConverter.SingleToUInt32Bits(i))]);
        runtime.Launch(_reverse, 1, 1, new FillArgs(new GpuSpan(0, Threads), 0.5f));
        uint[] down = new uint[Threads];
        runtime.Download(0, down);
        Assert.Equal(Enumerable.Range(0, Threads).Select(i => BitConverter.SingleToUInt32Bits(Threads - 1 - i + 0.5f)), down);
    }
}
