using Smile.Kernels.Memory;
using Smile.Kernels.Ops.BatchNorm;

namespace Smile.Kernels.Tests.Gpu;

/// <summary>The reductions over columns and the four-word accesses in the ways that the operation's own tests do not reach.</summary>
public class NormGpuTests
{
    [Theory]
    [InlineData(70, 37, 64, 0)] // two lanes for each of 32 columns, and a second, narrower tile
    [InlineData(70, 37, 64, 1)]
    [InlineData(23, 12, 32, 0)] // channels in whole vectors
    [InlineData(23, 12, 32, 3)]
    [InlineData(2500, 8, 32, 0)] // more partials of a channel than its lanes take at once
    public void Forward_and_backward(int rows, int channels, int groupSize, int shift)
    {
        using var t = new SideBySide(groupSize, shift);
        var s = new NormShape(rows, channels, NormMode.Batch, Relu: true);
        Place x = t.Source("x", s.Count), residual = t.Source("residual", s.Count), dy = t.Source("dy", s.Count);
        Place y = t.Result(s.Count), dx = t.Result(s.Count), dresidual = t.Source("dresidual", s.Count), dgamma = t.Result(channels),
            dbeta = t.Result(channels);
        var p = new NormPlaces(t.Source("gamma", channels), t.Source("beta", channels), t.Source("mean", channels),
            t.Source("variance", channels),
            t.Result(channels), t.Result(channels));
        t.Run(b =>
        {
            b.NormForward(s, x, residual, p, y);
            b.NormBackward(s, x, y, dy, p, dx, Into.Set, dresidual, Into.Add, dgamma, dbeta);
        });
        // Sums over the rows of values of about one, then a few roundings of an element.
        Tolerance sums = Tolerance.Sum(rows, 1), each = Tolerance.Sum(rows, 1);
        t.Agree(sums, p.RunningMean, "running mean");
        t.Agree(sums, p.RunningVariance, "running variance");
        t.Agree(each, y, "y");
        t.Agree(sums, dgamma, "dgamma");
        t.Agree(sums, dbeta, "dbeta");
        t.Agree(each, dx, "dx");
        t.Agree(each, dresidual, "dresidual");
    }

    [Fact]
    public void A_large_mean_costs_no_digits_of_the_variance()
    {
        const int Rows = 600;
        using var t = new SideBySide();
        var s = new NormShape(Rows, 1, NormMode.Batch);
        Place x = t.Take([.. Enumerable.Range(0, Rows).Select(i => 1000 + i % 7 * 0.25f)]), y = t.Result(Rows);
        var p = new NormPlaces(t.Take([1]), t.Take([0]), t.Take([0]), t.Take([1]), t.Result(1), t.Result(1));
        t.Run(b => b.NormForward(s, x, Place.None, p, y));
        t.Agree(new Tolerance(0, 1e-5), p.InverseStd, "1 / standard deviation");
        t.Agree(new Tolerance(2e-4, 0), y, "y"); // the mean, near 1000, is rounded to 6e-5, and y divides by 0.5
    }
}
