using ILGPU.Runtime.Cuda;
using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Counters;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>The PTX of every kernel, and what the counters say of some.</summary>
public sealed class KernelPtxTests
{
    public static TheoryData<string> Kernels => new(GpuKernels.All.Select(k => k.Name));

    [Theory, MemberData(nameof(Kernels))]
    public void Every_kernel_is_understood_for_every_architecture(string name)
    {
        GpuKernel kernel = GpuKernels.All.Single(k => k.Name == name);
        foreach (CudaArchitecture architecture in (CudaArchitecture[])[CudaArchitecture.SM_75, CudaArchitecture.SM_80,
            CudaArchitecture.SM_90])
            if (10 * architecture.Major + architecture.Minor >= kernel.LeastCapability)
                Assert.EndsWith(name, KernelPtx.Decoded(KernelPtx.Text(kernel, architecture)).Name, StringComparison.Ordinal);
    }

    /// <summary>
    /// A thread has 255 registers; the estimate leaves ptxas a quarter of them for what it moves, and an eighth in tensor-core kernels:
    /// their 128 accumulators stay where they are, and the arguments that the estimate counts are read from constant memory.
    /// </summary>
    [Theory, MemberData(nameof(Kernels))]
    public void No_kernel_needs_more_registers_than_a_thread_has(string name)
    {
        GpuKernel kernel = GpuKernels.All.Single(k => k.Name == name);
        Assert.InRange(KernelPtx.Decoded(kernel).LiveRegisters, 1, kernel.LeastCapability > 0 ? 224 : 192);
    }

    [Fact]
    public void An_element_wise_kernel_asks_for_each_sector_once()
    {
        var run = new Comparison();
        Place x = run.Source("x", 4096), y = run.Result(4096);
        Assert.Null(run.Difference(b => b.ReluForward(x, y)));
        LaunchReport report = run.Launches.Single(l => l.Kernel.EndsWith("ReluForward", StringComparison.Ordinal));
        Assert.Equal((1.0, 2 * 4 * 4096), (report.SectorRatio, report.Total.Bytes));
        Assert.Equal(0, report.Total.Divergences);
    }

    [Theory]
    [InlineData("ConvForward64")]
    [InlineData("ConvBackInput64")]
    [InlineData("ConvBackWeight64")]
    public void A_convolution_has_no_bank_conflict_reads_whole_sectors_and_eight_thousand_fma_a_warp_and_tile(string kernel)
    {
        var run = new Comparison();
        ConvShape shape = new(1, 8, 8, 64, 64, 1); // one tile of 64 x 64, 64 deep
        Place a = run.Source("a", shape.InputCount), b = run.Source("b", shape.WeightCount), c = run.Result(shape.OutputCount);
        Assert.Null(run.Difference(backend =>
        {
            if (kernel == "ConvForward64")
                backend.ConvForward(shape, a, b, Place.None, c);
            else if (kernel == "ConvBackInput64")
                backend.ConvBackInput(shape, a, b, c, Into.Set);
            else
                backend.ConvBackWeight(shape, a, b, c, Into.Set);
        }));
        LaunchReport report = run.Launches.Single(l => l.Kernel == $"Kernel_{kernel}");
        Assert.Equal(2 * 64 * 64, report.Lines.Where(l => l.IsFma).Sum(l => l.Count.Warps)); // 2 warps, 64 accumulators a thread, 64 deep
        Assert.Equal((0, 1.0), (report.BankConflicts, report.SectorRatio));
    }
}
