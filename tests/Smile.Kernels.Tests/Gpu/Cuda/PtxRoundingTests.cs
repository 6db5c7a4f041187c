using Smile.Kernels.Gpu.Cuda;

namespace Smile.Kernels.Tests.Gpu.Cuda;

/// <summary>Which statements the pass makes one fma of, and that it leaves none without a rounding.</summary>
public sealed class PtxRoundingTests
{
    private const string Product = "\tmul.f32\t%f3, %f1, %f2;\n";

    [Theory]
    [InlineData("\tadd.f32\t%f5, %f3, %f4;", "\tfma.rn.f32\t%f5, %f1, %f2, %f4;")]
    [InlineData("\tadd.f32\t%f5, %f4, %f3;", "\tfma.rn.f32\t%f5, %f1, %f2, %f4;")]
    [InlineData("\tadd.f32\t%f4, %f4, %f3;", "\tfma.rn.f32\t%f4, %f1, %f2, %f4;")]
    [InlineData("\tsub.f32\t%f5, %f3, %f4;", "\t{ .reg .f32 negative; neg.f32 negative, %f4; fma.rn.f32\t%f5, %f1, %f2, negative; }")]
    [InlineData("\tsub.f32\t%f5, %f4, %f3;", "\t{ .reg .f32 negative; neg.f32 negative, %f1; fma.rn.f32\t%f5, negative, %f2, %f4; }")]
    [InlineData("\tsub.f32\t%f5, %f3, %f1;", "\t{ .reg .f32 negative; neg.f32 negative, %f1; fma.rn.f32\t%f5, %f1, %f2, negative; }")]
    [InlineData("\tsub.f32\t%f5, %f3, 0f3F000000;", "\tfma.rn.f32\t%f5, %f1, %f2, 0fBF000000;")]
    [InlineData("\tmov.f32\t%f6, %f1;\n\tadd.f32\t%f5, %f3, %f6;", "\tmov.f32\t%f6, %f1;\n\tfma.rn.f32\t%f5, %f1, %f2, %f6;")]
    [InlineData("\tbar.sync\t0;\n\tadd.f32\t%f5, %f3, %f4;", "\tbar.sync\t0;\n\tfma.rn.f32\t%f5, %f1, %f2, %f4;")]
    public void A_product_with_one_reader_becomes_one_with_it(string reader, string expected) =>
        Assert.Equal(expected, PtxRounding.Apply(Product + reader));

    [Fact]
    public void A_literal_factor_takes_the_sign_itself() =>
        Assert.Equal("\tfma.rn.f32\t%f5, 0fC0000000, %f2, %f4;",
            PtxRounding.Apply("\tmul.f32\t%f3, 0f40000000, %f2;\n\tsub.f32\t%f5, %f4, %f3;"));

    [Theory]
    [InlineData("\tadd.f32\t%f5, %f3, %f4;\n\tadd.f32\t%f6, %f3, %f4;")] // two readers
    [InlineData("\tadd.f32\t%f5, %f3, %f3;")]
    [InlineData("\tadd.f32\t%f5, %f3, %f4;\n\tst.global.f32\t[%rd1], %f3;")]
    [InlineData("\tadd.f32\t%f5, %f3, %f4;\n\t{ cvt.rn.bf16x2.f32 x, %f3, %f3; }")]
    [InlineData("L_1:\n\tadd.f32\t%f5, %f3, %f4;")] // another block
    [InlineData("\t@%p1 bra\tL_1;\n\tadd.f32\t%f5, %f3, %f4;\nL_1:")]
    [InlineData("\tmov.f32\t%f1, %f6;\n\tadd.f32\t%f5, %f3, %f4;")] // a factor that is no longer the same
    [InlineData("\tld.global.v2.f32\t{%f6, %f2}, [%rd1];\n\tadd.f32\t%f5, %f3, %f4;")]
    [InlineData("\t@%p1 mov.f32\t%f2, %f6;\n\tadd.f32\t%f5, %f3, %f4;")]
    [InlineData("\t{ mov.f32 %f7, %f6; mov.f32 %f2, %f6; }\n\tadd.f32\t%f5, %f3, %f4;")]
    [InlineData("\tadd.f32\t%f1, %f6, %f7;\n\tadd.f32\t%f5, %f3, %f4;")]
    [InlineData("\t@%p1 add.f32\t%f5, %f3, %f4;")] // a sum that some threads do not form
    [InlineData("\tadd.f64\t%d5, %f3, %d4;")]
    [InlineData("\tadd.f32\t%f5, %f4, %f6;\n\tmax.f32\t%f7, %f3, %f4;")]
    public void Else_the_product_stays_and_both_are_rounded(string rest) =>
        Assert.Equal((Product + rest).Replace(".f32\t%f3,", ".rn.f32\t%f3,", StringComparison.Ordinal)
            .Replace("add.f", "add.rn.f", StringComparison.Ordinal), PtxRounding.Apply(Product + rest));

    [Fact]
    public void A_guarded_product_and_one_of_its_own_factor_stay()
    {
        Assert.Equal("\t@%p1 mul.rn.f32\t%f3, %f1, %f2;\n\tadd.rn.f32\t%f5, %f3, %f4;",
            PtxRounding.Apply("\t@%p1 mul.f32\t%f3, %f1, %f2;\n\tadd.f32\t%f5, %f3, %f4;"));
        Assert.Equal("\tmul.rn.f32\t%f3, %f3, %f2;\n\tadd.rn.f32\t%f5, %f3, %f4;",
            PtxRounding.Apply("\tmul.f32\t%f3, %f3, %f2;\n\tadd.f32\t%f5, %f3, %f4;"));
    }

    [Fact]
    public void Of_two_products_the_first_operand_is_taken() =>
        Assert.Equal("\tmul.rn.f32\t%f6, %f4, %f5;\n\tfma.rn.f32\t%f7, %f1, %f2, %f6;",
            PtxRounding.Apply(Product + "\tmul.f32\t%f6, %f4, %f5;\n\tadd.f32\t%f7, %f3, %f6;"));

    [Fact]
    public void A_sum_of_products_becomes_a_chain() =>
        Assert.Equal("\tfma.rn.f32\t%f5, %f1, %f2, %f4;\n\tfma.rn.f32\t%f7, %f1, %f1, %f5;",
            PtxRounding.Apply(Product + "\tadd.f32\t%f5, %f3, %f4;\n\tmul.f32\t%f6, %f1, %f1;\n\tadd.f32\t%f7, %f5, %f6;"));

    [Theory]
    [InlineData("add.f32 %f1, %f2, %f3;", "add.rn.f32 %f1, %f2, %f3;")]
    [InlineData("sub.ftz.f32 %f1, %f2, %f3;", "sub.rn.ftz.f32 %f1, %f2, %f3;")]
    [InlineData("mul.ftz.sat.f32 %f1, %f2, %f3;", "mul.rn.ftz.sat.f32 %f1, %f2, %f3;")]
    [InlineData("mul.f64 %d1, %d2, %d3;", "mul.rn.f64 %d1, %d2, %d3;")]
    [InlineData("{ add.f32 acc0, acc0, x; add.f32 acc1, acc1, y; }", "{ add.rn.f32 acc0, acc0, x; add.rn.f32 acc1, acc1, y; }")]
    [InlineData("add.rz.f32 %f1, %f2, %f3;", "add.rz.f32 %f1, %f2, %f3;")]
    [InlineData("add.s32 %r1, %r2, %r3;", "add.s32 %r1, %r2, %r3;")]
    [InlineData("mul.wide.u32 %rd1, %r2, 4;", "mul.wide.u32 %rd1, %r2, 4;")]
    [InlineData("red.global.add.f32 [%rd1], %f1;", "red.global.add.f32 [%rd1], %f1;")]
    public void What_has_no_rounding_gets_one_and_the_rest_stays(string before, string after) =>
        Assert.Equal(after, PtxRounding.Apply(before));

    [Fact]
    public void Lines_of_source_that_stand_there_as_comments_read_nothing() =>
        Assert.Equal("\t// y = %f3 + %f3\n\tfma.rn.f32\t%f5, %f1, %f2, %f4;",
            PtxRounding.Apply(Product + "\t// y = %f3 + %f3\n\tadd.f32\t%f5, %f3, %f4;"));
}
