using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

/// <summary>The list of convolutions covers what it must: a case that is taken out may be the only one of its kind.</summary>
public class ConvCasesTests
{
    private static readonly ConvShape[] Shapes = [.. ConvCases.All.Values];

    [Fact]
    public void There_are_at_least_60() => Assert.True(Shapes.Distinct().Count() >= 60);

    [Fact]
    public void Every_kernel_stride_and_dilation_of_the_networks_is_there()
    {
        Assert.Empty(((int[])[1, 3, 5, 7]).Except(Shapes.Select(s => s.Kernel)));
        Assert.Empty(((int[])[1, 2]).Except(Shapes.Select(s => s.Stride)));
        Assert.Empty(((int[])[1, 2, 3, 4, 6, 12, 18, 24]).Except(Shapes.Select(s => s.Dilation)));
    }

    [Fact]
    public void Every_special_kind_is_there()
    {
        Assert.Contains(Shapes, s => s.InChannels == 1);
        Assert.Contains(Shapes, s => s.OutChannels == 1);
        Assert.Contains(Shapes, s => s is { Height: 1, Width: 1, Kernel: > 1 });
        Assert.Contains(Shapes, s => s.Pad > s.Reach);
        Assert.Contains(Shapes, s => s.Pad > s.Height && s.Pad > s.Width);
        Assert.Contains(Shapes, s => s.Stride > s.Kernel);
        Assert.Contains(Shapes, s => s is { Stride: 2, Dilation: > 1 });
        Assert.True(Shapes.Count(s => s.InChannels % 4 != 0 && s.OutChannels % 4 != 0) > 20);
    }

    [Fact]
    public void Sides_and_channels_differ_so_that_a_swap_shows() =>
        Assert.All(Shapes.Where(s => s.OutHeight * s.OutWidth > 1 && s.InChannels * s.OutChannels > 1),
            s => Assert.True(s.Height != s.Width && s.InChannels != s.OutChannels, $"{s}"));
}
