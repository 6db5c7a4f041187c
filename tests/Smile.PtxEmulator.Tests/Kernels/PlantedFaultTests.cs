using System.Text.RegularExpressions;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.MaxPool;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>
/// Faults planted in the PTX of the product's own kernels, one at a time: each is caught, by a refusal or by the result. What
/// the emulator is trusted for rests on these.
/// </summary>
public sealed class PlantedFaultTests
{
    private const string R = @"%r\d+", Rd = @"%rd\d+", F = @"%f\d+", P = @"%p\d+";

    /// <summary>The kernel, what is replaced (the occurrence counts from 0, -1 is the last, All means all), by what.</summary>
    private static readonly Dictionary<string, (string Kernel, string Pattern, int Occurrence, string Replacement)> _faults = new()
    {
        ["the barrier of a tile removed"] = ("ConvForward64", @"bar\.sync\s+0;", 0, ""),
        ["the inner loop two short"] = ("ConvForward64", $@"(mov\.b32\s+{R}), 4;", 0, "$1, 3;"),
        ["the inner loop two long"] = ("ConvForward64", $@"(mov\.b32\s+{R}), 4;", 0, "$1, 5;"),
        ["a stride in shared memory doubled"] = ("ConvForward64", $@"(mad\.lo\.u64\s+{Rd}, {Rd}), 16,", 0, "$1, 32,"),
        ["the stages of shared memory not changed"] = ("ConvForward64", $@"(mov\.b32\s+{R}), 288;", 0, "$1, 0;"),
        ["a tap of the kernel left too early"] = ("ConvBackInput64", $@"(sub\.s32\s+{R}, {R}), 8;", 0, "$1, 9;"),
        ["a tile half as wide"] = ("ConvForward64", $@"(shl\.b32\s+{R}, {R}), 6;", 0, "$1, 5;"),
        ["the block's index for the thread's"] = ("ConvForward64", @"%tid\.x", 0, "%ctaid.x"),
        ["two components of a vector swapped"] = ("ConvForward64", $@"(ld\.shared\.v4\.f32\s+)\{{({F}), ({F})", 0, "$1{$3, $2"),
        ["a vector stored four bytes too far"] = ("ConvForward64", $@"(st\.shared\.v4\.f32\s+\[{Rd})\]", 0, "$1+4]"),
        ["an element size doubled"] = ("SumSquaresPartials", $@"(mad\.lo\.u64\s+{Rd}, {Rd}), 4,", 0, "$1, 8,"),
        ["a selection the other way round"] = ("SumSquaresPartials", $@"(selp\.b32\s+{F}), ({F}), ({F})", 0, "$1, $3, $2"),
        ["an addition made a subtraction"] = ("SumSquaresPartials", @"add\.rn\.f32", 0, "sub.rn.f32"),
        ["a store removed"] = ("SumSquaresPartials", @"st\.global\.[^;]*;", 0, ""),
        ["the barrier of a tree removed"] = ("SumSquaresPartials", @"bar\.sync\s+0;", 0, ""),
        ["a tree that ends one level early"] = ("SumSquaresPartials", $@"(setp\.le\.s32\s+{P}, {R}), 32;", 0, "$1, 64;"),
        ["a shuffle from the lane itself"] = ("SumSquaresPartials", $@"(shfl\.sync\.down\.b32\s+{F}, {F}), {R},", 0, "$1, 0,"),
        ["the larger bound for the smaller"] = ("SumSquaresPartials", @"min\.s32", 0, "max.s32"),
        ["an accumulator that starts at 1"] = ("ConvBiasPartials", $@"(mov\.f32\s+{F}), 0f00000000", 0, "$1, 0f3F800000"),
        ["a histogram that is not cleared"] = ("TopFractionCount", $@"st\.shared\.b32\s+\[{Rd}\], 0;", 0, ""),
        ["an atomic update lost"] = ("TopFractionCount", @"red\.add\.shared\.u32[^;]*;", 0, ""),
        ["a condition inverted"] = ("MaxPoolForward", $@"@({P}) bra", 0, "@!$1 bra"),
        ["a predicate dropped"] = ("MaxPoolForward", $@"@{P} (bra)", 5, "$1"),
        ["operands swapped"] = ("MaxPoolForward", $@"(sub\.s32\s+{R}), ({R}), ({R})", 0, "$1, $3, $2"),
        ["a remainder for a quotient"] = ("MaxPoolForward", @"div\.s32", 0, "rem.s32"),
        ["a loop that does not move"] = ("MaxPoolForward", $@"(add\.s32\s+{R}, {R}), 1;", 0, "$1, 0;"),
        ["divergent branches left uniform"] = ("MaxPoolForward", $@"(@!?{P}) bra\b", All, "$1 bra.uni"),
        ["a parameter not loaded"] = ("MaxPoolForward", @"ld\.param\.b64\s+%rd3[^;]*;", 0, ""),
        ["a sum of a product without the sum"] = ("Sgd", $@"(fma\.rn\.f32\s+{F}, {F}, {F}), {F}", 0, "$1, 0f00000000"),
        ["a product made a sum"] = ("Sgd", @"mul\.rn\.f32", 0, "add.rn.f32"),
        ["tensor cores: the wait removed"] = ("ConvTensorTf32", @"(?<=\n\s*)cp\.async\.wait_group 1;", 0, ""),
        ["tensor cores: the wait one group short"] = ("ConvTensorTf32", @"(?<=\n\s*)cp\.async\.wait_group 1;", 0, "cp.async.wait_group 2;"),
        ["tensor cores: the commit removed"] = ("ConvTensorTf32", @"(?<=\n\s*)cp\.async\.commit_group;", 0, ""),
        ["tensor cores: the barrier removed"] = ("ConvTensorTf32", @"bar\.sync\s+0;", 0, ""),
        ["tensor cores: a left fragment of another tile"] = ("ConvTensorTf32",
            @"(mma\.[^{]*\{acc0, acc1, acc2, acc3\}, )\{a0, a1, a2, a3\}", 0, "$1{a4, a5, a6, a7}"),
        ["tensor cores: two registers of a fragment swapped"] = ("ConvTensorTf32",
            @"(mma\.[^{]*\{acc0, acc1, acc2, acc3\}, )\{a0, a1, a2, a3\}", 0, "$1{a0, a2, a1, a3}"),
        ["tensor cores: an operand not rounded"] = ("ConvTensorTf32", @"cvt\.rna\.tf32\.f32 a3, a3;", 0, ""),
        ["tensor cores: the swizzle of the second step dropped"] = ("ConvTensorTf32", @"xor\.b32 leftRow, leftRow, 32;", 0,
            "add.u32 leftRow, leftRow, 32;"),
        ["tensor cores: a piece of padding read"] = ("ConvTensorTf32", @"selp\.b32 bytes, most, 0, leftExists0;", 0,
            "mov.b32 bytes, most;"),
        ["tensor cores: a stage overwritten while it is used"] = ("ConvTensorTf32", @"add\.u32 to, copyPlace, (%r\d+);", 0,
            "mov.b32 to, copyPlace;"),
        ["tensor cores: rows of the result eight apart made seven"] = ("ConvTensorTf32", @"cvt\.s64\.s32 down, (%r\d+);", 0,
            "cvt.s64.s32 down, $1; sub.s64 down, down, 32;"),
        ["tensor cores: bfloat16 rows not turned"] = ("ConvTensorWeightBf16", @"(ldmatrix\.sync\.aligned\.m8n8\.x4)\.trans", 0, "$1"),
        ["tensor cores: the other half of a 32-byte piece"] = ("ConvTensorWeightTf32", @"xor\.b32 leftNext, leftRow, 16;", 0,
            "mov.b32 leftNext, leftRow;"),
        ["tensor cores: weights transposed without a barrier"] = ("TensorTransposeToTf32", @"bar\.sync\s+0;", 0, ""),
        ["a thread's elements overlap the next thread's"] = ("Sgd", $@"(shl\.b32\s+{R}, {R}), 2;", 0, "$1, 1;"),
    };

    private const int All = int.MaxValue;

    public static TheoryData<string> Faults => new(_faults.Keys);

    [Theory, MemberData(nameof(Faults))]
    public void A_planted_fault_is_caught(string name)
    {
        (string kernel, string pattern, int occurrence, string replacement) = _faults[name];
        string? caught;
        try
        {
            caught = Run(kernel, (k, text) => k == kernel ? Replace(text, pattern, occurrence, replacement) : text);
        }
        catch (PtxException e)
        {
            caught = $"{e.Fault}: {e.Message}";
        }

        Assert.True(caught is not null, "The fault went unnoticed.");
        TestContext.Current.TestOutputHelper?.WriteLine(caught!);
    }

    [Theory]
    [InlineData("ConvForward64")]
    [InlineData("ConvBackInput64")]
    [InlineData("ConvBiasPartials")]
    [InlineData("SumSquaresPartials")]
    [InlineData("TopFractionCount")]
    [InlineData("MaxPoolForward")]
    [InlineData("ConvTensorTf32")]
    [InlineData("ConvTensorWeightTf32")]
    [InlineData("ConvTensorWeightBf16")]
    [InlineData("TensorTransposeToTf32")]
    [InlineData("Sgd")]
    public void Without_a_fault_the_same_runs_agree(string kernel) => Assert.Null(Run(kernel, null));

    /// <summary>Runs the operation that launches the kernel.</summary>
    private static string? Run(string kernel, Func<string, string, string>? change)
    {
        var run = new Comparison(change,
            kernel.EndsWith("Bf16", StringComparison.Ordinal)
            ? Precision.Bf16
            : kernel.Contains("Tensor", StringComparison.Ordinal) ? Precision.Tf32 : Precision.Fp32);
        ConvShape shape = new(1, 9, 8, 8, 68, 3, Pad: 1);
        switch (kernel)
        {
            case "ConvForward64":
                Place x = run.Source("x", shape.InputCount), w = run.Source("w", shape.WeightCount),
                    bias = run.Source("bias", shape.OutChannels), y = run.Result(shape.OutputCount);
                return run.Difference(b => b.ConvForward(shape, x, w, bias, y));
            case "ConvBackInput64":
                shape = shape with { OutChannels = 72 };
                Place gradientOf = run.Source("dy", shape.OutputCount), weights = run.Source("w", shape.WeightCount),
                    dx = run.Result(shape.InputCount);
                return run.Difference(b => b.ConvBackInput(shape, gradientOf, weights, dx, Into.Set));
            case "ConvTensorTf32" or "TensorTransposeToTf32":
                shape = new(1, 12, 12, 24, 136, 3, Pad: 1);
                Place left = Whole(run, "x", shape.InputCount), right = Whole(run, "w", shape.WeightCount),
                    product = run.Result(shape.OutputCount);
                return run.Difference(b => b.ConvForward(shape, left, right, Place.None, product));
            case "ConvTensorWeightTf32" or "ConvTensorWeightBf16":
                shape = new(1, 12, 12, 16, 136, 3, Pad: 1);
                Place input = Whole(run, "x", shape.InputCount), output = Whole(run, "dy", shape.OutputCount),
                    dw = run.Result(shape.WeightCount);
                return run.Difference(b => b.ConvBackWeight(shape, input, output, dw, Into.Set));
            case "ConvBiasPartials":
                Place dy = run.Source("dy", shape.OutputCount), dbias = run.Result(shape.OutChannels);
                return run.Difference(b => b.ConvBackBias(shape, dy, dbias, Into.Set));
            case "SumSquaresPartials":
                float[] of = [.. Smile.Kernels.Tests.Golden.Seeded.Floats("squares", 5000), float.NaN, 1, float.PositiveInfinity];
                Place values = run.Source(of), sums = run.Result(2);
                return run.Difference(b => b.SumSquares(values, sums));
            case "TopFractionCount":
                Place scores = run.Source("scores", 1000),
                    candidates = run.Source([.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(1), 1000)]), selected = run.Result(1000),
                    summary = run.Result(2);
                return run.Difference(b => b.TopFraction(new(1000, 0.3), scores, candidates, selected, summary));
            case "MaxPoolForward":
                PoolShape pool = new(2, 7, 6, 5, 3, 2, 1);
                Place source = run.Source("pool", 2 * 7 * 6 * 5), index = run.Result(2 * 4 * 3 * 5), pooled = run.Result(2 * 4 * 3 * 5);
                return run.Difference(b => b.MaxPoolForward(pool, source, index, pooled));
            default:
                Place gradient = run.Source("gradient", 1003), weight = run.State("weight", 1003), moment = run.State("moment", 1003);
                return run.Difference(b => b.Sgd(new(0.1f, 0.9f, 0.01f), gradient, weight, moment));
        }
    }

    /// <summary>
    /// Whole numbers and 2^-20 of each more: tf32 and bfloat16 round them to the whole numbers, and the results agree with float32's to
    /// 2^-18.
    /// </summary>
    private static Place Whole(Comparison run, string name, long length) =>
        run.Source([.. Smile.Kernels.Tests.Golden.Seeded.Floats(name, length).Select(v => MathF.Round(8 * v) * (1 + 1f / (1 << 20)))]);

    private static string Replace(string text, string pattern, int occurrence, string replacement)
    {
        MatchCollection found = Regex.Matches(text, pattern);
        Assert.NotEmpty(found);
        if (occurrence == All)
            return Regex.Replace(text, pattern, replacement);
        Match match = occurrence < 0 ? found[^1] : found[occurrence];
        return text[..match.Index] + match.Result(replacement) + text[(match.Index + match.Length)..];
    }
}
