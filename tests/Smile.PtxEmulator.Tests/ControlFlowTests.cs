using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests;

/// <summary>Lanes that part and join: every result is compared with the C# of the same program, for several seeds.</summary>
public sealed class ControlFlowTests
{
    [Fact]
    public void Nested_ifs() => Agree(t => (t & 1) != 0 ? (t & 2) != 0 ? 11u : 10u : (t & 4) != 0 ? 3u : 0u, """
        and.b32 %r1, %r0, 1;
        setp.eq.u32 %p1, %r1, 0;
        @%p1 bra EVEN;
        and.b32 %r1, %r0, 2;
        setp.eq.u32 %p2, %r1, 0;
        mov.u32 %r2, 11;
        @!%p2 bra JOIN;
        mov.u32 %r2, 10;
        bra JOIN;
        EVEN:
        and.b32 %r1, %r0, 4;
        setp.ne.u32 %p2, %r1, 0;
        mov.u32 %r2, 0;
        @%p2 bra FOUR;
        bra JOIN;
        FOUR:
        mov.u32 %r2, 3;
        JOIN:
        st.global.u32 [%d1], %r2;
        ret;
        """);

    [Fact]
    public void A_loop_whose_lanes_leave_at_different_times() => Agree(t => (uint)Enumerable.Range(0, t % 7).Sum(), """
        rem.u32 %r3, %r0, 7;
        mov.u32 %r1, 0;
        mov.u32 %r2, 0;
        LOOP:
        setp.ge.u32 %p1, %r1, %r3;
        @%p1 bra DONE;
        add.u32 %r2, %r2, %r1;
        add.u32 %r1, %r1, 1;
        bra LOOP;
        DONE:
        st.global.u32 [%d1], %r2;
        ret;
        """);

    [Fact]
    public void A_loop_in_a_loop_with_a_break() => Agree(
        t =>
        {
            uint sum = 0;
            for (int i = 0; i < t % 5; i++)
                for (int j = 0; j < t % 3; j++)
                {
                    if (i == 3)
                        return sum;
                    sum += (uint)(10 * i + j);
                }

            return sum;
        },
        """
        rem.u32 %r3, %r0, 5;
        rem.u32 %r4, %r0, 3;
        mov.u32 %r1, 0;
        mov.u32 %r2, 0;
        OUTER:
        setp.ge.u32 %p1, %r1, %r3;
        @%p1 bra DONE;
        mov.u32 %r5, 0;
        INNER:
        setp.ge.u32 %p2, %r5, %r4;
        @%p2 bra NEXT;
        setp.eq.u32 %p3, %r1, 3;
        @%p3 bra DONE;
        mad.lo.u32 %r6, %r1, 10, %r5;
        add.u32 %r2, %r2, %r6;
        add.u32 %r5, %r5, 1;
        bra INNER;
        NEXT:
        add.u32 %r1, %r1, 1;
        bra OUTER;
        DONE:
        st.global.u32 [%d1], %r2;
        ret;
        """);

    [Fact]
    public void An_early_return_of_some_lanes() => Agree(t => t < 13 || t % 2 == 0 ? 0u : 7u, """
        setp.lt.u32 %p1, %r0, 13;
        @%p1 bra END;
        and.b32 %r1, %r0, 1;
        setp.eq.u32 %p2, %r1, 0;
        @%p2 ret;
        st.global.u32 [%d1], 7;
        END:
        ret;
        """);

    [Fact]
    public void A_guarded_instruction_leaves_the_other_lanes_alone() => Agree(t => t < 5 ? 1u : 2u, """
        mov.u32 %r1, 2;
        setp.lt.u32 %p1, %r0, 5;
        @%p1 mov.u32 %r1, 1;
        st.global.u32 [%d1], %r1;
        ret;
        """);

    [Fact]
    public void Lanes_that_parted_are_together_again_behind_the_join()
    {
        LaunchReport report = Ptx.Launch(Ptx.Threads("""
            setp.lt.u32 %p1, %r0, 16;
            @%p1 bra LOW;
            mov.u32 %r1, 1;
            bra JOIN;
            LOW:
            mov.u32 %r1, 2;
            JOIN:
            st.global.u32 [%d1], %r1;
            ret;
            """), 32, new Dim3(1), new Dim3(32)).Report;
        Assert.Equal(1, report.Total.Divergences);
        Assert.Equal(1, report.Lines.Single(l => l.Text == "st.global.u32").Count.Warps);
        Assert.All(report.Lines.Where(l => l.Text == "mov.u32" && l.Line > 15),
            l => Assert.Equal((1, 16), (l.Count.Warps, l.Count.Threads)));
    }

    [Fact]
    public void An_endless_loop_is_refused() => Assert.Equal(PtxFault.StepLimit, Ptx.Refused("""
        LOOP:
        bra LOOP;
        """).Fault);

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(96)]
    public void Blocks_of_any_size_and_three_dimensions(int threads)
    {
        string module = Ptx.Kernel("""
            ld.param.u64 %d0, [out];
            mov.u32 %r0, %tid.x; mov.u32 %r1, %tid.y; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ctaid.y; mov.u32 %r4, %ntid.x; mov.u32 %r5, %nctaid.x;
            mad.lo.u32 %r6, %r1, %r4, %r0;
            mov.u32 %r7, %ntid.y; mul.lo.u32 %r8, %r4, %r7;
            mad.lo.u32 %r9, %r3, %r5, %r2;
            mad.lo.u32 %r10, %r9, %r8, %r6;
            mul.wide.u32 %d1, %r10, 4; add.u64 %d1, %d0, %d1;
            st.global.u32 [%d1], %r10;
            ret;
            """);
        uint[] words = Ptx.Launch(module, 2 * threads * 6, new Dim3(3, 2), new Dim3(threads, 2)).Words;
        Assert.Equal(Enumerable.Range(0, words.Length).Select(i => (uint)i), words);
    }

    private static void Agree(Func<int, uint> program, string body)
    {
        for (int seed = 0; seed < 5; seed++)
            Assert.Equal(Enumerable.Range(0, 64).Select(program), Ptx.Launch(Ptx.Threads(body), 64, new Dim3(1), new Dim3(64), seed).Words);
    }
}
