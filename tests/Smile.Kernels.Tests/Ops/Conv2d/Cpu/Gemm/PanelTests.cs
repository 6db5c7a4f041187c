using Smile.Kernels.Ops.Conv2d.Cpu.Gemm;

namespace Smile.Kernels.Tests.Ops.Conv2d.Cpu.Gemm;

public sealed class PanelTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(16)]
    [InlineData(8)]
    public void Panels_hold_every_channel_once_and_only_the_last_is_narrow_or_not_whole(int lanes)
    {
        for (int channels = 1; channels <= 4 * lanes; channels++)
        {
            Panel[] panels = [.. Enumerable.Range(0, Panel.Count(channels, lanes)).Select(i => Panel.At(i, channels, lanes))];
            Assert.Equal(Enumerable.Range(0, channels), panels.SelectMany(panel => Enumerable.Range(panel.Column, panel.Filled)));
            Assert.All(panels.SkipLast(1), panel => Assert.True(panel.IsWhole && panel.Width == lanes, $"{panel} of {channels}"));
            Panel last = panels[^1];
            Assert.Equal(last.Filled <= lanes / 2 ? lanes / 2 : lanes, last.Width);
            Assert.Equal(last.Filled == last.Width, last.IsWhole);
        }
    }
}
