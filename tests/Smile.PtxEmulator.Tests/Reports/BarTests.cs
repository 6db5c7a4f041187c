using Smile.Bench.Ptx;
using Smile.Kernels.Backend;
using Smile.Kernels.Ops.Conv2d;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>What the bars are held against, and that a kernel that misses one is named.</summary>
public sealed class BarTests
{
    [Fact]
    public void Every_kernel_has_a_case() =>
        Assert.Equal(GpuKernels.All.Select(k => k.Name).Order(), KernelCases.Full.All().SelectMany(Counting.KernelsOf).Distinct().Order());

    [Fact]
    public void Cases_have_names_of_their_own() => Assert.Distinct(KernelCases.Full.All().Select(one => one.Name));

    /// <summary>
    /// One row of three pixels, three taps in the row and three in the other rows, which meet padding alone: taps meet 2 + 3 + 2 pixels of
    /// 8 channels. Two tiles of pixels, four of 32 channels.
    /// </summary>
    [Theory]
    [InlineData(nameof(ConvPass.Forward), 2, 4, 1, 4 * 7 * 8 + 2 * 9 * 8 * 128 + 3 * 128)]
    [InlineData(nameof(ConvPass.InputGradient), 2, 1, 1, 7 * 128 + 2 * 9 * 8 * 128 + 3 * 8)]
    [InlineData(nameof(ConvPass.WeightGradient), 3, 4, 2, 4 * 7 * 8 + 3 * 3 * 128 + 2 * 9 * 8 * 128)]
    public void A_tiling_needs_its_rows_and_columns_once_a_block(string direction, int rowTiles, int columnTiles, int splits, int words)
    {
        var shape = new ConvShape(1, 1, 3, 8, 128, 3, Pad: 1);
        Assert.Equal(words * 4 / 32, new ConvTiling(shape, Enum.Parse<ConvPass>(direction)).Sectors(rowTiles, columnTiles, splits));
    }

    /// <summary>By hand from the limits of the compute capability.</summary>
    [Theory]
    [InlineData("A100", 256, 32, 0, 8, "threads")]
    [InlineData("A100", 256, 64, 0, 4, "registers")]
    [InlineData("A100", 64, 111, 8192, 8, "registers")] // 3584 registers a warp: 18 warps, 16 in fours
    [InlineData("T4", 64, 111, 8192, 8, "registers")]
    [InlineData("H100", 128, 96, 100 << 10, 2, "shared memory")]
    [InlineData("RTX 4090", 128, 16, 0, 12, "threads")]
    [InlineData("H100", 32, 16, 0, 32, "blocks")]
    public void Occupancy_is_what_the_scarcest_resource_leaves(string gpu, int threads, int registers, int shared, int blocks, string limit)
    {
        Occupancy occupancy = GpuSpecification.All.Single(g => g.Name == gpu).Occupancy(threads, registers, shared);
        Assert.Equal((blocks, limit), (occupancy.Blocks, occupancy.Limit));
    }

    [Fact]
    public void The_roofline_is_the_larger_of_arithmetic_and_memory()
    {
        GpuSpecification a100 = GpuSpecification.All.Single(g => g.Name == "A100");
        Assert.Equal(new Bound(1000, "arithmetic"), a100.Bound(Arithmetic.Float32, 19_500_000_000, 1000));
        Assert.Equal(new Bound(1000, "memory"), a100.Bound(Arithmetic.Float32, 1000, 2_039_000_000));
        Assert.Null(GpuSpecification.All.Single(g => g.Name == "T4").Bound(Arithmetic.Tf32, 1, 1));
    }

    [Theory]
    [InlineData("Tesla T4", "T4")]
    [InlineData("NVIDIA A100-SXM4-80GB", "A100")]
    [InlineData("NVIDIA H100 80GB HBM3", "H100")]
    [InlineData("NVIDIA H200", "H200")]
    [InlineData("NVIDIA GeForce RTX 4090", "RTX 4090")]
    [InlineData("NVIDIA A100-SXM4-40GB", null)]
    [InlineData("NVIDIA A100 80GB PCIe", null)]
    [InlineData("NVIDIA H100 PCIe", null)]
    [InlineData("NVIDIA H100 NVL", null)]
    [InlineData("NVIDIA H200 NVL", null)]
    [InlineData("NVIDIA GH200 480GB", null)]
    [InlineData("NVIDIA GeForce RTX 4090 D", null)]
    [InlineData("emulated sm_80", null)]
    public void A_device_is_known_by_the_whole_of_the_drivers_name(string device, string? name) =>
        Assert.Equal(name, GpuSpecification.Find(device)?.Name);

    [Fact]
    public void A_row_at_its_bars_misses_none()
    {
        Assert.Empty(Bars.Missed(Row(Bar.Stream)));
        Assert.Empty(Bars.Missed(Row(Bar.Convolution)));
        Assert.Empty(Bars.Missed(Row(Bar.Tensor)));
    }

    [Fact]
    public void Each_bar_is_missed_by_itself_and_by_what_is_no_number()
    {
        CodeRow loop = Row(Bar.None).MainLoop!;
        Missed(Row(Bar.Stream) with { Sectors = 1060 }, "sectors are 1.060 times those touched");
        Missed(Row(Bar.Stream) with { ReadRatio = 1.06 }, "bytes read are 1.060 times the input");
        Missed(Row(Bar.Stream) with { ReadRatio = double.NaN }, "bytes read");
        Missed(Row(Bar.Convolution) with { MainLoop = loop with { FmaShare = 0.749 } }, "FMA is 74.9");
        Missed(Row(Bar.Convolution) with { MainLoop = loop with { FmaShare = double.NaN } }, "FMA");
        Missed(Row(Bar.Convolution) with { MainLoop = loop with { BankConflicts = 1 } }, "1 bank conflicts");
        Missed(Row(Bar.Convolution) with { TilingSectors = 950 }, "1.105 times those of its tiling");
        Missed(Row(Bar.Convolution) with { TilingSectors = null }, "times those of its tiling");
        Missed(Row(Bar.Convolution) with { LocalBytes = 4 }, "4 bytes of local memory");
        Missed(Row(Bar.Convolution) with { MainLoop = null }, "no loop");
        Missed(Row(Bar.Tensor) with { MainLoop = loop with { MmaShare = 0.33 } }, "mma is 33.0");
        Assert.False(Assert.Single(Bars.Missed(Row(Bar.ConvolutionGradient) with { LocalBytes = 4 })).Fails);
        Assert.Empty(Bars.Missed(Row(Bar.None) with { LocalBytes = 4, Sectors = 9999, ReadRatio = 9 }));

        static void Missed(LaunchRow row, string what)
        {
            Miss miss = Assert.Single(Bars.Missed(row));
            Assert.True(miss.Fails);
            Assert.StartsWith("K (case): ", miss.ToString(), StringComparison.Ordinal);
            Assert.Contains(what, miss.ToString(), StringComparison.Ordinal);
        }
    }

    private static LaunchRow Row(Bar bar)
    {
        var code = new CodeRow(1, 9, 100, 1, 0.75, 0.34, 1, 10, 0, new Dictionary<string, long>());
        return new LaunchRow
        {
            Case = "case",
            Kernel = "K",
            Bar = bar,
            Launches = 1,
            Grid = "1 x 1",
            BlockThreads = 32,
            ThreadInstructions = 100,
            Code = code,
            MainLoop = code,
            LanesActive = 1,
            DivergentBranches = 0,
            Sectors = 1050,
            TouchedSectors = 1000,
            TilingSectors = 1000,
            ReadRatio = 1.05,
            LiveRegisters = 32,
            SharedBytes = 0,
            LocalBytes = 0,
            Arithmetic = Arithmetic.Float32,
            Flops = 1,
            Bytes = 1,
            Gpus = [],
        };
    }
}
