using Smile.Kernels.Memory;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ReluTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Values at the edge, with what the contract makes of them: NaN stays, both zeros are zero.</summary>
    private static readonly float[] Special = [float.NaN, -0f, 0f, float.PositiveInfinity, float.NegativeInfinity, 1e-45f, -1e-45f,
        float.MaxValue, float.MinValue];

    private static readonly float[] SpecialResult = [float.NaN, 0, 0, float.PositiveInfinity, 0, 1e-45f, 0, float.MaxValue, 0];

    [Fact]
    public void Forward_at_every_length()
    {
        for (int n = 0; n <= Lengths.Most; n++)
        {
            var t = new OpBench<TDevice>();
            Place x = t.Source(Seeded.Floats("relu/x", n)), y = t.Result(n), inPlace = t.State(Seeded.Floats("relu/x", n));
            t.Run(d =>
            {
                d.ReluForward(x, y);
                d.ReluForward(inPlace, inPlace);
            });
            Close.Same(Seeded.Floats("relu/x", n).Select(v => v > 0 ? v : 0).ToArray(), t.Floats(y), $"y of {n}");
            Close.Same(t.Floats(y), t.Floats(inPlace), $"y in place of {n}");
        }
    }

    [Fact]
    public void Forward_of_special_values_at_every_position()
    {
        for (int shift = 0; shift < 2 * Special.Length; shift++)
        {
            float[] Place(float[] values) => [.. Enumerable.Repeat(0.5f, shift), .. values, .. values, .. Enumerable.Repeat(0.25f, 20)];
            var t = new OpBench<TDevice>();
            var x = t.Source(Place(Special));
            var y = t.Result(x.Length);
            t.Run(d => d.ReluForward(x, y));
            Close.Same(Place(SpecialResult), t.Floats(y), $"shifted by {shift}");
        }
    }

    [Fact]
    public void Backward_at_every_length()
    {
        foreach (Into into in Enum.GetValues<Into>())
            for (int n = 0; n <= Lengths.Most; n++)
            {
                var t = new OpBench<TDevice>();
                Place y = t.Source(Seeded.Floats("relu/y", n)), dy = t.Source(Seeded.Floats("relu/dy", n)),
                    dx = t.Gradient(into, "relu/dx before", n);
                t.Run(d => d.ReluBackward(y, dy, dx, into));
                Close.Same(t.Expected(dx), t.Floats(dx), $"dx of {n}, {into}");
            }
    }

    [Fact]
    public void Backward_passes_only_where_the_output_is_positive()
    {
        float[] y = [2, 0, -0f, 1e-45f, -3, float.PositiveInfinity, float.NaN], dy = [1, 2, 3, 4, 5, 6, 7];
        var t = new OpBench<TDevice>();
        Place ys = t.Source(y), ds = t.Source(dy), dx = t.Result(y.Length), inPlace = t.State(dy);
        t.Run(d =>
        {
            d.ReluBackward(ys, ds, dx, Into.Set);
            d.ReluBackward(ys, inPlace, inPlace, Into.Set);
        });
        Close.Same([1, 0, 0, 4, 0, 6, 0], t.Floats(dx), "dx");
        Close.Same(t.Floats(dx), t.Floats(inPlace), "dx in place of dy");
    }

    [Fact]
    public void Backward_lets_no_NaN_through_a_closed_gate()
    {
        var t = new OpBench<TDevice>();
        Place y = t.Source([0f, 1f, 0f]), dy = t.Source([float.NaN, float.NaN, float.PositiveInfinity]), dx = t.Result(3);
        t.Run(d => d.ReluBackward(y, dy, dx, Into.Set));
        Close.Same([0, float.NaN, 0], t.Floats(dx), "dx");
    }

    [Fact]
    public void Wrong_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place x = t.Result(70), y = t.Result(70), dx = t.Result(70);
        t.RefusesEachWrongPlace([x, y], [1], (d, p) => d.ReluForward(p[0], p[1]));
        t.RefusesEachWrongPlace([x, y, dx], [2], (d, p) => d.ReluBackward(p[0], p[1], p[2], Into.Set));
    }
}
