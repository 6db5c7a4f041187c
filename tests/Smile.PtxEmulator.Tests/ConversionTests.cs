namespace Smile.PtxEmulator.Tests;

/// <summary>cvt against values worked out by hand.</summary>
public sealed class ConversionTests
{
    [Theory]
    [InlineData("cvt.u64.u32", "b64", "b32", "00000000FFFFFFFF", "FFFFFFFF")]
    [InlineData("cvt.s64.s32", "b64", "b32", "FFFFFFFFFFFFFFFF", "FFFFFFFF")]
    [InlineData("cvt.u32.u64", "b32", "b64", "89ABCDEF", "0123456789ABCDEF")]
    [InlineData("cvt.s32.s8", "b32", "b32", "FFFFFF80", "12345680")]
    [InlineData("cvt.u32.u8", "b32", "b32", "00000080", "12345680")]
    [InlineData("cvt.u8.u32", "b32", "b32", "00000080", "12345680")]
    [InlineData("cvt.s8.s32", "b32", "b32", "FFFFFF80", "12345680")]
    [InlineData("cvt.u16.u32", "b16", "b32", "5678", "12345678")]
    [InlineData("cvt.s32.s16", "b32", "b16", "FFFF8000", "8000")]
    public void Integers_extend_by_the_source_and_are_cut(string form, string result, string source, string expected, string bits) =>
        Assert.Equal(expected, Ptx.Evaluate($"{form} %x, %a", result, source, bits));

    [Theory]
    // 2^24 + 1 lies between 2^24 (0x4B800000) and 2^24 + 2.
    [InlineData("cvt.rn.f32.s32", "f32", "b32", "4B800000", "01000001")]
    [InlineData("cvt.rz.f32.s32", "f32", "b32", "4B800000", "01000001")]
    [InlineData("cvt.rm.f32.s32", "f32", "b32", "4B800000", "01000001")]
    [InlineData("cvt.rp.f32.s32", "f32", "b32", "4B800001", "01000001")]
    // and its negative
    [InlineData("cvt.rn.f32.s32", "f32", "b32", "CB800000", "FEFFFFFF")]
    [InlineData("cvt.rm.f32.s32", "f32", "b32", "CB800001", "FEFFFFFF")]
    [InlineData("cvt.rp.f32.s32", "f32", "b32", "CB800000", "FEFFFFFF")]
    [InlineData("cvt.rz.f32.s32", "f32", "b32", "CB800000", "FEFFFFFF")]
    // 2^24 + 3 is a tie that goes to the even 2^24 + 4.
    [InlineData("cvt.rn.f32.u32", "f32", "b32", "4B800002", "01000003")]
    [InlineData("cvt.rn.f32.u32", "f32", "b32", "4F800000", "FFFFFFFF")]
    [InlineData("cvt.rz.f32.u32", "f32", "b32", "4F7FFFFF", "FFFFFFFF")]
    [InlineData("cvt.rn.f32.u64", "f32", "b64", "5F800000", "FFFFFFFFFFFFFFFF")]
    // 2^63 + 2^39 + 1 is above the tie: a detour over float64 would lose the 1.
    [InlineData("cvt.rn.f32.u64", "f32", "b64", "5F000001", "8000008000000001")]
    [InlineData("cvt.rn.f64.u64", "f64", "b64", "43F0000000000000", "FFFFFFFFFFFFFFFF")]
    [InlineData("cvt.rn.f64.s32", "f64", "b32", "C1E0000000000000", "80000000")]
    [InlineData("cvt.rn.f32.s64", "f32", "b64", "BF800000", "FFFFFFFFFFFFFFFF")]
    public void Integers_round_to_floats(string form, string result, string source, string expected, string bits) =>
        Assert.Equal(expected, Ptx.Evaluate($"{form} %x, %a", result, source, bits));

    [Theory]
    [InlineData("cvt.rni.s32.f32", "b32", "f32", "00000002", "40200000")] // 2.5
    [InlineData("cvt.rni.s32.f32", "b32", "f32", "00000004", "40600000")] // 3.5
    [InlineData("cvt.rzi.s32.f32", "b32", "f32", "FFFFFFFE", "C0200000")] // -2.5
    [InlineData("cvt.rmi.s32.f32", "b32", "f32", "FFFFFFFD", "C0200000")]
    [InlineData("cvt.rpi.s32.f32", "b32", "f32", "FFFFFFFE", "C0200000")]
    [InlineData("cvt.rzi.s32.f32", "b32", "f32", "7FFFFFFF", "7F800000")]
    [InlineData("cvt.rzi.s32.f32", "b32", "f32", "80000000", "FF800000")]
    [InlineData("cvt.rzi.u32.f32", "b32", "f32", "00000000", "C0200000")]
    [InlineData("cvt.rzi.u32.f32", "b32", "f32", "FFFFFFFF", "4F800000")] // 2^32
    [InlineData("cvt.rzi.s32.f32", "b32", "f32", "00000000", "7FC00000")]
    [InlineData("cvt.rzi.s64.f32", "b64", "f32", "8000000000000000", "7FC00000")]
    [InlineData("cvt.rzi.u32.f64", "b32", "f64", "80000000", "7FF8000000000000")]
    [InlineData("cvt.rzi.u32.f64", "b32", "f64", "00000003", "400E000000000000")] // 3.75
    [InlineData("cvt.rzi.ftz.s32.f32", "b32", "f32", "00000000", "00000001")]
    [InlineData("cvt.rpi.s32.f32", "b32", "f32", "00000001", "00000001")]
    [InlineData("cvt.rpi.ftz.s32.f32", "b32", "f32", "00000000", "00000001")]
    public void Floats_round_clamp_and_lose_NaN(string form, string result, string source, string expected, string bits) =>
        Assert.Equal(expected, Ptx.Evaluate($"{form} %x, %a", result, source, bits));

    [Theory]
    [InlineData("cvt.f64.f32", "f64", "f32", "36A0000000000000", "00000001")]
    [InlineData("cvt.ftz.f64.f32", "f64", "f32", "0000000000000000", "00000001")]
    [InlineData("cvt.rn.f32.f64", "f32", "f64", "3F800000", "3FF0000010000000")] // 1 + 2^-24: tie to even
    [InlineData("cvt.rp.f32.f64", "f32", "f64", "3F800001", "3FF0000010000000")]
    [InlineData("cvt.rz.f32.f64", "f32", "f64", "7F7FFFFF", "7FE0000000000000")] // 2^1023
    [InlineData("cvt.rm.f32.f64", "f32", "f64", "FF800000", "FFE0000000000000")]
    [InlineData("cvt.rn.f32.f64", "f32", "f64", "7FFFFFFF", "7FF8000000000001")]
    [InlineData("cvt.rni.f32.f32", "f32", "f32", "40000000", "40200000")]
    [InlineData("cvt.rpi.f32.f32", "f32", "f32", "80000000", "BF000000")]
    [InlineData("cvt.rmi.f64.f64", "f64", "f64", "C008000000000000", "C004000000000000")]
    [InlineData("cvt.rna.tf32.f32", "b32", "f32", "3F802000", "3F801000")] // a tie goes away from zero
    [InlineData("cvt.rna.tf32.f32", "b32", "f32", "3F800000", "3F800FFF")]
    [InlineData("cvt.rna.tf32.f32", "b32", "f32", "FF800000", "FF800000")]
    [InlineData("cvt.rna.tf32.f32", "b32", "f32", "7FFFFFFF", "FFC00000")]
    public void Floats_round_to_floats(string form, string result, string source, string expected, string bits) =>
        Assert.Equal(expected, Ptx.Evaluate($"{form} %x, %a", result, source, bits));

    [Theory]
    [InlineData("3F804000", "3F800000", "3F803F80")]
    [InlineData("3F808000", "3F818000", "3F803F82")] // ties to even
    [InlineData("7FC00001", "FF800000", "7FFFFF80")]
    public void Two_floats_become_bf16_the_first_in_the_upper_half(string a, string b, string expected) =>
        Assert.Equal(expected, Ptx.Evaluate("cvt.rn.bf16x2.f32 %x, %a, %b", "b32", "f32", a, b));
}
