using Smile.PtxEmulator.Counters;
using Smile.PtxEmulator.Execution;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>The counters that the bars stand on, on kernels whose numbers are plain from their text.</summary>
public sealed class LaunchCounterTests
{
    /// <summary>
    /// A kernel of one warp with a loop of 10 passes, of 8 instructions each: 3 fma, a load, a store to shared memory, and the loop's own
    /// three.
    /// </summary>
    private const string Looped = """
        mov.f32 %f1, 0f3F800000;
        mov.u32 %r1, 0;
        .shared .align 4 .b8 tile[8192];
        mul.wide.u32 %d3, %r0, STRIDE;
        mov.u64 %d4, tile;
        add.u64 %d3, %d4, %d3;
        LOOP:
        ld.global.f32 %f2, [%d1];
        fma.rn.f32 %f3, %f2, %f1, %f1;
        fma.rn.f32 %f4, %f2, %f1, %f1;
        fma.rn.f32 %f5, %f2, %f1, %f1;
        st.shared.f32 [%d3], %f3;
        add.u32 %r1, %r1, 1;
        setp.lt.u32 %p1, %r1, 10;
        @%p1 bra LOOP;
        st.global.f32 [%d1], %f5;
        ret;
        """;

    [Fact]
    public void The_main_loop_is_found_and_counted_by_itself()
    {
        LaunchReport report = Report(Looped.Replace("STRIDE", "4", StringComparison.Ordinal));
        CodeReport loop = Assert.IsType<CodeReport>(report.MainLoop);
        Assert.Equal("ld.global.f32", loop.Lines[0].Text);
        Assert.Equal((8, 80), (loop.Lines.Count, loop.IssuedInstructions));
        Assert.Equal(3.0 / 8, loop.FmaShare, 12);
        Assert.Equal(0, loop.BankConflicts);
        Assert.Equal(10 * 3 * 2 * 32, report.Flops);
    }

    [Theory]
    [InlineData(8, 1)] // every second bank: two lanes a bank
    [InlineData(16, 3)]
    [InlineData(128, 31)] // all lanes in one bank
    [InlineData(132, 0)] // a stride of 33 words meets every bank once
    public void Conflicts_of_a_strided_store_are_the_passes_beyond_the_first(int stride, int extraPasses) =>
        Assert.Equal(10 * extraPasses, Report(Looped.Replace("STRIDE", $"{stride}", StringComparison.Ordinal)).MainLoop!.BankConflicts);

    [Fact]
    public void An_outer_loop_comes_with_what_is_inside_and_the_busier_loop_wins()
    {
        LaunchReport report = Report("""
            mov.u32 %r1, 0;
            FIRST: add.u32 %r1, %r1, 1;
            setp.lt.u32 %p1, %r1, 4;
            @%p1 bra FIRST;
            mov.u32 %r1, 0;
            OUTER: mov.u32 %r2, 0;
            INNER: add.u32 %r2, %r2, 1;
            setp.lt.u32 %p1, %r2, 3;
            @%p1 bra INNER;
            add.u32 %r1, %r1, 1;
            setp.lt.u32 %p1, %r1, 2;
            @%p1 bra OUTER;
            ret;
            """);
        // OUTER runs twice: mov, 3 x 3 of INNER, 3 at its end.
        Assert.Equal(2 * (1 + 9 + 3), report.MainLoop!.IssuedInstructions);
    }

    [Fact]
    public void A_kernel_without_a_loop_has_no_main_loop() => Assert.Null(Report("ret;").MainLoop);

    [Fact]
    public void A_load_that_is_used_at_once_has_nothing_between() =>
        Assert.Equal(0, Report(Looped.Replace("STRIDE", "4", StringComparison.Ordinal)).LoadDistance);

    /// <summary>
    /// Between the load and its use in the next round: the second fma and the loop's three. The mov is no instruction and no use.
    /// </summary>
    [Fact]
    public void A_load_for_the_next_round_has_the_rest_of_this_one_between()
    {
        LaunchReport report = Report("""
            mov.f32 %f1, 0f3F800000;
            mov.f32 %f2, 0f00000000;
            mov.u32 %r1, 0;
            LOOP:
            fma.rn.f32 %f3, %f2, %f1, %f1;
            ld.global.f32 %f4, [%d1];
            fma.rn.f32 %f5, %f1, %f1, %f1;
            mov.f32 %f2, %f4;
            add.u32 %r1, %r1, 1;
            setp.lt.u32 %p1, %r1, 10;
            @%p1 bra LOOP;
            st.global.f32 [%d1], %f3;
            ret;
            """);
        Assert.Equal(4, report.LoadDistance);
    }

    [Fact]
    public void The_footprint_counts_each_byte_and_sector_once_and_the_ratios_what_was_asked_beyond()
    {
        LaunchReport report = Report("""
            ld.global.u32 %r1, [%d1];
            ld.global.u32 %r2, [%d1];
            ld.global.u32 %r3, [%d0];
            st.global.u32 [%d1+128], %r1;
            ret;
            """);
        Assert.Equal(new Footprint(128, 128, 4, 4), report.Footprint);
        Assert.Equal(4 + 4 + 1 + 4, report.Total.Sectors);
        Assert.Equal(13.0 / 8, report.TouchedRatio, 12);
        Assert.Equal((128 + 128 + 4) / 128.0, report.ReadRatio, 12); // the lanes of the third load share one word
    }

    [Fact]
    public void A_load_with_gaps_touches_more_sectors_than_its_bytes_fill()
    {
        LaunchReport report = Report("mul.wide.u32 %d2, %r0, 8; add.u64 %d2, %d0, %d2; ld.global.u32 %r1, [%d2]; ret;");
        Assert.Equal((128, 8), (report.Footprint.ReadBytes, report.Footprint.ReadSectors));
        Assert.Equal(2, report.SectorRatio, 12);
        Assert.Equal(1, report.TouchedRatio, 12);
    }

    [Fact]
    public void Bytes_of_a_kernel_with_narrow_accesses_are_counted_one_by_one()
    {
        LaunchReport report = Report("cvt.u64.u32 %d2, %r0; add.u64 %d2, %d0, %d2; ld.global.u8 %r1, [%d2]; st.global.u8 [%d2], %r1; ret;");
        Assert.Equal(new Footprint(32, 32, 1, 1), report.Footprint);
    }

    [Fact]
    public void Blocks_that_read_the_same_share_a_footprint()
    {
        (_, LaunchReport report) = Ptx.Launch(Ptx.Threads("ld.global.u32 %r1, [%d1]; ret;"), 64, new Dim3(5), new Dim3(32));
        Assert.Equal(128, report.Footprint.ReadBytes);
        Assert.Equal(5, report.ReadRatio, 12);
    }

    private static LaunchReport Report(string body) => Ptx.Launch(Ptx.Threads(body), 128, new Dim3(1), new Dim3(32)).Report;
}
