namespace Smile.PtxEmulator.Tests;

/// <summary>Float instructions against values worked out by hand: NaN, infinities, subnormals with and without .ftz.</summary>
public sealed class FloatTests
{
    private const string One = "3F800000", Inf = "7F800000", MinusInf = "FF800000", Nan = "7FFFFFFF", SomeNan = "7FC12345",
        Zero = "00000000", MinusZero = "80000000";

    [Theory]
    [InlineData("add.f32 %x, %a, %b", "40400000", One, "40000000")]
    [InlineData("add.rn.f32 %x, %a, %b", Nan, Inf, MinusInf)]
    [InlineData("add.f32 %x, %a, %b", Nan, SomeNan, One)]
    [InlineData("add.f32 %x, %a, %b", "00000003", "00000001", "00000002")]
    [InlineData("add.ftz.f32 %x, %a, %b", Zero, "00000001", "00000002")]
    [InlineData("add.ftz.f32 %x, %a, %b", MinusZero, "80000001", "80000002")]
    [InlineData("add.f32 %x, %a, %b", Inf, "7F7FFFFF", "7F7FFFFF")]
    [InlineData("sub.f32 %x, %a, %b", "BF800000", One, "40000000")]
    [InlineData("mul.f32 %x, %a, %b", "40C00000", "40000000", "40400000")]
    [InlineData("mul.f32 %x, %a, %b", Nan, Inf, Zero)]
    [InlineData("mul.f32 %x, %a, %b", "00400000", "00800000", "3F000000")]
    [InlineData("mul.ftz.f32 %x, %a, %b", Zero, "00800000", "3F000000")]
    // (1 + 2^-23)(1 - 2^-24) - 1 = 2^-24 - 2^-47; a rounded product would give 2^-23 or 0
    [InlineData("fma.rn.f32 %x, %a, %b, %c", "337FFFFE", "3F800001", "3F7FFFFF", "BF800000")]
    [InlineData("div.rn.f32 %x, %a, %b", "3EAAAAAB", One, "40400000")]
    [InlineData("div.rn.f32 %x, %a, %b", Inf, One, Zero)]
    [InlineData("div.rn.f32 %x, %a, %b", MinusInf, One, MinusZero)]
    [InlineData("div.rn.f32 %x, %a, %b", Nan, Zero, Zero)]
    [InlineData("div.full.f32 %x, %a, %b", "3F000000", One, "40000000")]
    [InlineData("div.approx.f32 %x, %a, %b", Zero, One, "7F000000")] // |b| = 2^127 > 2^126
    [InlineData("div.approx.f32 %x, %a, %b", Nan, Inf, "7F000000")]
    [InlineData("min.f32 %x, %a, %b", One, SomeNan, One)]
    [InlineData("min.f32 %x, %a, %b", Nan, SomeNan, SomeNan)]
    [InlineData("min.f32 %x, %a, %b", MinusZero, Zero, MinusZero)]
    [InlineData("max.f32 %x, %a, %b", Zero, MinusZero, Zero)]
    [InlineData("max.f32 %x, %a, %b", One, One, Nan)]
    [InlineData("max.ftz.f32 %x, %a, %b", Zero, "00000001", Zero)]
    [InlineData("neg.f32 %x, %a", MinusZero, Zero)]
    [InlineData("neg.ftz.f32 %x, %a", MinusZero, "00000001")]
    [InlineData("abs.f32 %x, %a", One, "BF800000")]
    [InlineData("copysign.f32 %x, %a, %b", "40000000", One, "C0000000")] // the sign of a on b
    [InlineData("rcp.rn.f32 %x, %a", "3F000000", "40000000")]
    [InlineData("rcp.rn.f32 %x, %a", MinusInf, MinusZero)]
    [InlineData("rcp.approx.ftz.f32 %x, %a", Inf, "00000001")]
    [InlineData("sqrt.rn.f32 %x, %a", "40000000", "40800000")]
    [InlineData("sqrt.rn.f32 %x, %a", MinusZero, MinusZero)]
    [InlineData("sqrt.approx.f32 %x, %a", Nan, "BF800000")]
    [InlineData("rsqrt.approx.f32 %x, %a", "3F000000", "40800000")]
    [InlineData("rsqrt.approx.f32 %x, %a", MinusInf, MinusZero)]
    [InlineData("rsqrt.approx.ftz.f32 %x, %a", Inf, "00000001")]
    [InlineData("ex2.approx.f32 %x, %a", "41000000", "40400000")]
    [InlineData("ex2.approx.f32 %x, %a", Zero, MinusInf)]
    [InlineData("ex2.approx.f32 %x, %a", "00400000", "C2FE0000")] // 2^-127
    [InlineData("ex2.approx.ftz.f32 %x, %a", Zero, "C2FE0000")]
    [InlineData("lg2.approx.f32 %x, %a", "40400000", "41000000")]
    [InlineData("lg2.approx.f32 %x, %a", MinusInf, Zero)]
    [InlineData("lg2.approx.f32 %x, %a", Nan, "BF800000")]
    [InlineData("sin.approx.f32 %x, %a", Nan, Inf)]
    [InlineData("cos.approx.f32 %x, %a", One, Zero)]
    [InlineData("tanh.approx.f32 %x, %a", "BF800000", MinusInf)]
    public void Float32_gives_the_bits_of_the_ISA(string instruction, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, "f32", "f32", sources));

    [Theory]
    [InlineData("add.f64 %x, %a, %b", "3FF0000000000001", "3FF0000000000000", "3CB0000000000000")]
    [InlineData("mul.f64 %x, %a, %b", "4008000000000000", "3FF8000000000000", "4000000000000000")]
    [InlineData("fma.rn.f64 %x, %a, %b, %c", "4014000000000000", "4000000000000000", "4000000000000000", "3FF0000000000000")]
    [InlineData("div.rn.f64 %x, %a, %b", "3FE0000000000000", "3FF0000000000000", "4000000000000000")]
    [InlineData("sqrt.rn.f64 %x, %a", "4000000000000000", "4010000000000000")]
    [InlineData("rcp.rn.f64 %x, %a", "7FF0000000000000", "0000000000000000")]
    [InlineData("max.f64 %x, %a, %b", "3FF0000000000000", "7FF8000000000000", "3FF0000000000000")]
    public void Float64_gives_the_bits_of_the_ISA(string instruction, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, "f64", "f64", sources));

    [Theory]
    [InlineData("eq", "0", "1", "0")]
    [InlineData("ne", "1", "0", "0")]
    [InlineData("lt", "1", "0", "0")]
    [InlineData("le", "1", "1", "0")]
    [InlineData("gt", "0", "0", "0")]
    [InlineData("ge", "0", "1", "0")]
    [InlineData("equ", "0", "1", "1")]
    [InlineData("neu", "1", "0", "1")]
    [InlineData("ltu", "1", "0", "1")]
    [InlineData("leu", "1", "1", "1")]
    [InlineData("gtu", "0", "0", "1")]
    [InlineData("geu", "0", "1", "1")]
    [InlineData("num", "1", "1", "0")]
    [InlineData("nan", "0", "0", "1")]
    public void Comparisons_of_1_and_2_of_1_and_1_and_with_NaN(string comparison, string less, string same, string withNan)
    {
        string Compare(string a, string b) => Ptx.Evaluate($"setp.{comparison}.f32 %x, %a, %b", "pred", "f32", a, b);
        Assert.Equal(less, Compare(One, "40000000"));
        Assert.Equal(same, Compare(One, One));
        Assert.Equal(withNan, Compare(SomeNan, One));
        Assert.Equal(withNan, Compare(One, SomeNan));
    }

    [Fact]
    public void A_comparison_flushes_on_request()
    {
        Assert.Equal("0", Ptx.Evaluate("setp.eq.f32 %x, %a, %b", "pred", "f32", "00000001", MinusZero));
        Assert.Equal("1", Ptx.Evaluate("setp.eq.ftz.f32 %x, %a, %b", "pred", "f32", "00000001", MinusZero));
    }

    [Theory]
    [InlineData("finite", One, Inf)]
    [InlineData("infinite", MinusInf, One)]
    [InlineData("number", Inf, SomeNan)]
    [InlineData("notanumber", SomeNan, Inf)]
    [InlineData("normal", "00800000", "007FFFFF")]
    [InlineData("subnormal", "00000001", Zero)]
    public void Testp_knows_kinds_of_values(string property, string holds, string fails)
    {
        Assert.Equal("1", Ptx.Evaluate($"testp.{property}.f32 %x, %a", "pred", "f32", holds));
        Assert.Equal("0", Ptx.Evaluate($"testp.{property}.f32 %x, %a", "pred", "f32", fails));
    }
}
