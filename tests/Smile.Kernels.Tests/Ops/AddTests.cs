using Smile.Kernels.Memory;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class AddTests<TDevice>
    where TDevice : IDevice
{
    [Fact]
    public void Forward_at_every_length()
    {
        for (int n = 0; n <= Lengths.Most; n++)
        {
            var t = new OpBench<TDevice>();
            Place a = t.Source(Seeded.Floats("add/a", n)), b = t.Source(Seeded.Floats("add/b", n)), y = t.Result(n);
            t.Run(d => d.AddForward(a, b, y));
            Close.Same(t.Expected(y), t.Floats(y), $"y of {n}");
        }
    }

    [Fact]
    public void Forward_in_place_of_either_summand()
    {
        foreach (bool first in (bool[])[true, false])
        {
            var t = new OpBench<TDevice>();
            Place sum = t.State(Seeded.Floats("add/a", 77)), other = t.Source(Seeded.Floats("add/b", 77));
            t.Run(d => d.AddForward(first ? sum : other, first ? other : sum, sum));
            Close.Same(t.Expected(sum), t.Floats(sum), "sum");
        }
    }

    [Fact]
    public void Forward_doubles_a_place_added_to_itself()
    {
        var t = new OpBench<TDevice>();
        float[] values = Seeded.Floats("add/a", 45);
        Place x = t.State(values);
        t.Run(d => d.AddForward(x, x, x));
        Close.Same(values.Select(v => v + v).ToArray(), t.Floats(x), "x + x");
    }

    [Fact]
    public void Forward_of_numbers_that_are_not_finite()
    {
        float[] a = [float.NaN, 1, float.PositiveInfinity, float.PositiveInfinity, float.MaxValue, -0f, 1e-40f];
        float[] b = [1, float.NaN, float.NegativeInfinity, 1, float.MaxValue, -0f, 1e-40f];
        var t = new OpBench<TDevice>();
        Place x = t.Source(a), z = t.Source(b), y = t.Result(a.Length);
        t.Run(d => d.AddForward(x, z, y));
        Close.Same([float.NaN, float.NaN, float.NaN, float.PositiveInfinity, float.PositiveInfinity, 0, 1e-40f + 1e-40f], t.Floats(y), "y");
    }

    [Fact]
    public void Backward_at_every_length()
    {
        foreach (Into into in Enum.GetValues<Into>())
            for (int n = 0; n <= Lengths.Most; n++)
            {
                var t = new OpBench<TDevice>();
                Place dy = t.Source(Seeded.Floats("add/dy", n)), dx = t.Gradient(into, "add/dx before", n);
                t.Run(d => d.AddBackward(dy, dx, into));
                Close.Same(t.Expected(dx), t.Floats(dx), $"dx of {n}, {into}");
            }
    }

    [Fact]
    public void Wrong_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place a = t.Result(70), b = t.Result(70), y = t.Result(70);
        t.RefusesEachWrongPlace([a, b, y], [2], (d, p) => d.AddForward(p[0], p[1], p[2]));
        t.RefusesEachWrongPlace([a, y], [1], (d, p) => d.AddBackward(p[0], p[1], Into.Set));
    }
}
