using System.Globalization;
using System.Text.Json;
using Smile.Bench.Ptx;
using Smile.Bench.Ptx.Machine;
using Smile.Bench.Ptx.Step;
using Smile.Kernels.Ops.Conv2d;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests.Reports.Machine;

/// <summary>A training step added up from the machine code of its launches.</summary>
public sealed class StepModelTests
{
    /// <summary>Each thread doubles one of four words.</summary>
    private const string Ptx = """
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry Kernel_Add(.param .align 8 .b8 memory[16])
        {
            .reg .f32 %f<5>;
            .reg .b32 %r<5>;
            .reg .b64 %rd<3>;
            ld.param.u64 %rd1, [memory];
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %ntid.x;
            mov.u32 %r3, %tid.x;
            mad.lo.u32 %r4, %r1, %r2, %r3;
            mul.wide.u32 %rd2, %r4, 16;
            add.u64 %rd1, %rd1, %rd2;
            ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];
            add.rn.f32 %f1, %f1, %f1;
            st.global.v4.f32 [%rd1], {%f1, %f2, %f3, %f4};
            ret;
        }
        """;

    [Fact]
    public void A_launch_that_moves_many_bytes_takes_the_time_of_its_bytes()
    {
        const int Blocks = 1 << 18;
        StepRow row = Row(Blocks, out LaunchReport launch);
        Assert.Equal((2, Blocks), (launch.ExecutedBlocks, launch.Grid.X));
        Assert.Equal(2L * 16 * 256 * Blocks, row.Bytes);
        Assert.Equal("bandwidth", row.Bound);
        double expected = row.Bytes / (0.9 * 4800e3);
        Assert.Equal(expected, row.MemoryMicroseconds, expected * 1e-9);
        Assert.Equal(3 * (2.5 + expected), row.Microseconds, expected * 1e-9);
        Assert.Equal(1, row.FfmaCycles, 1e-6);
        Assert.Equal(Blocks / (132.0 * 8), row.Waves, 1e-9);
    }

    [Fact]
    public void A_launch_of_few_blocks_waits_for_the_bytes_that_it_has_in_flight()
    {
        StepRow row = Row(4, out _);
        // Four multiprocessors with eight warps each, four words a lane on the way.
        Assert.Equal(8 * 32 * 16, row.BytesInFlight);
        Assert.Equal(row.Bytes / (4 * row.BytesInFlight / 0.7), row.MemoryMicroseconds, 1e-9);
        Assert.Equal("launch", row.Bound);
    }

    [Theory]
    [InlineData("heads", "ConvForwardAny")]
    [InlineData("heads", "ConvBias")]
    [InlineData("weight gradients", "ConvTensorWeightBf16")]
    [InlineData("weight gradients", "ConvStemBackWeight")]
    [InlineData("convolutions, forward and input gradient", "ConvBackInput64")]
    [InlineData("sums of splits", "ConvSumSplitK")]
    [InlineData("packing", "TensorToBf16")]
    [InlineData("norm", "NormForward")]
    [InlineData("loss", "ResizedBceTile")]
    [InlineData("others", "Sgd")]
    public void Kernels_are_told_apart_by_what_they_are_for(string kind, string kernel) => Assert.Equal(kind, StepModel.KindOf(kernel));

    [Fact]
    public void A_step_has_a_row_for_all_its_launches_and_the_rows_make_the_total()
    {
        NvidiaTools tools = MachineCheckTests.Tools();
        var question = new StepQuestion("tiny", 32, Precision.Fp32, GpuSpecification.Named("a100")!);
        IReadOnlyList<StepRow> rows = question.Answer(tools);
        Assert.Equal(StepLaunches.Of("tiny").Sum(kernel => kernel.Launches), rows.Sum(row => row.Launches));
        Assert.Equal(StepLaunches.Of("tiny").Select(kernel => kernel.Kernel).Order(), rows.Select(row => row.Kernel).Distinct().Order());
        Assert.All(rows, row => Assert.True(row.Microseconds >= 2.5 * row.Launches && row.WarpInstructions >= 1, row.ToString()));
        JsonElement json = JsonDocument.Parse(question.Json(rows, tools.Release())).RootElement;
        Assert.Equal(rows.Sum(row => row.Microseconds) / 1e3, json.GetProperty("total_ms").GetDouble(), 1e-9);
        Assert.Equal(rows.Sum(row => row.Launches), json.GetProperty("launches").GetInt32());
        Assert.Equal(rows.Count, json.GetProperty("rows").GetArrayLength());
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        question.Write(rows, tools.Release(), 5, text);
        Assert.Contains("| norm |", text.ToString(), StringComparison.Ordinal);
    }

    private static StepRow Row(int blocks, out LaunchReport launch)
    {
        using var emulator = new Emulator(new EmulatorOptions { SampledBlocks = 2 });
        ulong memory = emulator.Memory.Allocate(16L * 256 * blocks);
        launch = emulator.Launch(PtxModule.Parse(Ptx).Kernel("Kernel_Add"), new Dim3(blocks), new Dim3(256),
            [.. BitConverter.GetBytes(memory), .. new byte[8]]);
        var machine = MachineLaunch.Of(MachineKernel.Of(MachineCheckTests.Tools(), Ptx, "sm_90"), launch.Lines, 2 * 256);
        return new StepModel(GpuSpecification.Named("h200")!).Row(launch, machine, 3, long.MaxValue);
    }
}
