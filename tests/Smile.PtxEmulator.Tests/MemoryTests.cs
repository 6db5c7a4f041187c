using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests;

/// <summary>Loads, stores, atomics, shared memory and barriers, shuffles, asynchronous copies.</summary>
public sealed class MemoryTests
{
    [Theory]
    [InlineData("ld.global.u8 %r1, [%d0];", 0x00000084u)]
    [InlineData("ld.global.s8 %r1, [%d0];", 0xFFFFFF84u)]
    [InlineData("ld.global.s16 %r1, [%d0];", 0xFFFF8384u)]
    [InlineData("ld.global.u16 %r1, [%d0+2];", 0x00008182u)]
    [InlineData("ld.global.nc.b32 %r1, [%d0];", 0x81828384u)]
    [InlineData("ld.global.v2.u32 {%r2, %r1}, [%d0];", 5u)]
    [InlineData("ld.global.v4.u32 {%r2, %r3, %r4, %r1}, [%d0];", 7u)]
    [InlineData("ld.u32 %r1, [%d0+8];", 6u)]
    public void Loads_extend_by_their_type(string load, uint expected) =>
        Assert.Equal(expected, One($"{load}", [0x81828384, 5, 6, 7]));

    [Fact]
    public void Stores_write_their_bytes_only()
    {
        uint[] words = Ptx.Launch(Ptx.Threads("mov.u32 %r1, 0x12345678; st.global.u8 [%d0+1], %r1; st.global.u16 [%d0+6], %r1; "
            + "st.global.v2.u32 [%d0+8], {%r1, %r0}; ret;"), 4, new Dim3(1), new Dim3(1), before: [~0u, ~0u, ~0u, ~0u]).Words;
        Assert.Equal([0xFFFF78FF, 0x5678FFFF, 0x12345678, 0], words);
    }

    [Fact]
    public void Local_memory_belongs_to_a_thread_and_has_generic_addresses() => Assert.Equal(Threads(t => 3 * t), Ptx.Launch(Ptx.Threads("""
        .local .align 4 .b8 stack[8];
        mul.lo.u32 %r1, %r0, 3;
        st.local.u32 [stack+4], %r1;
        mov.u64 %d2, stack;
        cvta.local.u64 %d3, %d2;
        ld.u32 %r2, [%d3+4];
        st.global.u32 [%d1], %r2;
        ret;
        """), 64, new Dim3(1), new Dim3(64)).Words);

    [Fact]
    public void Shared_memory_carries_values_over_a_barrier()
    {
        for (int seed = 0; seed < 5; seed++)
            Assert.Equal(Threads(t => 63 - t), Ptx.Launch(Ptx.Threads("""
                .shared .align 4 .b8 buffer[256];
                mul.wide.u32 %d2, %r0, 4;
                mov.u64 %d3, buffer;
                add.u64 %d4, %d3, %d2;
                st.shared.u32 [%d4], %r0;
                bar.sync 0;
                cvta.shared.u64 %d5, %d3;
                sub.u32 %r1, 63, %r0;
                mul.wide.u32 %d2, %r1, 4;
                add.u64 %d5, %d5, %d2;
                ld.u32 %r2, [%d5];
                st.global.u32 [%d1], %r2;
                ret;
                """), 64, new Dim3(1), new Dim3(64), seed).Words);
    }

    [Fact]
    public void Dynamic_shared_memory_lies_behind_static_memory()
    {
        string module = Ptx.Kernel("""
            .shared .align 4 .b8 fixed[20];
            ld.param.u64 %d0, [out];
            mov.u32 %r1, dynamic;
            mov.u32 %r2, %dynamic_smem_size;
            st.shared.u32 [dynamic+60], %r2;
            ld.shared.u32 %r3, [%r1+60];
            st.global.v2.u32 [%d0], {%r1, %r3};
            ret;
            """, outside: ".extern .shared .align 16 .b8 dynamic[];");
        Assert.Equal([32u, 64u], Ptx.Launch(module, 2, new Dim3(1), new Dim3(1), dynamicShared: 64).Words);
        Assert.Equal(PtxFault.OutOfBounds,
            Assert.Throws<PtxException>(() => Ptx.Launch(module, 2, new Dim3(1), new Dim3(1), dynamicShared: 60)).Fault);
    }

    [Theory]
    [InlineData("add.u32", 10u, 3u, 13u)]
    [InlineData("min.s32", 5u, 0xFFFFFFFFu, 0xFFFFFFFFu)]
    [InlineData("min.u32", 5u, 0xFFFFFFFFu, 5u)]
    [InlineData("max.s32", 5u, 0xFFFFFFFFu, 5u)]
    [InlineData("and.b32", 12u, 10u, 8u)]
    [InlineData("or.b32", 12u, 10u, 14u)]
    [InlineData("xor.b32", 12u, 10u, 6u)]
    [InlineData("exch.b32", 12u, 10u, 10u)]
    [InlineData("inc.u32", 4u, 5u, 5u)]
    [InlineData("inc.u32", 5u, 5u, 0u)]
    [InlineData("dec.u32", 0u, 5u, 5u)]
    [InlineData("dec.u32", 6u, 5u, 5u)]
    [InlineData("dec.u32", 3u, 5u, 2u)]
    [InlineData("add.f32", 0x3F800000u, 0x40000000u, 0x40400000u)]
    [InlineData("add.f32", 1u, 2u, 0u)] // global memory: subnormals are flushed
    public void Atomics_return_what_was_there(string operation, uint before, uint operand, uint after)
    {
        string type = operation.EndsWith("f32", StringComparison.Ordinal) ? "%f" : "%r";
        string kernel = Ptx.Threads($"mov.b32 {type}1, 0x{operand:X}; atom.global.{operation} {type}2, [%d0], {type}1; "
            + $"mov.b32 %r3, {type}2; st.global.u32 [%d0+4], %r3; ret;");
        uint[] words = Ptx.Launch(kernel, 2, new Dim3(1), new Dim3(1), before: [before, 0]).Words;
        Assert.Equal([after, before], words);
    }

    [Theory]
    [InlineData(5u, 9u)]
    [InlineData(6u, 6u)]
    public void Compare_and_swap(uint before, uint after) =>
        Assert.Equal([after, before],
            Ptx.Launch(Ptx.Threads("atom.global.cas.b32 %r1, [%d0], 5, 9; st.global.u32 [%d0+4], %r1; ret;"), 2, new Dim3(1), new Dim3(1),
                before: [before, 0]).Words);

    [Fact]
    public void Atomic_updates_of_all_blocks_add_up()
    {
        uint[] words = Ptx.Launch(Ptx.Threads("""
            .shared .align 4 .b8 sum[4];
            setp.eq.u32 %p1, %r0, 0;
            @%p1 st.shared.u32 [sum], 0;
            bar.sync 0;
            red.shared.add.u32 [sum], %r0;
            bar.sync 0;
            @!%p1 bra END;
            ld.shared.u32 %r1, [sum];
            red.global.add.u32 [%d0], %r1;
            END: ret;
            """), 1, new Dim3(10), new Dim3(64)).Words;
        Assert.Equal([10u * 63 * 64 / 2], words);
    }

    [Theory]
    [InlineData("popc.u32 %r1, 0, %p1", 20u)]
    [InlineData("and.pred %p2, 0, %p1", 0u)]
    [InlineData("or.pred %p2, 0, %p1", 1u)]
    [InlineData("popc.u32 %r1, 0, 64, !%p1", 44u)]
    public void A_barrier_reduces_a_predicate_of_the_block(string reduction, uint expected)
    {
        string take = reduction.Contains("%p2", StringComparison.Ordinal) ? "selp.u32 %r1, 1, 0, %p2;" : "";
        Assert.Equal(Threads(_ => expected),
            Ptx.Launch(Ptx.Threads($"setp.lt.u32 %p1, %r0, 20; bar.red.{reduction}; {take} st.global.u32 [%d1], %r1; ret;"), 64,
                new Dim3(1), new Dim3(64)).Words);
    }

    [Theory]
    [InlineData("idx", "5", "31", 5)]
    [InlineData("idx", "5", "0x181F", 21)] // segments of 8: lane 21 of 16..23 reads its sixth
    [InlineData("up", "3", "0", 15)]
    [InlineData("up", "20", "0", 18)] // past the start: its own
    [InlineData("down", "3", "31", 21)]
    [InlineData("down", "20", "31", 18)]
    [InlineData("bfly", "1", "31", 19)]
    [InlineData("bfly", "16", "31", 2)]
    public void A_shuffle_gives_lane_18_the_value_of_a_lane(string mode, string b, string c, uint lane)
    {
        uint[] words = Ptx.Launch(Ptx.Threads($"shfl.sync.{mode}.b32 %r1|%p1, %r0, {b}, {c}, 0xFFFFFFFF; selp.u32 %r2, 100, 0, %p1; "
            + "add.u32 %r1, %r1, %r2; st.global.u32 [%d1], %r1; ret;"), 32, new Dim3(1), new Dim3(32)).Words;
        bool inRange = lane != 18;
        Assert.Equal(lane + (inRange ? 100u : 0), words[18]);
    }

    [Fact]
    public void A_shuffle_from_a_lane_that_is_gone_gives_nothing() => Assert.Equal(PtxFault.Uninitialised, Ptx.Refused("""
        setp.ge.u32 %p1, %r0, 30;
        @%p1 ret;
        shfl.sync.idx.b32 %r1, %r0, 31, 31, 0xFFFFFFFF;
        st.global.u32 [%d1], %r1;
        ret;
        """).Fault);

    [Fact]
    public void A_warp_barrier_orders_the_lanes_of_a_warp() => Assert.Equal(Threads(t => t ^ 1), Ptx.Launch(Ptx.Threads("""
        .shared .align 4 .b8 both[256];
        mul.lo.u32 %r1, %r0, 4;
        st.shared.u32 [%r1], %r0;
        bar.warp.sync 0xFFFFFFFF;
        xor.b32 %r2, %r1, 4;
        ld.shared.u32 %r3, [%r2];
        st.global.u32 [%d1], %r3;
        ret;
        """), 64, new Dim3(1), new Dim3(64)).Words);

    [Fact]
    public void Copies_arrive_group_by_group_and_fill_with_zeros()
    {
        uint[] before = [.. Enumerable.Range(0, 64).Select(i => (uint)(1000 + i)), .. new uint[64]];
        uint[] words = Ptx.Launch(Ptx.Threads("""
            .shared .align 16 .b8 buffer[256];
            mul.lo.u32 %r1, %r0, 16;
            mul.wide.u32 %d2, %r0, 16;
            add.u64 %d2, %d0, %d2;
            cp.async.cg.shared.global [%r1], [%d2], 16;
            cp.async.commit_group;
            cp.async.ca.shared.global.L2::128B [%r1+128], [%d2+128], 16, 12;
            cp.async.commit_group;
            cp.async.wait_group 1;
            ld.shared.u32 %r2, [%r1+12];
            st.global.u32 [%d2+256], %r2;
            cp.async.wait_group 0;
            ld.shared.v2.u32 {%r3, %r4}, [%r1+136];
            st.global.v2.u32 [%d2+264], {%r3, %r4};
            ret;
            """), 128, new Dim3(1), new Dim3(8), before: before).Words;
        for (int t = 0; t < 8; t++)
            Assert.Equal([(uint)(1003 + 4 * t), 0u, (uint)(1034 + 4 * t), 0u], words[(64 + 4 * t)..(68 + 4 * t)]);
    }

    [Theory]
    [InlineData(4, 0, 4, 4, 128)] // a warp of neighbours: 4 sectors
    [InlineData(8, 0, 8, 4, 128)] // every second word: twice the sectors
    [InlineData(0, 0, 1, 1, 128)] // one word for all
    [InlineData(4, 16, 5, 4, 128)] // neighbours that straddle
    [InlineData(128, 0, 32, 4, 128)]
    public void Global_sectors_are_counted_against_the_ideal(int stride, int start, long sectors, long ideal, long bytes)
    {
        LineCount count = Ptx.Launch(Ptx.Threads($"mul.wide.u32 %d2, %r0, {stride}; add.u64 %d2, %d0, %d2; "
            + $"ld.global.u32 %r1, [%d2+{start}]; ret;"), 2048, new Dim3(1), new Dim3(32)).Report.Total;
        Assert.Equal((1, sectors, ideal, bytes), (count.Requests, count.Sectors, count.IdealSectors, count.Bytes));
    }

    [Theory]
    [InlineData("u32", 4, 1, 1)]
    [InlineData("u32", 8, 2, 1)]
    [InlineData("u32", 128, 32, 1)]
    [InlineData("u32", 132, 1, 1)]
    [InlineData("u32", 0, 1, 1)]
    [InlineData("u64", 8, 2, 2)]
    [InlineData("u64", 16, 4, 2)]
    [InlineData("v4.u32", 16, 4, 4)]
    [InlineData("v4.u32", 32, 8, 4)]
    public void Bank_conflicts_are_passes_beyond_the_ideal(string type, int stride, long passes, long ideal)
    {
        string to = type switch { "u32" => "%r2", "u64" => "%d5", _ => "{%r2, %r3, %r4, %r5}" };
        LineCount count = Ptx.Launch(Ptx.Threads($"""
            .shared .align 16 .b8 buffer[4240];
            mov.u32 %r10, 0;
            LOOP:
            mad.lo.u32 %r11, %r10, 32, %r0;
            shl.b32 %r11, %r11, 2;
            setp.lt.u32 %p1, %r11, 4240;
            @%p1 st.shared.u32 [%r11], %r0;
            add.u32 %r10, %r10, 1;
            setp.lt.u32 %p2, %r10, 34;
            @%p2 bra LOOP;
            bar.sync 0;
            mul.lo.u32 %r1, %r0, {stride};
            ld.shared.{type} {to}, [%r1];
            ret;
            """), 32, new Dim3(1), new Dim3(32)).Report.Lines.Single(l => l.Text.StartsWith("ld.shared", StringComparison.Ordinal)).Count;
        Assert.Equal((passes, ideal), (count.Wavefronts, count.IdealWavefronts));
    }

    private static uint One(string lines, uint[] before) =>
        Ptx.Launch(Ptx.Threads($"{lines} st.global.u32 [%d0], %r1; ret;"), 4, new Dim3(1), new Dim3(1), before: before).Words[0];

    private static IEnumerable<uint> Threads(Func<uint, uint> value) => Enumerable.Range(0, 64).Select(t => value((uint)t));
}
