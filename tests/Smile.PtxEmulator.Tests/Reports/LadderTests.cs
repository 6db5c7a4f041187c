using System.Text.Json;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;
using Smile.Ladder;
using Smile.PtxEmulator.Tests.Kernels;

namespace Smile.PtxEmulator.Tests.Reports;

/// <summary>Every rung of bench/Smile.Ladder computes what the scalar reference does, and its report is whole.</summary>
public sealed class LadderTests
{
    /// <summary>
    /// (Batch, Height, Width, InChannels, OutChannels, Kernel, Stride, Dilation, Pad); channels are rounded up to what a rung takes.
    /// </summary>
    private static readonly Dictionary<string, ConvShape> _shapes = new()
    {
        ["odd sizes"] = new(2, 7, 9, 5, 7, 3, Pad: 1),
        ["atrous, channels end inside a step"] = new(1, 9, 11, 19, 33, 3, 1, 2, 2),
        ["tiles crossed both ways"] = new(1, 11, 13, 3, 131, 3, Pad: 1),
        ["padding beyond the kernel's reach"] = new(1, 3, 4, 8, 3, 3, Pad: 5),
        ["dilation beyond the image"] = new(1, 5, 6, 4, 4, 3, 1, 6, 6),
        ["stride and no padding"] = new(1, 10, 9, 9, 6, 3, 2),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (Rung rung in Rung.All)
                foreach (string shape in _shapes.Keys)
                    cases.Add(rung.Name, shape);
            return cases;
        }
    }

    /// <summary>
    /// Whole numbers from -8 to 8: no format rounds them, so one wrong index shows. Around every operand lie words that nobody may change
    /// or use.
    /// </summary>
    [Theory, MemberData(nameof(Cases))]
    public void Every_rung_equals_the_scalar_reference(string name, string shape)
    {
        Rung rung = Rung.All.Single(r => r.Name == name);
        ConvShape s = _shapes[shape];
        s = s with { InChannels = Whole(s.InChannels), OutChannels = Whole(s.OutChannels) };
        var run = new Comparison(precision: rung.Precision);
        Place x = Source("x", s.InputCount), w = Source("w", s.WeightCount), y = run.Result(s.OutputCount);
        Assert.Null(run.Difference(backend => rung.Run(backend, s, x, w, y)));
        Assert.NotEmpty(run.Launches);

        int Whole(int channels) => (channels + rung.Channels - 1) / rung.Channels * rung.Channels;

        Place Source(string operand, long length) => run.Source([.. Seeded.Floats(operand, length).Select(v => MathF.Round(8 * v))]);
    }

    [Fact]
    public void The_report_has_a_line_a_rung_and_its_json_the_same()
    {
        string path = Path.GetTempFileName();
        using var output = new StringWriter();
        Assert.Equal(0,
            LadderCommand.Run(["--json", path], new ConvShape(1, 6, 7, 16, 16, 3, Dilation: 2, Pad: 2), output, TextWriter.Null));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        File.Delete(path);
        Assert.Equal(Rung.All.Select(r => r.Name),
            json.RootElement.GetProperty("Rungs").EnumerateArray().Select(r => r.GetProperty("Name").GetString()));
        foreach (Rung rung in Rung.All)
            Assert.Contains($"| {rung.Name} | yes |", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--jsn", "x")]
    [InlineData("--batch", "0")]
    [InlineData("--device", "cpu")]
    public void A_command_line_that_it_does_not_know_is_refused(params string[] args)
    {
        using var errors = new StringWriter();
        Assert.Equal(2, LadderCommand.Run(args, LadderCommand.Barred, TextWriter.Null, errors));
        Assert.Contains("--json FILE", errors.ToString(), StringComparison.Ordinal);
    }
}
