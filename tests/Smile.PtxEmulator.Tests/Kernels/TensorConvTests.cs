using Smile.Kernels;
using Smile.Kernels.Tests.Golden;
using Smile.PtxEmulator.Counters;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>Convolutions in tensor cores. Around every operand lie words that nobody may change or use.</summary>
public sealed class TensorConvTests
{
    /// <summary>(Batch, Height, Width, InChannels, OutChannels, Kernel, Stride, Dilation, Pad).</summary>
    private static readonly Dictionary<string, ConvShape> _shapes = new()
    {
        ["1x1, one tile"] = new(1, 8, 16, 16, 128, 1),
        ["1x1, channels end inside a stage"] = new(1, 5, 7, 24, 8, 1),
        ["1x1, tiles crossed both ways"] = new(1, 11, 13, 8, 136, 1),
        ["1x1, stride 2"] = new(2, 9, 7, 8, 16, 1, 2),
        ["1x1, stride 3, padding"] = new(1, 10, 11, 8, 8, 1, 3, 1, 1),
        ["3x3"] = new(2, 7, 9, 16, 24, 3, Pad: 1),
        ["3x3, no padding"] = new(1, 8, 10, 8, 8, 3),
        ["3x3 of one pixel"] = new(1, 1, 1, 8, 8, 3, Pad: 1),
        ["3x3, 40 to 136 channels"] = new(1, 5, 6, 40, 136, 3, Pad: 1),
        ["3x3, stride 2, odd"] = new(2, 9, 11, 8, 16, 3, 2, 1, 1),
        ["3x3, stride 2, even"] = new(1, 8, 10, 16, 8, 3, 2, 1, 1),
        ["atrous 2"] = new(2, 9, 7, 16, 8, 3, 1, 2, 2),
        ["atrous 2, stride 2"] = new(1, 12, 11, 8, 8, 3, 2, 2, 2),
        ["atrous 4"] = new(1, 9, 15, 32, 24, 3, 1, 4, 4),
        ["atrous 12"] = new(1, 15, 17, 8, 8, 3, 1, 12, 12),
        ["5x5"] = new(1, 8, 9, 8, 16, 5, Pad: 2),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string shape in _shapes.Keys)
                foreach (Precision precision in _precisions)
                    cases.Add(shape, precision.ToString());
            return cases;
        }
    }

    private static readonly Precision[] _precisions = [Precision.Tf32, Precision.Bf16];

    /// <summary>Whole numbers from -8 to 8: no format rounds them, so the sums are those of the scalar backend to the bit, and one wrong index shows.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Forward_of_whole_numbers_is_exact(string name, string precision)
    {
        ConvShape s = _shapes[name];
        foreach (bool biased in (bool[])[true, false])
        {
            var run = new Comparison(null, Enum.Parse<Precision>(precision));
            Place x = Whole(run, "x", s.InputCount), w = Whole(run, "w", s.WeightCount), y = run.Result(s.OutputCount);
            Place bias = biased ? Whole(run, "bias", s.OutChannels) : Place.None;
            Agree(run, b => b.ConvForward(s, x, w, bias, y), "ConvTensor");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Input_gradient_of_whole_numbers_is_exact(string name, string precision)
    {
        ConvShape s = _shapes[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var run = new Comparison(null, Enum.Parse<Precision>(precision));
            Place dy = Whole(run, "dy", s.OutputCount), w = Whole(run, "w", s.WeightCount), dx = into == Into.Set ? run.Result(s.InputCount) : run.State("dx", s.InputCount);
            Agree(run, b => b.ConvBackInput(s, dy, w, dx, into), "ConvTensor");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Weight_gradient_of_whole_numbers_is_exact(string name, string precision)
    {
        ConvShape s = _shapes[name];
        foreach (Into into in Enum.GetValues<Into>())
        {
            var run = new Comparison(null, Enum.Parse<Precision>(precision));
            Place x = Whole(run, "x", s.InputCount), dy = Whole(run, "dy", s.OutputCount), dw = into == Into.Set ? run.Result(s.WeightCount) : run.State("dw", s.WeightCount);
            Agree(run, b => b.ConvBackWeight(s, x, dy, dw, into), "ConvTensorWeight");
        }
    }

    [Fact]
    public void The_tf32_kernel_issues_a_third_mma_and_meets_no_bank_twice()
    {
        ConvShape s = new(1, 16, 16, 256, 256, 3, 1, 2, 2);
        var run = new Comparison(null, Precision.Tf32);
        Place x = Whole(run, "x", s.InputCount), w = Whole(run, "w", s.WeightCount), y = run.Result(s.OutputCount);
        Agree(run, b => b.ConvForward(s, x, w, Place.None, y), "ConvTensor");
        LaunchReport report = run.Launches.Single(l => l.Kernel.Contains("ConvTensor", StringComparison.Ordinal));
        // Whole kernel; a third of the main loop is what bench -- ptx --check asks. 0.3 leaves room for the start and the end of this small shape.
        Assert.InRange(report.TensorShare, 0.3, 1);
        Assert.Equal(0, report.BankConflicts);
    }

    private static Place Whole(Comparison run, string name, long length) => run.Source([.. Seeded.Floats(name, length).Select(v => MathF.Round(8 * v))]);

    private static void Agree(Comparison run, Action<IBackend> operation, string kernel)
    {
        Assert.Null(run.Difference(operation));
        Assert.Contains(run.Launches, l => l.Kernel.Contains(kernel, StringComparison.Ordinal));
    }
}
