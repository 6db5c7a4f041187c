using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests;

/// <summary>Every refusal, by the smallest kernel that earns it.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("frob.u32 %r1, %r2;", "frob")]
    [InlineData("add.sat.s32 %r1, %r2, %r3;", ".sat")]
    [InlineData("add.rz.f32 %f1, %f2, %f3;", ".rz")]
    [InlineData("mov.u32 %r1, %clock;", "%clock")]
    [InlineData("ld.const.u32 %r1, [%d0];", ".const")]
    [InlineData("atom.global.add.noftz.f16 %h1, [%d0], %h2;", "f16")]
    [InlineData("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%f1}, {%f2}, {%f3}, {%f4};", "shape")]
    [InlineData(".param .u32 x;", ".param")]
    public void What_is_not_modelled_is_refused_with_its_line(string line, string word)
    {
        PtxException refused = Assert.Throws<PtxException>(() => PtxModule.Parse(Ptx.Threads($"{line}\nret;")));
        Assert.Equal((PtxFault.Unsupported, FirstLine), (refused.Fault, refused.Line));
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add.s32 %r1, %r2;")]
    [InlineData("add.s32 %r1, %r2, %f3;")]
    [InlineData("add.s32 %r1, %r2, %d3;")]
    [InlineData("add.s32 %r1, %r2, %nobody;")]
    [InlineData("add.f32 %f1, %f2, 1;")]
    [InlineData("bra NOWHERE;")]
    [InlineData("ld.global.v2.f32 {%f1}, [%d0];")]
    [InlineData("add.s32 %r1 %r2;")]
    [InlineData("?")]
    public void What_is_no_PTX_is_refused_with_its_line(string line)
    {
        PtxException refused = Assert.Throws<PtxException>(() => PtxModule.Parse(Ptx.Threads($"{line}\nret;")));
        Assert.Contains(refused.Fault, (PtxFault[])[PtxFault.Syntax, PtxFault.Unsupported]);
        Assert.Equal(FirstLine, refused.Line);
    }

    [Fact]
    public void Code_that_runs_past_its_end() =>
        Assert.Equal(PtxFault.Syntax, Assert.Throws<PtxException>(() => PtxModule.Parse(Ptx.Threads("mov.u32 %r1, 0;"))).Fault);

    [Theory]
    [InlineData("ld.global.u32 %r1, [%d0+16384];")]
    [InlineData("ld.global.u32 %r1, [%d0+-4];")]
    [InlineData("st.global.v4.u32 [%d0+16384], {%r0, %r0, %r0, %r0};")]
    [InlineData("st.shared.u32 [buffer+64], %r0;")]
    [InlineData("ld.local.u32 %r1, [stack+16];")]
    [InlineData("ld.u32 %r1, [16];")]
    public void An_address_outside_everything(string line) => Refused(PtxFault.OutOfBounds, line);

    [Theory]
    [InlineData("ld.global.u32 %r1, [%d0+2];")]
    [InlineData("ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%d0+8];")]
    [InlineData("st.shared.u64 [buffer+4], %d0;")]
    public void An_address_that_is_not_aligned(string line) => Refused(PtxFault.Misaligned, line);

    [Theory]
    [InlineData("add.u32 %r1, %r2, %r2;")]
    [InlineData("setp.eq.u32 %p1, %r2, 0;")]
    [InlineData("@%p1 mov.u32 %r1, 0;")]
    [InlineData("st.global.u32 [%d1], %r5;")]
    [InlineData("ld.global.u32 %r1, [%d9];")]
    [InlineData("ld.shared.u32 %r1, [buffer];")]
    [InlineData("ld.local.u32 %r1, [stack];")]
    [InlineData("mov.u32 %r1, %r2; add.u32 %r3, %r1, 1;")]
    public void A_read_of_what_was_never_written(string line) => Refused(PtxFault.Uninitialised, line);

    [Fact]
    public void A_read_of_global_memory_that_was_never_written() =>
        Assert.Equal(PtxFault.Uninitialised, Ptx.Refused("ld.global.u32 %r1, [%d1]; ret;", written: false).Fault);

    [Fact]
    public void A_value_written_in_some_lanes_only() => Refused(PtxFault.Uninitialised, """
        setp.lt.u32 %p1, %r0, 31;
        @%p1 mov.u32 %r1, 0;
        add.u32 %r2, %r1, 1;
        """);

    [Theory]
    // two lanes write one word
    [InlineData("st.shared.u32 [buffer], %r0;")]
    // a lane reads what another wrote, with no barrier
    [InlineData("cvt.u32.u64 %r1, %d8; st.shared.u32 [%r1], %r0; xor.b32 %r2, %r1, 4; ld.shared.u32 %r3, [%r2];")]
    // a lane writes what another read
    [InlineData("cvt.u32.u64 %r1, %d8; st.shared.u32 [%r1], %r0; bar.sync 0; xor.b32 %r2, %r1, 4; ld.shared.u32 %r3, [%r2]; "
        + "st.shared.u32 [%r1], %r0;")]
    // an atomic update beside a plain write
    [InlineData("setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [buffer], 0; red.shared.add.u32 [buffer], 1;")]
    [InlineData("st.global.u32 [%d0], %r0;")]
    [InlineData("ld.global.u32 %r1, [%d0]; st.global.u32 [%d1], %r1;")]
    [InlineData("setp.lt.u32 %p1, %r0, 31; st.global.u32 [%d1], %r0; @%p1 ld.global.u32 %r2, [%d1+4];")]
    public void A_race(string lines) => Refused(PtxFault.Race, lines);

    [Fact]
    public void A_race_of_two_warps_that_a_warp_barrier_does_not_order() => Assert.Equal(PtxFault.Race, Ptx.Refused("""
        .shared .align 4 .b8 both[256];
        mul.lo.u32 %r1, %r0, 4;
        st.shared.u32 [%r1], %r0;
        bar.sync 0;
        st.shared.u32 [%r1], %r0;
        bar.warp.sync 0xFFFFFFFF;
        xor.b32 %r2, %r1, 128;
        ld.shared.u32 %r3, [%r2];
        ret;
        """, threads: 64).Fault);

    [Fact]
    public void A_race_of_blocks_in_global_memory()
    {
        Assert.Equal(PtxFault.Race, Ptx.Refused("bar.sync 0; st.global.u32 [%d1], %r0; ret;", blocks: 2).Fault);
        Assert.Equal(PtxFault.Race, Ptx.Refused("ld.global.u32 %r1, [%d1]; bar.sync 0; st.global.u32 [%d1], %r0; ret;", blocks: 2).Fault);
    }

    [Fact]
    public void Uniform_branches_that_lanes_part_at() =>
        Refused(PtxFault.PartialWarp, "setp.lt.u32 %p1, %r0, 5; @%p1 bra.uni HERE; mov.u32 %r1, 0; HERE:");

    [Theory]
    [InlineData("bar.sync 0;")]
    [InlineData("bar.red.popc.u32 %r1, 0, %p1;")]
    [InlineData("bar.warp.sync 0xFFFFFFFF;")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 0, 31, 0xFFFFFFFF;")]
    [InlineData("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [buffer];")]
    [InlineData("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0,%f1,%f2,%f3}, {%r1,%r2,%r3,%r4}, {%r5,%r6}, {%f4,%f5,%f6,%f7};")]
    public void Part_of_a_warp_at_what_takes_all_of_it(string line) =>
        Refused(PtxFault.PartialWarp, $"setp.lt.u32 %p1, %r0, 5; @%p1 bra OVER; {line} OVER:");

    [Fact]
    public void A_shuffle_with_lanes_that_are_not_its_members() =>
        Refused(PtxFault.PartialWarp, "shfl.sync.idx.b32 %r1, %r0, 0, 31, 0xFFFF;");

    [Fact]
    public void Part_of_a_block_at_a_barrier()
    {
        Assert.Equal(PtxFault.PartialBlock,
            Ptx.Refused("setp.ge.u32 %p1, %r0, 32; @%p1 bra OVER; bar.sync 0; OVER: ret;", threads: 64).Fault);
        Assert.Equal(PtxFault.PartialBlock,
            Ptx.Refused("setp.ge.u32 %p1, %r0, 32; @%p1 bra ELSE; bar.sync 0; ret; ELSE: bar.sync 0; ret;", threads: 64).Fault);
    }

    [Fact]
    public void A_barrier_for_part_of_a_block() => Refused(PtxFault.Unsupported, "bar.sync 1, 16;");

    [Theory]
    [InlineData("")]
    [InlineData("cp.async.wait_group 1;")]
    [InlineData("cp.async.wait_group 1; bar.sync 0;")]
    public void A_copy_read_before_its_wait(string wait) => Refused(PtxFault.PendingCopy, $"""
        mul.wide.u32 %d2, %r0, 4; cvt.u32.u64 %r1, %d2;
        cp.async.ca.shared.global [%r1], [%d1], 4;
        cp.async.commit_group;
        {wait}
        ld.shared.u32 %r2, [%r1];
        """, threads: 16);

    [Fact]
    public void A_copy_of_another_thread_read_behind_its_wait_but_before_a_barrier() => Refused(PtxFault.Race, """
        mul.wide.u32 %d2, %r0, 4; cvt.u32.u64 %r1, %d2;
        cp.async.ca.shared.global [%r1], [%d1], 4;
        cp.async.wait_all;
        xor.b32 %r1, %r1, 4;
        ld.shared.u32 %r2, [%r1];
        """, threads: 16);

    [Fact]
    public void Tensor_cores_take_tf32_values_only() => Refused(PtxFault.Uninitialised, """
        mov.b32 %r1, 0x3F800001; mov.f32 %f1, 0f00000000;
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f4,%f5,%f6,%f7}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f1,%f1,%f1};
        """);

    [Theory]
    [InlineData(0, 1, 8, 0)]
    [InlineData(1, 2048, 8, 0)]
    [InlineData(1, 32, 12, 0)]
    [InlineData(1, 32, 8, 64)]
    public void A_launch_that_does_not_fit_the_kernel(int blocks, int threads, int parameterBytes, int dynamicShared)
    {
        using var emulator = new Emulator();
        PtxKernel kernel = PtxModule.Parse(Ptx.Threads("ret;")).Kernel("k");
        Assert.Equal(PtxFault.Launch,
            Assert.Throws<PtxException>(() =>
                emulator.Launch(kernel, new Dim3(blocks), new Dim3(threads), new byte[parameterBytes], dynamicShared)).Fault);
    }

    [Fact]
    public void The_message_names_line_instruction_thread_and_address()
    {
        PtxException refused = Ptx.Refused("ld.global.u32 %r1, [%d0+16388];\nret;");
        Assert.Equal(FirstLine, refused.Line);
        Assert.StartsWith($"PTX line {refused.Line}: ld.global.u32: thread 0 of block (0, 0, 0): 4 bytes at 0x", refused.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("in no allocation; 4 bytes past the end of the 16384 bytes at 0x700000000", refused.Message,
            StringComparison.Ordinal);
    }

    /// <summary>The line of the module that the body of <see cref="Ptx.Threads"/> starts in.</summary>
    private static int FirstLine { get; } = 1 + Ptx.Threads("@BODY").Split('\n')
        .TakeWhile(l => !l.Contains("@BODY", StringComparison.Ordinal)).Count();

    private static void Refused(PtxFault fault, string lines, int threads = 32) => Assert.Equal(fault, Ptx.Refused($"""
        .shared .align 16 .b8 buffer[64];
        .local .align 16 .b8 stack[16];
        mov.u64 %d8, buffer;
        and.b32 %r40, %r0, 15;
        mul.wide.u32 %d7, %r40, 4;
        add.u64 %d8, %d8, %d7;
        {lines}
        ret;
        """, threads).Fault);
}
