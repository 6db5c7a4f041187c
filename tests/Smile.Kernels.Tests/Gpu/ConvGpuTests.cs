using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Gpu;

/// <summary>Paths of the convolution kernels that the small shapes do not take.</summary>
public class ConvGpuTests
{
    /// <summary>The shapes that the operation's own tests leave out on this device.</summary>
    public static TheoryData<string> Names => [.. ConvCases.All.Where(c => c.Value.Flops / 2 > IlgpuCpu.Budget).Select(c => c.Key)];

    [Theory, MemberData(nameof(Names))]
    public void The_larger_shapes(string name) => AllPasses(ConvCases.All[name], 0, Into.Set);

    [Fact]
    public void Two_tiles_both_ways_in_whole_vectors() => AllPasses(new(1, 9, 8, 8, 68, 1), 0, Into.Add);

    [Fact]
    public void A_split_weight_gradient_in_whole_vectors() => AllPasses(new(2, 9, 12, 4, 8, 3, Pad: 1), 0, Into.Add);

    [Fact]
    public void A_stem_of_three_channels_whose_tiles_overhang() => AllPasses(new(1, 17, 18, 3, 12, 7, 2, 1, 3), 0, Into.Add);

    [Fact]
    public void Places_off_the_16_byte_grid() => AllPasses(new(2, 9, 12, 4, 8, 3, 2, 1, 1), 1, Into.Set);

    private static void AllPasses(ConvShape s, int shift, Into into)
    {
        using var t = new SideBySide(shift: shift);
        Place x = t.Source("x", s.InputCount), w = t.Source("w", s.WeightCount), bias = t.Source("bias", s.OutChannels),
            dy = t.Source("dy", s.OutputCount);
        Place y = t.Result(s.OutputCount);
        Place dx = Gradient("dx", s.InputCount), dw = Gradient("dw", s.WeightCount), dbias = Gradient("dbias", s.OutChannels);
        t.Run(b =>
        {
            b.ConvForward(s, x, w, bias, y);
            b.ConvBackInput(s, dy, w, dx, into);
            b.ConvBackWeight(s, x, dy, dw, into);
            b.ConvBackBias(s, dy, dbias, into);
        });
        long taps = s.Kernel * s.Kernel, pixels = s.OutputCount / s.OutChannels;
        t.Agree(Tolerance.Sum(taps * s.InChannels + 1, Tolerance.Product), y, "y");
        t.Agree(Tolerance.Sum(taps * s.OutChannels + 1, Tolerance.Product), dx, "dx");
        t.Agree(Tolerance.Sum(pixels + 1, Tolerance.Product), dw, "dw");
        t.Agree(Tolerance.Sum(pixels + 1, Tolerance.Operand), dbias, "dbias");

        Place Gradient(string name, long length) => into == Into.Set ? t.Result(length) : t.Source(name, length);
    }
}
