using Smile.Kernels.Memory;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class MovingAverageTests<TDevice>
    where TDevice : IDevice
{
    [Fact]
    public void Every_length()
    {
        for (int n = 0; n <= Lengths.Most; n++)
        {
            var t = new OpBench<TDevice>();
            Place value = t.Source(Seeded.Floats("average/value", n)), average = t.State(Seeded.Floats("average/average", n));
            t.Run(d => d.MovingAverage(0.3f, value, average));
            t.MatchesScalar(Tolerance.Element(4, 2), average, $"average of {n}");
        }
    }

    [Fact]
    public void More_than_a_chunk()
    {
        const int N = 3 * 16384 + 77;
        if (N > TDevice.Budget)
            return;
        var t = new OpBench<TDevice>();
        Place value = t.Source(Seeded.Floats("average/value", N)), average = t.State(Seeded.Floats("average/average", N));
        t.Run(d => d.MovingAverage(0.001f, value, average));
        t.MatchesScalar(Tolerance.Element(4, 2), average, "average");
    }

    [Fact]
    public void An_average_of_nothing_takes_the_value_and_an_average_that_is_the_value_stays()
    {
        float[] values = Seeded.Floats("average/value", 77);
        var t = new OpBench<TDevice>();
        Place value = t.Source(values), empty = t.State(new float[77]), same = t.State(values);
        t.Run(d =>
        {
            d.MovingAverage(1, value, empty);
            d.MovingAverage(0.001f, value, same);
        });
        Close.Same(values, t.Floats(empty), "average of nothing");
        Close.Same(values, t.Floats(same), "average that is the value");
    }

    [Fact]
    public void Wrong_shares_and_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place value = t.Result(70), average = t.Result(70);
        t.RefusesEachWrongPlace([value, average], [1], (d, p) => d.MovingAverage(0.5f, p[0], p[1]));
        foreach (float share in (float[])[-0.1f, 1.1f, float.NaN])
            t.Refuses($"share {share}", d => d.MovingAverage(share, value, average));
    }
}
