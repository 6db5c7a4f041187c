using Smile.Kernels.Memory;
using Smile.Kernels.Ops.SumSquares;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class SumSquaresTests<TDevice>
    where TDevice : IDevice
{
    [Fact]
    public void At_every_length()
    {
        for (int n = 1; n <= Lengths.Most; n++)
            Is(Seeded.Floats("squares/x", n), 0);
    }

    [Fact]
    public void Of_many() => Is(Seeded.Floats("squares/x", Math.Min(200_003, TDevice.Budget)), 0);

    [Fact]
    public void What_is_not_finite_is_counted_and_left_out()
    {
        for (int at = 0; at < 70; at++)
        {
            float[] values = Seeded.Floats("squares/x", 73);
            (values[at], values[at + 1], values[at + 3]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
            Is(values, 3);
        }
    }

    [Fact]
    public void Of_nothing_finite_is_zero() => Is(Enumerable.Repeat(float.NaN, 41).ToArray(), 41);

    [Fact]
    public void Of_large_numbers() => Is([1e18f, -2e18f, 1e-20f], 0);

    [Fact]
    public void Wrong_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place x = t.Result(70), result = t.Result(SumSquaresOperands.ResultWords);
        t.RefusesEachWrongPlace([result], [], (d, p) => d.SumSquares(x, p[0]));
        t.Refuses("the result lies in x", d => d.SumSquares(x, x.Part(68, SumSquaresOperands.ResultWords)));
        t.Refuses("x reaches beyond its arena", d => d.SumSquares(x with { Offset = Lent<TDevice>.Words - 69 }, result));
        t.Refuses("x is empty", d => d.SumSquares(x.Part(0, 0), result));
    }

    private static void Is(float[] values, uint bad)
    {
        var t = new OpBench<TDevice>();
        Place x = t.Source(values), result = t.Result(SumSquaresOperands.ResultWords);
        t.Run(d => d.SumSquares(x, result));
        double sum = values.Where(float.IsFinite).Sum(v => (double)v * v);
        Close.Within(Tolerance.SumOfPositives(values.Length), [(float)sum], [t.Floats(result)[0]], $"sum of {values.Length}");
        Assert.Equal(bad, t.Words(result)[1]);
    }
}
