using System.Globalization;
using Smile.Bench.Ptx;
using Smile.Bench.Ptx.Machine;
using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests.Reports.Machine;

/// <summary>What a launch executes in machine code.</summary>
public sealed class MachineLaunchTests
{
    // A loop as ptxas unrolls it: four copies, then a rest of one. Upper words: a stall of two cycles.
    private const string Unrolled = """
        //## File ".nv_debug_ptx_txt", line 3
                /*0000*/                   MOV R0, RZ ;          /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        .L_x_1:
        //## File ".nv_debug_ptx_txt", line 7
                /*0010*/                   FFMA R1, R1, R1, R1 ; /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
                /*0020*/                   FFMA R1, R1, R1, R1 ; /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
                /*0030*/                   FFMA R1, R1, R1, R1 ; /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
                /*0040*/                   FFMA R1, R1, R1, R1 ; /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        //## File ".nv_debug_ptx_txt", line 9
                /*0050*/               @P0 BRA `(.L_x_1) ;       /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
                /*0060*/              @!P1 EXIT ;                /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        .L_x_2:
        //## File ".nv_debug_ptx_txt", line 7
                /*0070*/                   FFMA R1, R1, R1, R1 ; /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        //## File ".nv_debug_ptx_txt", line 9
                /*0080*/               @P0 BRA `(.L_x_2) ;       /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
                /*0090*/                   EXIT ;                /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        .L_x_3:
                /*00a0*/                   BRA `(.L_x_3);        /* 0x00000000ff017b82 */
                                                                 /* 0x000004000001c000 */
        """;

    [Fact]
    public void A_listing_is_read()
    {
        const string Listing = """
            //## File ".nv_debug_ptx_txt", line 58
                    /*0010*/              @!P3 LDG.E.128 R4, [R6.64] ;   /* 0x0000000a06047981 */
                                                                         /* 0x001ea4000c1e9d00 */
            $Kernel_x$__cuda_div:
                    /*0020*/                   IMAD.MOV.U32 R2, RZ, RZ, RZ ; /* 0x000000ffff027224 */
                                                                         /* 0x004fe200078e00ff */
            """;
        var read = Disassembly.Read(Listing);
        MachineInstruction load = read.Code[0];
        Assert.Equal((0x10, "@!P3", "LDG", 58, "LDG"), (load.Address, load.Predicate, load.Operation, load.Line, load.Class));
        // 0x001ea4 << 40: stall 2, sets barrier 2, waits for barrier 0.
        Assert.Equal((2, 2, 1, 512), (load.Stall, load.SetsBarrier, load.WaitsFor, load.LoadBytes));
        Assert.Equal((1, "move", 58), (read.Labels["$Kernel_x$__cuda_div"], read.Code[1].Class, read.Code[1].Line));
        Assert.Equal(512, Disassembly.BytesInFlight(read.Code));
        Assert.Throws<InvalidDataException>(() => Disassembly.Read("nothing"));
    }

    [Fact]
    public void Blocks_and_loops_are_those_of_the_branches()
    {
        var flow = new MachineFlow(Disassembly.Read(Unrolled));
        Assert.Equal([(0, 1), (1, 6), (6, 7), (7, 9), (9, 10)], flow.Blocks.Select(b => (b.First, b.End)));
        Assert.Equal([[1], [2, 1], [3, 5], [4, 3], [5]], flow.Blocks.Select(b => b.Following.ToArray()));
        Assert.Equal([[1], [3]], flow.Loops());
    }

    [Theory]
    [InlineData(400, 100, 0)] // nothing says that the rest ran: the fewest instructions
    [InlineData(403, 100, 3)]
    public void Copies_of_a_line_share_its_count(int count, double unrolled, double rest)
    {
        var flow = new MachineFlow(Disassembly.Read(Unrolled));
        LaneEquation[] equations =
        [
            new(new Dictionary<int, double> { [1] = 4, [3] = 1 }, 32 * count, 1, false),
            .. rest == 0
                ? []
                : new LaneEquation[]
                {
                    new(new Dictionary<int, double> { [3] = 1 }, 32 * rest, 1, false),
                    new(new Dictionary<int, double> { [4] = 1 }, 32, 1, false),
                },
        ];
        double[] lanes = BlockLanes.Of(flow, 32, equations);
        Assert.Equal([1, unrolled, 1, rest, rest > 0 ? 1 : 0], lanes.Select(l => Math.Round(l / 32, 4)));
    }

    [Fact]
    public void A_block_that_no_line_tells_of_runs_as_often_as_flow_demands()
    {
        var flow = new MachineFlow(Disassembly.Read(Unrolled));
        double[] lanes = BlockLanes.Of(flow, 64,
            [new(new Dictionary<int, double> { [1] = 1 }, 640, 1, false), new(new Dictionary<int, double> { [3] = 1 }, 0, 1, true)]);
        Assert.Equal([64, 640, 64, 0, 0], lanes.Select(l => Math.Round(l, 4)));
    }

    [Fact]
    public void The_least_cost_is_found()
    {
        // x - y = 0; x + y to be 4 and x to be 3: x = y = 2 misses the cheaper row.
        var programme = new LinearProgramme([0, 0], [([1, -1], 0)]);
        programme.Add([1, 1], 4, 2, 2);
        programme.Add([1, 0], 3, 1, 1);
        Assert.Equal([2, 2], programme.Solve().Select(x => Math.Round(x, 6)));
    }

    [Fact]
    public void Executed_instructions_are_those_of_the_lines_that_were_counted()
    {
        const string Ptx = """
            .version 7.8
            .target sm_80
            .address_size 64
            .visible .entry k(.param .align 8 .b8 memory[16])
            {
                .reg .f32 %f<3>;
                .reg .b32 %r<3>;
                .reg .b64 %rd<3>;
                .reg .pred %p<2>;
                ld.param.u64 %rd1, [memory];
                cvta.to.global.u64 %rd1, %rd1;
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd2, %r1, 4;
                add.u64 %rd1, %rd1, %rd2;
                ld.global.f32 %f1, [%rd1];
                ld.global.u32 %r2, [%rd1+1024];
            again:
                fma.rn.f32 %f1, %f1, %f1, %f1;
                sub.u32 %r2, %r2, 1;
                setp.ne.u32 %p1, %r2, 0;
                @%p1 bra again;
                st.global.f32 [%rd1], %f1;
                ret;
            }
            """;
        const int Rounds = 37, Threads = 128;
        using var emulator = new Emulator();
        ulong memory = emulator.Memory.Allocate(2048);
        emulator.Memory.Fill(memory, 2048, 0);
        for (int i = 0; i < Threads; i++)
            emulator.Memory.Write(memory + 1024 + 4 * (ulong)i, BitConverter.GetBytes(Rounds));
        LaunchReport report = emulator.Launch(PtxModule.Parse(Ptx).Kernel("k"), new Dim3(1), new Dim3(Threads),
            [.. BitConverter.GetBytes(memory), .. new byte[8]]);
        var machine = MachineLaunch.Of(MachineKernel.Of(MachineCheckTests.Tools(), Ptx, "sm_90"), report.Lines, Threads);
        Assert.Equal(Rounds * Threads / 32, Math.Round(machine.Of("FFMA"), 3));
        Assert.Equal(4, Math.Round(machine.Of("STG"), 3));
        Assert.InRange(machine.Miss, 0, 1e-6);
        Assert.Contains(machine.Loop, block => block.Classes.ContainsKey("FFMA"));
        InstructionCount other = report.Lines[0] with { Text = "st.global.b64" };
        Assert.Throws<InvalidDataException>(() => MachineLaunch.Of(machine.Kernel, [other], Threads));
    }

    [Fact]
    public void The_report_has_a_row_for_each_kernel_and_the_blocks_of_the_one_that_is_named()
    {
        MachineCheckTests.Tools();
        using StringWriter output = new(CultureInfo.InvariantCulture), errors = new(CultureInfo.InvariantCulture);
        KernelCase[] cases = [.. KernelCases.Small.All().Where(one => one.Name is "sgd" or "sum of squares")];
        Assert.Equal(0, PtxCommand.Run(["--machine-code", "--kernel", "SumSquaresPartials", "--arch", "sm_80"], cases, output, errors));
        Assert.Contains("| SumSquaresPartials | sum of squares |", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("executed by class: ", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Sgd", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(errors.ToString());
    }
}
