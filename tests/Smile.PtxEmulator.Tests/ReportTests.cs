using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;
using Smile.PtxEmulator.Instructions;

namespace Smile.PtxEmulator.Tests;

/// <summary>What a launch's report says.</summary>
public sealed class ReportTests
{
    [Fact]
    public void A_product_that_only_a_sum_takes_is_one_fma_with_it()
    {
        LaunchReport report = Report("""
            mov.f32 %f1, 0f3F800000;
            mul.f32 %f2, %f1, %f1;
            add.f32 %f3, %f2, %f1;
            mul.f32 %f4, %f3, %f1;
            add.f32 %f5, %f4, %f4;
            mul.rn.f32 %f6, %f1, %f1;
            add.f32 %f7, %f6, %f1;
            mul.f32 %f8, %f1, %f1;
            add.f32 %f9, %f8, %f1;
            st.global.f32 [%d1], %f8;
            fma.rn.f32 %f10, %f1, %f1, %f1;
            ret;
            """);
        // The first pair fuses; the others do not: read twice, rounded as written, read again later.
        Assert.Equal(1, report.Lines.Count(l => l.FusedIntoNext));
        Assert.Equal(["add.f32", "fma.rn.f32"], report.Lines.Where(l => l.IsFma).Select(l => l.Text));
        Assert.Equal(2.0 / report.IssuedInstructions, report.FmaShare, 12);
    }

    [Fact]
    public void A_product_that_lives_on_behind_its_block_does_not_fuse() => Assert.DoesNotContain(Report("""
        mov.f32 %f1, 0f3F800000;
        mul.f32 %f2, %f1, %f1;
        add.f32 %f3, %f2, %f1;
        setp.lt.u32 %p1, %r0, 40;
        @%p1 bra NEXT;
        NEXT:
        st.global.f32 [%d1], %f2;
        ret;
        """).Lines, l => l.FusedIntoNext);

    [Fact]
    public void Moves_between_registers_are_not_issued()
    {
        LaunchReport report = Report("mov.u32 %r1, %r0; mov.u32 %r2, 5; mov.u32 %r3, %laneid; ret;");
        Assert.Equal(report.Lines.Sum(l => l.Count.Warps) - 1, report.IssuedInstructions);
    }

    [Fact]
    public void Instructions_are_counted_by_class_and_by_thread()
    {
        LaunchReport report = Report("add.u32 %r1, %r0, 1; setp.lt.u32 %p1, %r0, 5; @%p1 st.global.u32 [%d1], %r1; ret;");
        Assert.Equal(5, report.Lines.Single(l => l.Text == "st.global.u32").Count.Threads);
        Assert.Equal(1, report.ByClass()[InstructionClass.GlobalMemory]);
        Assert.Equal(1, report.ByClass()[InstructionClass.Parameter]);
        Assert.Equal(20, report.Total.Bytes);
    }

    [Fact]
    public void Source_lines_come_from_the_compilers_notes()
    {
        LaunchReport report = Report(".file 1 \"/src/Kernel.cs\"\n.loc 1 42 7\nmov.u32 %r1, 1;\nret;");
        Assert.Equal("/src/Kernel.cs:42", report.Lines.Single(l => l.Text == "mov.u32" && l.Source is not null).Source);
    }

    [Fact]
    public void Counts_do_not_depend_on_the_workers()
    {
        string module = Ptx.Threads("mov.u32 %r1, %ctaid.x; mad.lo.u32 %r2, %r1, 32, %r0; mul.wide.u32 %d2, %r2, 4; add.u64 %d2, %d0, %d2; "
            + "st.global.u32 [%d2], %r1; ret;");
        (uint[] one, LaunchReport first) = Ptx.Launch(module, 3200, new Dim3(100), new Dim3(32), workers: 1);
        (uint[] two, LaunchReport second) = Ptx.Launch(module, 3200, new Dim3(100), new Dim3(32), workers: 2);
        Assert.Equal(one, two);
        Assert.Equal(first.Total, second.Total);
    }

    [Theory]
    [InlineData("mov.u32 %r1, 1; mov.u32 %r2, 2; add.u32 %r3, %r1, %r2; st.global.u32 [%d0], %r3; ret;", 4)] // %d0 (2) with %r1 and %r2
    [InlineData("mov.f64 %g1, 0d0000000000000000; mov.f64 %g2, %g1; add.f64 %g3, %g1, %g2; st.global.f64 [%d0], %g3; ret;", 6)]
    // %r2 lives through the loop
    [InlineData("mov.u32 %r1, 0; mov.u32 %r2, 7; LOOP: add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, 9; @%p1 bra LOOP; "
        + "st.global.u32 [%d0], %r2; ret;", 4)]
    public void Live_registers_are_the_most_values_needed_at_once(string body, int expected) =>
        Assert.Equal(expected, PtxModule.Parse(Ptx.Kernel("ld.param.u64 %d0, [out]; " + body)).Kernel("k").LiveRegisters);

    private static LaunchReport Report(string body) => Ptx.Launch(Ptx.Threads(body), 64, new Dim3(1), new Dim3(32)).Report;
}
