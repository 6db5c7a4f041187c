using System.Text.Json;
using Smile.Bench.Cpu;
using Smile.Kernels.Simd;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>The side-by-side bench of the CPU backend: its command line, its bars and its tables; what it measures is not tested.</summary>
public sealed class CpuReportTests
{
    private static readonly Times _ten = new(10, 9);

    [Fact]
    public void Median_and_least_are_those_of_the_turns()
    {
        Assert.Equal(new Times(2, 1), Times.Of([3, 1, 2]));
        Assert.Equal(new Times(2.5, 1), Times.Of([4, 1, 2, 3]));
        Assert.True(double.IsNaN(Times.Of([1, double.NaN, 2]).Least));
    }

    [Fact]
    public void The_better_layout_counts()
    {
        Assert.Equal(2, Conv(smile: 5, nchw: 20, nhwc: 10).Ratio);
        Assert.Equal(4, Conv(smile: 5, nchw: 20, nhwc: null).Ratio);
        Assert.Equal(2, Conv(smile: 5, nchw: null, nhwc: 10).Ratio);
        Assert.True(double.IsNaN(Conv(smile: 5, nchw: null, nhwc: null).Ratio));
    }

    [Theory]
    [InlineData(1.2, true)]
    [InlineData(1.1999, false)]
    [InlineData(double.NaN, false)]
    public void A_bar_is_met_from_its_number_on_and_never_by_what_is_no_number(double measured, bool met)
    {
        Assert.Equal(met, new Bar("x", 1.2, AtMost: false, measured).Met);
        Assert.Equal(!double.IsNaN(measured), new Bar("x", 1.2, AtMost: true, measured).Met);
    }

    [Fact]
    public void Geometric_mean()
    {
        Assert.Equal(2, CpuBars.GeometricMean([1, 4]), 12);
        foreach (double[] none in (double[][])[[], [1, double.NaN], [1, 0], [1, -1]])
            Assert.True(double.IsNaN(CpuBars.GeometricMean(none)));
    }

    /// <summary>Every bar of <c>cpu --check</c>, just met and just missed.</summary>
    [Fact]
    public void Each_bar_is_held_against_its_own_rows()
    {
        Assert.Empty(Missed(Report(convRatio: 1.2, stepRatio: 1.25, tinyRatio: 2, memory: 60, twoThreads: 1.8, gigabytes: 80)));
        Assert.Equal(["geometric mean"], Missed(Report(convRatio: 1.19)));
        Assert.Equal(["geometric mean", "conv, Forward"], Missed(Report(convRatio: 0.84)));
        Assert.Equal(["resnet50 step, 1 thread", "resnet50 step, 2 threads"], Missed(Report(stepRatio: 1.24)));
        Assert.Equal(["tiny step"], Missed(Report(tinyRatio: 1.99)));
        Assert.Equal(["peak memory"], Missed(Report(memory: 61)));
        Assert.Equal(["two threads over"], Missed(Report(twoThreads: 1.79)));
        Assert.Equal(["triad"], Missed(Report(gigabytes: 79)));
        Assert.Equal(["same bits"], Missed(Report(same: false)));

        static List<string> Missed(CpuReport report) => [.. CpuBars.Of(report, CpuParts.All).Where(bar => !bar.Met).Select(bar =>
            new[] { "geometric mean", "conv, Forward", "two threads over", "resnet50 step, 1 thread", "resnet50 step, 2 threads",
                "tiny step", "peak memory", "triad", "same bits" }
                .First(part => bar.What.Contains(part, StringComparison.Ordinal)))];
    }

    [Fact]
    public void A_part_that_was_not_asked_for_has_no_bars_and_nothing_measured_does_not_pass()
    {
        Assert.All(CpuBars.Of(Report(convRatio: 0.1), CpuParts.Memory), bar => Assert.True(bar.Met));
        CpuReport empty = Report() with { Rows = [], Memory = [], Bits = [], Losses = [] };
        Assert.False(Assert.Single(CpuBars.Of(empty, CpuParts.All)).Met);
    }

    [Fact]
    public void Without_libtorch_its_bars_are_missed_as_not_measured()
    {
        CpuReport alone = Report();
        alone = alone with
        {
            Rows = [.. alone.Rows.Select(row => row with { Nchw = null, Nhwc = null })],
            Memory = [.. alone.Memory.Select(row => row with { Nchw = null, Nhwc = null })],
        };
        string[] missed = [.. CpuBars.Of(alone, CpuParts.All).Where(bar => !bar.Met).Select(bar => bar.ToString())];
        Assert.Equal(6, missed.Length); // mean and entry of the convolution, three steps, memory
        Assert.All(missed, text => Assert.Contains("not measured", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_that_arithmetic_bounds_is_told_only()
    {
        CpuReport report = Report(gigabytes: 1);
        report = report with { Rows = [.. report.Rows.Select(row => row with { Barred = false })] };
        Assert.All(CpuBars.Of(report, CpuParts.All), bar => Assert.True(bar.Met));
    }

    [Fact]
    public void The_tables_show_each_number_beside_its_bound()
    {
        CpuReport report = Report(convRatio: 0.5);
        string text = CpuText.Markdown(report, CpuBars.Of(report, CpuParts.All));
        Assert.Contains("| conv | Forward | 1 | direct | 10.0 (9.00) | 100 | 50 % | 200 |  | 0.50 |", text, StringComparison.Ordinal);
        Assert.Contains("| add | 1 | 800 | 10.0 (9.00) | 80.0 | 100.0 | 80 % |  |  |", text, StringComparison.Ordinal);
        Assert.Contains("| resnet50 step | 60 | 100 |  | 0.60 |", text, StringComparison.Ordinal);
        Assert.Contains("- MISSED conv, Forward, 1 thread: speed over libtorch's: 0.50, at least 0.85 asked", text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10.0009, true)]
    [InlineData(9.998, false)]
    [InlineData(double.NaN, false)]
    public void A_first_loss_that_is_off_misses_its_bar(double loss, bool met) =>
        Assert.Equal(met, CpuBars.Of(Report(loss: loss), CpuParts.All).All(bar => bar.Met));

    [Fact]
    public void The_text_names_the_side_whose_loss_is_wrong()
    {
        CpuReport report = Report(torchLoss: 10.1);
        string text = CpuText.Markdown(report, CpuBars.Of(report, CpuParts.All));
        Assert.Contains("libtorch computes tiny step wrongly in channels_last", text, StringComparison.Ordinal);
        Assert.DoesNotContain("wrongly in NCHW", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_the_rows_their_ratios_and_the_bars()
    {
        CpuReport report = Report();
        report = report with { Rows = [.. report.Rows, Conv(smile: 1, nchw: null, nhwc: null)] };
        using JsonDocument json = JsonDocument.Parse(CpuText.Json(report, CpuBars.Of(report, CpuParts.All)));
        JsonElement rows = json.RootElement.GetProperty("Report").GetProperty("Rows");
        Assert.Equal("Convolution", rows[0].GetProperty("Kind").GetString());
        Assert.Equal(1.2, rows[0].GetProperty("Ratio").GetDouble(), 12);
        Assert.Equal("NaN", rows[rows.GetArrayLength() - 1].GetProperty("Ratio").GetString());
        Assert.Contains(json.RootElement.GetProperty("Bars").EnumerateArray(), bar => !bar.GetProperty("Met").GetBoolean());
    }

    [Fact]
    public void The_command_line_selects_parts()
    {
        Assert.Equal(new CpuOptions(CpuParts.All, "", 9, false, null), CpuOptions.Parse([]).Options);
        Assert.Equal(new CpuOptions(CpuParts.Conv | CpuParts.Memory, "7x7", 3, true, "out"),
            CpuOptions.Parse(["--check", "--quick", "--only", "conv,memory", "--name", "7x7", "--output", "out"]).Options);
        Assert.Equal(5, CpuOptions.Parse(["--repeats", "5"]).Options!.Repeats);
        Assert.True(CpuOptions.Parse(["--check"]).Options!.Whole);
        Assert.False(CpuOptions.Parse(["--quick"]).Options!.Whole);
    }

    [Theory]
    [InlineData("--only", "conv,gemm", "gemm")]
    [InlineData("--only", null, "--only needs a value")]
    [InlineData("--repeats", "0", "from 1 on")]
    [InlineData("--json", "x", "--json")]
    public void What_is_wrong_with_a_command_line_is_said(string option, string? value, string said)
    {
        (CpuOptions? options, string error) = CpuOptions.Parse(value is null ? [option] : [option, value]);
        Assert.Null(options);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    private static SpeedRow Conv(double smile, double? nchw, double? nhwc) =>
        new(RowKind.Convolution, "conv", "Forward", 1, 1e9, "direct", new Times(smile, smile), Torch(nchw), Torch(nhwc));

    private static Times? Torch(double? milliseconds) => milliseconds is { } ms ? new Times(ms, ms) : null;

    /// <summary>A report whose bars are met but for what is asked otherwise; peaks are 200 GFLOP/s and 100 GB/s.</summary>
    private static CpuReport Report(double convRatio = 1.2, double stepRatio = 1.25, double tinyRatio = 2, double memory = 60,
        double twoThreads = 1.8, double gigabytes = 80, bool same = true, double loss = 10, double? torchLoss = null)
    {
        var peak = new MachinePeak(200e9, 100e9);
        var two = new Times(10 / twoThreads, 9 / twoThreads);
        return new CpuReport(new Circumstances("processor", "simd", "libtorch", "1a2b3c4", 9, 0, 2, 1, 300),
            [new PeakRow(1, peak), new PeakRow(2, peak)],
        [
            new SpeedRow(RowKind.Convolution, "conv", "Forward", 1, 1e9, "direct", _ten, Torch(10 * convRatio), null),
            new SpeedRow(RowKind.Elementwise, "add", "", 1, gigabytes * 1e7, "", _ten, null, null) { Triad = 100e9 },
            new SpeedRow(RowKind.Step, "tiny step", "", 1, 1e9, "", _ten, Torch(10 * tinyRatio), null),
            new SpeedRow(RowKind.Step, "resnet50 step", "", 1, 1e9, "", _ten, Torch(10 * stepRatio), null),
            new SpeedRow(RowKind.Step, "resnet50 step", "", 2, 1e9, "", two, Torch(two.Median * stepRatio), null),
        ],
        [new MemoryRow("resnet50 step", (long)memory * 1_000_000, 100_000_000, null)], [new BitsRow("conv", same)],
        [new LossRow("tiny step", 10, loss, 10.0001, torchLoss)], []);
    }
}
