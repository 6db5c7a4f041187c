using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Sgd;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class SgdTests<TDevice>
    where TDevice : IDevice
{
    private static readonly SgdRate Rate = new(0.1f, 0.9f, 5e-4f);

    [Fact]
    public void One_step_at_every_length()
    {
        for (int n = 0; n <= Lengths.Most; n++)
        {
            var t = new OpBench<TDevice>();
            Place g = t.Source(Seeded.Floats("sgd/g", n)), w = t.State(Seeded.Floats("sgd/w", n)), m = t.State(Seeded.Floats("sgd/m", n));
            t.Run(d => d.Sgd(Rate, g, w, m));
            t.MatchesScalar(Tolerance.Element(4, 2), w, $"w of {n}");
            t.MatchesScalar(Tolerance.Element(4, 2), m, $"m of {n}");
        }
    }

    [Theory]
    [InlineData(0.1f, 0.9f, 5e-4f)]
    [InlineData(0.1f, 0f, 0f)]
    [InlineData(0f, 0.9f, 5e-4f)]
    [InlineData(1f, 1f, 1f)]
    public void Five_steps(float learningRate, float momentum, float weightDecay)
    {
        var t = new OpBench<TDevice>();
        Place g = t.Source(Seeded.Floats("sgd/g", 333)), w = t.State(Seeded.Floats("sgd/w", 333)), m = t.State(new float[333]);
        t.Run(d =>
        {
            for (int step = 0; step < 5; step++)
                d.Sgd(new SgdRate(learningRate / (1 + step), momentum, weightDecay), g, w, m);
        });
        t.MatchesScalar(Tolerance.Element(32, 8), w, "w");
        t.MatchesScalar(Tolerance.Element(32, 8), m, "m");
    }

    [Theory]
    [InlineData(0.9f, 5e-4f, 1f)]
    [InlineData(0.9f, 5e-4f, 0.25f)]
    [InlineData(0f, 0.1f, 0.25f)]
    public void Five_steps_with_a_scaled_gradient_and_Nesterov(float momentum, float weightDecay, float scale)
    {
        foreach (bool nesterov in (bool[])[false, true])
        {
            var t = new OpBench<TDevice>();
            Place g = t.Source(Seeded.Floats("sgd/g", 333)), w = t.State(Seeded.Floats("sgd/w", 333)), m = t.State(new float[333]);
            t.Run(d =>
            {
                for (int step = 0; step < 5; step++)
                    d.Sgd(new SgdRate(0.1f / (1 + step), momentum, weightDecay, GradientScale: scale, Nesterov: nesterov), g, w, m);
            });
            t.MatchesScalar(Tolerance.Element(48, 8), w, $"w, Nesterov {nesterov}");
            t.MatchesScalar(Tolerance.Element(48, 8), m, $"m, Nesterov {nesterov}");
        }
    }

    [Fact]
    public void A_Nesterov_step_worked_out_by_hand()
    {
        // g = 3 * 0.5 + 0.25 * 4 = 2.5; m = 0.5 * 2 + 2.5 = 3.5; the weight moves by 2.5 + 0.5 * 3.5 = 4.25 times the rate.
        var t = new OpBench<TDevice>();
        Place g = t.Source([3f]), w = t.State([4f]), m = t.State([2f]);
        t.Run(d => d.Sgd(new SgdRate(0.5f, 0.5f, 0.25f, GradientScale: 0.5f, Nesterov: true), g, w, m));
        Close.Same([3.5f], t.Floats(m), "m");
        Close.Same([1.875f], t.Floats(w), "w");
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(64, 200)]
    [InlineData(192, 200)]
    [InlineData(16384 - 64, 16384 + 100)] // the border lies in the first of two chunks
    [InlineData(256, 200)]
    public void The_head_has_its_own_rate(int head, int n)
    {
        var t = new OpBench<TDevice>();
        Place g = t.Source(Seeded.Floats("sgd/g", n)), w = t.State(Seeded.Floats("sgd/w", n)), m = t.State(Seeded.Floats("sgd/m", n));
        t.Run(d => d.Sgd(Rate with { Head = head, HeadLearningRate = 1 }, g, w, m));
        t.MatchesScalar(Tolerance.Element(4, 2), w, "w");
        t.MatchesScalar(Tolerance.Element(4, 2), m, "m");

        // Backbone and head in one call are what each would be in a call of its own.
        var parts = new OpBench<TDevice>();
        Place g2 = parts.Source(Seeded.Floats("sgd/g", n)), w2 = parts.State(Seeded.Floats("sgd/w", n)),
            m2 = parts.State(Seeded.Floats("sgd/m", n));
        int first = Math.Min(head, n);
        parts.Run(d =>
        {
            d.Sgd(Rate, g2.Part(0, first), w2.Part(0, first), m2.Part(0, first));
            d.Sgd(Rate with { LearningRate = 1 }, g2.Part(first, n - first), w2.Part(first, n - first), m2.Part(first, n - first));
        });
        Close.Same(parts.Floats(w2), t.Floats(w), "w");
    }

    [Fact]
    public void A_head_that_starts_inside_a_vector_is_refused()
    {
        var t = new OpBench<TDevice>();
        Place g = t.Result(70), w = t.Result(70), m = t.Result(70);
        foreach (int head in (int[])[-64, 1, 32])
            t.Refuses($"head at {head}", d => d.Sgd(Rate with { Head = head }, g, w, m));
    }

    [Fact]
    public void Two_steps_worked_out_by_hand()
    {
        // Weight decay goes into the gradient, the gradient into the moment, the moment, scaled last, off the weight.
        var t = new OpBench<TDevice>();
        Place g = t.Source([2f]), w = t.State([4f]), m = t.State([0f]);
        t.Run(d =>
        {
            d.Sgd(new SgdRate(0.5f, 0.5f, 0.25f), g, w, m); // m = 2 + 1 = 3; w = 4 - 1.5 = 2.5
            d.Sgd(new SgdRate(0.25f, 0.5f, 0.25f), g, w, m); // m = 1.5 + 2 + 0.625 = 4.125; w = 2.5 - 1.03125
        });
        Close.Same([4.125f], t.Floats(m), "m");
        Close.Same([1.46875f], t.Floats(w), "w");
    }

    [Fact]
    public void Wrong_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place g = t.Result(70), w = t.Result(70), m = t.Result(70);
        t.RefusesEachWrongPlace([g, w, m], [1, 2], (d, p) => d.Sgd(Rate, p[0], p[1], p[2]));
    }
}
