using Smile.Kernels.Backend;
using Smile.Kernels.Gpu;
using Smile.Kernels.Gpu.Cuda;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Gpu.TensorCore;
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

    /// <summary>Splits of the depth that begin within taps, whose last stages are no whole ones; forward, and input gradient.</summary>
    private static readonly ConvShape _deep = new(2, 5, 4, 264, 136, 3, 1, 2, 2), _deepBack = new(2, 9, 7, 136, 264, 3, 2, 1, 1);

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

    /// <summary>
    /// Whole numbers from -8 to 8: no format rounds them, so the sums are those of the scalar backend to the bit, and one wrong index
    /// shows.
    /// </summary>
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
            Place dy = Whole(run, "dy", s.OutputCount), w = Whole(run, "w", s.WeightCount), dx = into == Into.Set
                ? run.Result(s.InputCount)
                : run.State("dx", s.InputCount);
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
            Place x = Whole(run, "x", s.InputCount), dy = Whole(run, "dy", s.OutputCount), dw = into == Into.Set
                ? run.Result(s.WeightCount)
                : run.State("dw", s.WeightCount);
            Agree(run, b => b.ConvBackWeight(s, x, dy, dw, into), "ConvTensorWeight");
        }
    }

    [Theory]
    [InlineData("Tf32", 1 << 24, 1)]
    [InlineData("Bf16", 1 << 24, 1)]
    [InlineData("Bf16", 166000, 2)] // the weights and one image, packed
    public void A_split_depth_of_whole_numbers_is_exact(string precision, int room, int lots)
    {
        foreach (Into into in Enum.GetValues<Into>())
        {
            var run = new Comparison(null, Enum.Parse<Precision>(precision), packedWords: room);
            Place x = Whole(run, "x", _deep.InputCount), w = Whole(run, "w", _deep.WeightCount), bias = Whole(run, "bias", 136);
            Place dy = Whole(run, "dy", _deepBack.OutputCount), y = run.Result(_deep.OutputCount);
            Place dx = into == Into.Set ? run.Result(_deepBack.InputCount) : run.State("dx", _deepBack.InputCount);
            Assert.Null(run.Difference(b =>
            {
                b.ConvForward(_deep, x, w, bias, y);
                b.ConvBackInput(_deepBack, dy, w, dx, into);
            }));
            Assert.Equal(2 * lots, run.Launches.Count(l => l.Kernel == "Kernel_ConvTensor" + precision));
            Assert.Equal(2 * lots, run.Launches.Count(l => l.Kernel == "Kernel_ConvSumSplitK"));
        }
    }

    /// <summary>
    /// Room for two of five images in bfloat16, beside the weights where they are packed too: three lots, the last of one image.
    /// </summary>
    [Theory]
    [InlineData("forward")]
    [InlineData("input gradient")]
    [InlineData("weight gradient")]
    public void A_batch_that_does_not_fit_packed_runs_in_lots(string pass)
    {
        ConvShape s = new(5, 6, 7, 16, 24, 3, 1, 2, 2);
        long input = s.InputCount / s.Batch / 2, output = s.OutputCount / s.Batch / 2, weights = s.WeightCount / 2;
        long room = pass switch { "forward" => weights + 2 * input, "input gradient" => weights + 2 * output, _ => 2 * (input + output) };
        foreach (Into into in Enum.GetValues<Into>())
        {
            var run = new Comparison(null, Precision.Bf16, packedWords: (int)room + 1);
            Place x = Whole(run, "x", s.InputCount), w = Whole(run, "w", s.WeightCount), dy = Whole(run, "dy", s.OutputCount),
                y = run.Result(s.OutputCount);
            Place dx = into == Into.Set ? run.Result(s.InputCount) : run.State("dx", s.InputCount), dw = into == Into.Set
                ? run.Result(s.WeightCount)
                : run.State("dw", s.WeightCount);
            Assert.Null(run.Difference(pass switch
            {
                "forward" => b => b.ConvForward(s, x, w, Place.None, y),
                "input gradient" => b => b.ConvBackInput(s, dy, w, dx, into),
                _ => b => b.ConvBackWeight(s, x, dy, dw, into),
            }));
            Assert.Equal(3, run.Launches.Count(l => l.Kernel is "Kernel_ConvTensorBf16" or "Kernel_ConvTensorWeightBf16"));
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
        // bench -- ptx --check asks for a third. 0.3 leaves room for the taps, of which each of this small shape's splits begins two.
        Assert.InRange(report.MainLoop!.TensorShare, 0.3, 1);
        Assert.Equal(0, report.BankConflicts);
    }

    /// <summary>
    /// Rounding to p bits of mantissa moves an operand by at most 2^-(p+1) of itself, so a product by 2^-p (1 + 2^-(p+2)) of itself;
    /// float32 sums of n terms add n 2^-24 of the sum of their magnitudes, and the scalar backend one rounding more. The bound is relative
    /// to the sum of absolute products, which the scalar backend computes from absolute operands.
    /// </summary>
    [Theory]
    [InlineData("Tf32", 10)]
    [InlineData("Bf16", 7)]
    public void The_error_follows_from_the_format(string precision, int bits)
    {
        ConvShape s = new(1, 9, 11, 64, 40, 3, 1, 2, 2);
        foreach (string pass in (string[])["forward", "input gradient", "weight gradient"])
        {
            (float[] expected, float[] actual) = Pass(s, pass, Enum.Parse<Precision>(precision), 1, v => v);
            (float[] magnitudes, _) = Pass(s, pass, Precision.Fp32, 1, MathF.Abs);
            long terms = pass switch
            {
                "forward" => 9 * s.InChannels,
                "input gradient" => 9 * s.OutChannels,
                _ => s.OutputCount / s.OutChannels,
            };
            double bound = Math.ScaleB(1 + Math.ScaleB(1, -bits - 2), -bits) + (terms + 1) * Math.ScaleB(1, -24), squares = 0, worst = 0,
                reference = 0;
            for (int i = 0; i < expected.Length; i++)
            {
                double difference = Math.Abs((double)actual[i] - expected[i]);
                if (!(difference <= bound * magnitudes[i]))
                    Assert.Fail($"{pass}, element {i}: {actual[i]:G9} for {expected[i]:G9}; "
                        + $"the bound is {bound:G3} of {magnitudes[i]:G9}.");
                (squares, reference) = (squares + difference * difference, reference + (double)expected[i] * expected[i]);
                worst = Math.Max(worst, magnitudes[i] > 0 ? difference / magnitudes[i] : 0);
            }

            Assert.True(worst > bound / 1000, "The operands were not rounded to the format.");
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{precision} {pass}: root mean square error {Math.Sqrt(squares / reference):E2} of the result's, "
                    + $"worst {worst:E2} of the sum of absolute products, bound {bound:E2}"));
        }
    }

    [Theory]
    [InlineData("Tf32")]
    [InlineData("Bf16")]
    public void Another_order_of_warps_gives_the_same_bits(string precision)
    {
        ConvShape s = new(2, 9, 11, 40, 136, 3, 1, 2, 2);
        foreach (string pass in (string[])["forward", "input gradient", "weight gradient"])
        {
            float[] first = Pass(s, pass, Enum.Parse<Precision>(precision), 1, v => v).Actual,
                second = Pass(s, pass, Enum.Parse<Precision>(precision), 7, v => v).Actual;
            Assert.Equal(first.Select(BitConverter.SingleToUInt32Bits), second.Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Fact]
    public void A_shape_without_whole_pieces_takes_the_float32_kernels()
    {
        ConvShape s = new(1, 7, 9, 6, 10, 3, Pad: 1);
        var run = new Comparison(null, Precision.Tf32);
        Place x = run.Source("x", s.InputCount), w = run.Source("w", s.WeightCount), y = run.Result(s.OutputCount);
        Assert.Null(run.Difference(b => b.ConvForward(s, x, w, Place.None, y)));
        Assert.DoesNotContain(run.Launches, l => l.Kernel.Contains("Tensor", StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_before_Ampere_is_refused_with_what_to_do()
    {
        using CudaRuntime turing = EmulatedCuda.Open(EmulatedCuda.Driver(7, 5, seed: 1));
        string message = Assert.Throws<BackendException>(() => new GpuBackend(turing, Precision.Bf16)).Message;
        Assert.Contains("sm_75 cannot compute in bf16", message, StringComparison.Ordinal);
        Assert.Contains("Take --precision fp32", message, StringComparison.Ordinal);
        Assert.All((GpuKernel[])[TensorConvKernels.Tf32, TensorConvKernels.Bf16, TensorWeightKernels.Tf32, TensorWeightKernels.Bf16],
            k => Assert.False(turing.CanRun(k)));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("scalar")]
    [InlineData("ilgpu-cpu")]
    public void A_device_without_tensor_cores_is_refused(string device) =>
        Assert.Contains("cannot compute in tf32", Assert.Throws<BackendException>(() => Backends.Open(device, 1, Precision.Tf32)).Message,
            StringComparison.Ordinal);

    /// <summary>A pass of seeded operands: the result on the scalar backend and on the emulator.</summary>
    private static (float[] Expected, float[] Actual) Pass(ConvShape s, string pass, Precision precision, int seed,
        Func<float, float> change)
    {
        var run = new Comparison(null, precision, seed);
        Place x = Make("x", s.InputCount), w = Make("w", s.WeightCount), dy = Make("dy", s.OutputCount);
        Place y = run.Result(s.OutputCount), dx = run.Result(s.InputCount), dw = run.Result(s.WeightCount);
        _ = run.Difference(pass switch
        {
            "forward" => b => b.ConvForward(s, x, w, Place.None, y),
            "input gradient" => b => b.ConvBackInput(s, dy, w, dx, Into.Set),
            _ => b => b.ConvBackWeight(s, x, dy, dw, Into.Set),
        });
        int operand = pass switch { "forward" => 3, "input gradient" => 4, _ => 5 };
        return (run.Inside(run.Expected, operand), run.Inside(run.Actual, operand));

        Place Make(string name, long length) => run.Source([.. Seeded.Floats(name, length).Select(change)]);
    }

    private static Place Whole(Comparison run, string name, long length) =>
        run.Source([.. Seeded.Floats(name, length).Select(v => MathF.Round(8 * v))]);

    private static void Agree(Comparison run, Action<IBackend> operation, string kernel)
    {
        Assert.Null(run.Difference(operation));
        Assert.Contains(run.Launches, l => l.Kernel.Contains(kernel, StringComparison.Ordinal));
    }
}
