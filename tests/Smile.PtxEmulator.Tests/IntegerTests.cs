namespace Smile.PtxEmulator.Tests;

/// <summary>Integer and logic instructions against values worked out by hand.</summary>
public sealed class IntegerTests
{
    [Theory]
    [InlineData("add.s32 %x, %a, %b", "b32", "80000000", "7FFFFFFF", "1")]
    [InlineData("add.u64 %x, %a, %b", "b64", "0000000000000001", "FFFFFFFFFFFFFFFF", "2")]
    [InlineData("add.u16 %x, %a, %b", "b16", "0001", "FFFF", "2")]
    [InlineData("sub.s32 %x, %a, %b", "b32", "FFFFFFFF", "0", "1")]
    [InlineData("mul.lo.s32 %x, %a, %b", "b32", "FFFFFFFA", "FFFFFFFE", "3")]
    [InlineData("mul.lo.u64 %x, %a, %b", "b64", "FFFFFFFE00000001", "FFFFFFFF", "FFFFFFFF")]
    [InlineData("mul.hi.u32 %x, %a, %b", "b32", "FFFFFFFE", "FFFFFFFF", "FFFFFFFF")]
    [InlineData("mul.hi.s32 %x, %a, %b", "b32", "FFFFFFFF", "FFFFFFFF", "5")]
    [InlineData("mul.hi.u64 %x, %a, %b", "b64", "FFFFFFFFFFFFFFFE", "FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF")]
    [InlineData("mad.lo.s32 %x, %a, %b, %c", "b32", "00000005", "FFFFFFFF", "2", "7")]
    [InlineData("mad.lo.u64 %x, %a, %b, %c", "b64", "0000000000000017", "5", "4", "3")]
    [InlineData("div.s32 %x, %a, %b", "b32", "FFFFFFFD", "FFFFFFF9", "2")] // -7 / 2 = -3
    [InlineData("div.u32 %x, %a, %b", "b32", "7FFFFFFC", "FFFFFFF9", "2")]
    [InlineData("rem.s32 %x, %a, %b", "b32", "FFFFFFFF", "FFFFFFF9", "2")] // -7 rem 2 = -1
    [InlineData("rem.s32 %x, %a, %b", "b32", "00000000", "80000000", "FFFFFFFF")]
    [InlineData("rem.u32 %x, %a, %b", "b32", "00000001", "FFFFFFF9", "2")]
    [InlineData("min.s32 %x, %a, %b", "b32", "FFFFFFFF", "FFFFFFFF", "1")]
    [InlineData("min.u32 %x, %a, %b", "b32", "00000001", "FFFFFFFF", "1")]
    [InlineData("max.s64 %x, %a, %b", "b64", "0000000000000001", "FFFFFFFFFFFFFFFF", "1")]
    [InlineData("neg.s32 %x, %a", "b32", "80000000", "80000000")]
    [InlineData("abs.s32 %x, %a", "b32", "00000007", "FFFFFFF9")]
    [InlineData("and.b32 %x, %a, %b", "b32", "00000008", "C", "A")]
    [InlineData("or.b64 %x, %a, %b", "b64", "000000000000000E", "C", "A")]
    [InlineData("xor.b16 %x, %a, %b", "b16", "0006", "C", "A")]
    [InlineData("not.b32 %x, %a", "b32", "FFFFFFF0", "F")]
    [InlineData("brev.b32 %x, %a", "b32", "80000000", "1")]
    public void Gives_the_bits_of_the_ISA(string instruction, string type, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, type, type, sources));

    [Theory]
    [InlineData("shl.b32 %x, %a, %b", "b32", "80000000", "1", "1F")]
    [InlineData("shl.b32 %x, %a, %b", "b32", "00000000", "1", "20")]
    [InlineData("shl.b32 %x, %a, %b", "b32", "00000000", "1", "FFFFFFFF")]
    [InlineData("shl.b64 %x, %a, %b", "b64", "0000000100000000", "1", "20")]
    [InlineData("shl.b64 %x, %a, %b", "b64", "0000000000000000", "1", "40")]
    [InlineData("shl.b16 %x, %a, %b", "b16", "0000", "1", "10")]
    [InlineData("shr.u32 %x, %a, %b", "b32", "00000001", "80000000", "1F")]
    [InlineData("shr.u32 %x, %a, %b", "b32", "00000000", "80000000", "20")]
    [InlineData("shr.s32 %x, %a, %b", "b32", "FFFFFFFF", "80000000", "20")]
    [InlineData("shr.s32 %x, %a, %b", "b32", "FFFFFFFF", "80000000", "FFFFFFFF")]
    [InlineData("shr.s32 %x, %a, %b", "b32", "00000000", "7FFFFFFF", "FFFFFFFF")]
    [InlineData("shr.s64 %x, %a, %b", "b64", "FFFFFFFFFFFFFFFF", "8000000000000000", "40")]
    [InlineData("shr.u64 %x, %a, %b", "b64", "0000000000000001", "8000000000000000", "3F")]
    [InlineData("shr.s16 %x, %a, %b", "b16", "FFFF", "8000", "FF")]
    public void Shifts_clamp_their_amount(string instruction, string type, string expected, string a, string amount) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, type, $"{type},b32", a, amount));

    [Theory]
    [InlineData("mul.wide.u32 %x, %a, %b", "b64", "b32", "FFFFFFFE00000001", "FFFFFFFF", "FFFFFFFF")]
    [InlineData("mul.wide.s32 %x, %a, %b", "b64", "b32", "FFFFFFFFFFFFFFFB", "FFFFFFFF", "5")]
    [InlineData("mul.wide.s16 %x, %a, %b", "b32", "b16", "FFFFFFFB", "FFFF", "5")]
    [InlineData("mad.wide.s32 %x, %a, %b, %c", "b64", "b32,b32,b64", "0000000000000001", "FFFFFFFF", "5", "6")]
    [InlineData("popc.b32 %x, %a", "b32", "b32", "00000010", "F0F0F0F0")]
    [InlineData("popc.b64 %x, %a", "b32", "b64", "00000002", "8000000000000001")]
    [InlineData("clz.b32 %x, %a", "b32", "b32", "00000020", "0")]
    [InlineData("clz.b64 %x, %a", "b32", "b64", "0000003F", "1")]
    public void Results_of_another_width(string instruction, string result, string source, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, result, source, sources));

    [Theory]
    [InlineData("div.s32 %x, %a, %b", "1", "0")]
    [InlineData("div.s32 %x, %a, %b", "80000000", "FFFFFFFF")]
    [InlineData("div.u32 %x, %a, %b", "1", "0")]
    [InlineData("rem.s32 %x, %a, %b", "1", "0")]
    public void A_quotient_that_the_ISA_leaves_open_may_not_be_used(string instruction, params string[] sources) =>
        Assert.Equal(PtxFault.Uninitialised, Assert.Throws<PtxException>(() => Ptx.Evaluate(instruction, "b32", "b32", sources)).Fault);

    [Theory]
    [InlineData("setp.lt.s32 %x, %a, %b", "1", "FFFFFFFF", "1")]
    [InlineData("setp.lt.u32 %x, %a, %b", "0", "FFFFFFFF", "1")]
    [InlineData("setp.lo.u32 %x, %a, %b", "1", "1", "FFFFFFFF")]
    [InlineData("setp.hs.u32 %x, %a, %b", "1", "1", "1")]
    [InlineData("setp.ls.u32 %x, %a, %b", "0", "2", "1")]
    [InlineData("setp.hi.u32 %x, %a, %b", "1", "2", "1")]
    [InlineData("setp.eq.b32 %x, %a, %b", "1", "5", "5")]
    [InlineData("setp.ne.s32 %x, %a, %b", "0", "5", "5")]
    [InlineData("setp.ge.s32 %x, %a, %b", "0", "80000000", "7FFFFFFF")]
    public void Comparisons_know_signs(string instruction, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, "pred", "b32", sources));

    [Theory]
    [InlineData("and", "1", "1", "0")]
    [InlineData("or", "1", "1", "1")]
    [InlineData("xor", "1", "0", "1")]
    public void A_comparison_may_be_combined_with_a_predicate(string logic, string third, string holds, string fails)
    {
        // p = (a < b) logic c, q = !(a < b) logic c, with a < b
        Assert.Equal(holds, Ptx.Evaluate($"setp.lt.{logic}.s32 %x|%p0, %a, %b, %c", "pred", "b32,b32,pred", "1", "2", third));
        Assert.Equal(fails, Ptx.Evaluate($"setp.lt.{logic}.s32 %p0|%x, %a, %b, %c", "pred", "b32,b32,pred", "1", "2", third));
    }

    [Theory]
    [InlineData("and.pred %x, %a, %b", "0", "1", "0")]
    [InlineData("or.pred %x, %a, %b", "1", "1", "0")]
    [InlineData("xor.pred %x, %a, %b", "0", "1", "1")]
    [InlineData("not.pred %x, %a", "0", "1")]
    [InlineData("mov.pred %x, %a", "1", "1")]
    [InlineData("mov.pred %x, 1", "1")]
    [InlineData("mov.pred %x, 0", "0")]
    public void Predicates_have_logic(string instruction, string expected, params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, "pred", "pred", sources));

    [Fact]
    public void Selp_takes_the_first_where_the_predicate_holds()
    {
        Assert.Equal("0000000A", Ptx.Evaluate("selp.b32 %x, %a, %b, %c", "b32", "b32,b32,pred", "A", "B", "1"));
        Assert.Equal("0000000B", Ptx.Evaluate("selp.b32 %x, %a, %b, %c", "b32", "b32,b32,pred", "A", "B", "0"));
    }

    [Theory]
    [InlineData("mov.b64 %x, {%a, %b}", "b64", "b32", "0000000200000001", "1", "2")]
    [InlineData("mov.b64 {%r5, %x}, %a", "b32", "b64", "00000002", "0000000200000001")]
    [InlineData("mov.b32 {%x, %h1}, %a", "b16", "b32", "5678", "12345678")]
    [InlineData("mov.b32 %x, %a", "b32", "f32", "3F800000", "3F800000")]
    public void Mov_packs_and_unpacks_with_the_low_part_first(string instruction, string result, string source, string expected,
        params string[] sources) =>
        Assert.Equal(expected, Ptx.Evaluate(instruction, result, source, sources));
}
