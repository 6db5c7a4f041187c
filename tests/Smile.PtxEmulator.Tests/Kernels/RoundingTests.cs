using Smile.Kernels.Gpu.Cuda;

namespace Smile.PtxEmulator.Tests.Kernels;

/// <summary>What the contraction of products means, executed.</summary>
public sealed class RoundingTests
{
    private const float A = 1.4014275f, B = 0.53059f, C = 0.5254459f; // one rounding and two differ below

    /// <summary>The statement reads the product of %f1 and %f2 in %f4, and %f3; its result is in %f5.</summary>
    [Theory]
    [InlineData("add.f32 %f5, %f4, %f3;", 1, 1)]
    [InlineData("add.f32 %f5, %f3, %f4;", 1, 1)]
    [InlineData("sub.f32 %f5, %f4, %f3;", 1, -1)]
    [InlineData("sub.f32 %f5, %f3, %f4;", -1, 1)]
    public void A_contracted_sum_is_rounded_once_and_has_its_signs(string statement, int ofProduct, int ofOther)
    {
        string rounded = PtxRounding.Apply(Ptx.Threads($"""
            ld.global.f32 %f1, [%d0];
            ld.global.f32 %f2, [%d0+4];
            ld.global.f32 %f3, [%d0+8];
            mul.f32 %f4, %f1, %f2;
            {statement}
            bar.sync 0;
            st.global.f32 [%d1], %f5;
            ret;
            """));
        Assert.Contains("fma.rn.f32", rounded, StringComparison.Ordinal);
        uint[] before = [.. new[] { A, B, C }.Select(BitConverter.SingleToUInt32Bits), .. new uint[29]];
        uint[] words = Ptx.Launch(rounded, 32, new(1), new(32), before: before).Words;
        float expected = MathF.FusedMultiplyAdd(ofProduct * A, B, ofOther * C), twice = (ofProduct * (float)(A * B)) + (ofOther * C);
        Assert.All(words, word => Assert.Equal(expected, BitConverter.UInt32BitsToSingle(word)));
        Assert.NotEqual(expected, twice);
    }
}
