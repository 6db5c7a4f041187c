using Smile.Kernels.Ops.Conv2d;
using Smile.Kernels.Ops.Conv2d.Cpu;
using Smile.Kernels.Tuning;

namespace Smile.Kernels.Tests.Tuning;

public sealed class ConvTunerTests
{
    private static readonly ConvShape _dense = new(1, 12, 12, 16, 16, 3, Pad: 1), _strided = new(1, 12, 12, 16, 16, 3, Stride: 2, Pad: 1);

    [Fact]
    public void The_tuner_times_every_pass_with_every_width()
    {
        (ConvShape, ConvPass)[] passes = [.. Enum.GetValues<ConvPass>().Select(pass => (_dense, pass)), (_strided, ConvPass.Forward)];
        int done = 0;
        (ConvTable table, var timings) = new ConvTuner(1).Measure(passes, count => done = count, TestContext.Current.CancellationToken);
        Assert.Equal(passes.Length * ConvTuner.Widths.Count, done);
        Assert.Contains(table.Bits, ConvTuner.Widths);
        Assert.Equal(passes, timings.Select(each => (each.Choice.Shape, each.Choice.Pass)));
        Assert.All(timings, each =>
        {
            Assert.True(each.Choice.Algorithm.Supports(each.Choice.Shape, each.Choice.Pass));
            Assert.True(each.Seconds > 0 && each.Seconds <= each.RuleSeconds, $"{each}");
        });
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new ConvTuner(1).Measure(passes, cancel: stop.Token));
    }
}
