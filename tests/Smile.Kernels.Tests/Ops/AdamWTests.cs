using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AdamW;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class AdamWTests<TDevice>
    where TDevice : IDevice
{
    private static readonly AdamWRate Rate = new(0.01f, 0.9f, 0.99f, 0.1f, Step: 3, GradientScale: 0.5f);

    [Fact]
    public void One_step_at_every_length()
    {
        for (int n = 0; n <= Lengths.Most; n++)
        {
            var o = new Operands(n);
            o.Bench.Run(d => d.AdamW(Rate, o.Gradient, o.Weight, o.Moment, o.Second));
            o.Matches(1, $"of {n}");
        }
    }

    [Theory]
    [InlineData(0.01f, 0.9f, 0.999f, 0.01f, 1f)]
    [InlineData(0.1f, 0f, 0f, 0f, 1f)]
    [InlineData(0f, 0.9f, 0.99f, 0.1f, 1f)]
    [InlineData(0.003f, 0.5f, 0.99f, 1f, 0.125f)]
    public void Five_steps(float learningRate, float beta1, float beta2, float weightDecay, float scale)
    {
        var o = new Operands(333, moments: false);
        o.Bench.Run(d =>
        {
            for (int step = 1; step <= 5; step++)
                d.AdamW(new AdamWRate(learningRate / step, beta1, beta2, weightDecay, step, GradientScale: scale), o.Gradient, o.Weight,
                    o.Moment, o.Second);
        });
        o.Matches(5, "after five steps");
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(64, 200)]
    [InlineData(192, 200)]
    [InlineData(16384 - 64, 16384 + 100)] // the border lies in the first of two chunks
    [InlineData(256, 200)]
    public void The_head_has_its_own_rate(int head, int n)
    {
        var o = new Operands(n);
        o.Bench.Run(d => d.AdamW(Rate with { Head = head, HeadLearningRate = 0.1f }, o.Gradient, o.Weight, o.Moment, o.Second));
        o.Matches(1, "with a head");

        // Backbone and head in one call are what each would be in a call of its own.
        var parts = new Operands(n);
        int first = Math.Min(head, n);
        parts.Bench.Run(d =>
        {
            parts.Update(d, Rate, 0, first);
            parts.Update(d, Rate with { LearningRate = 0.1f }, first, n - first);
        });
        Close.Same(parts.Bench.Floats(parts.Weight), o.Bench.Floats(o.Weight), "w");
    }

    [Fact]
    public void The_first_step_moves_each_weight_by_the_rate_against_its_gradient()
    {
        // m / (1 - beta1) = g, sqrt(v / (1 - beta2)) = |g|; the decay takes 1 % off first.
        var t = new OpBench<TDevice>();
        Place g = t.Source([4f, -0.5f, 0f]), w = t.State([2f, 2f, 2f]), m = t.State(new float[3]), v = t.State(new float[3]);
        t.Run(d => d.AdamW(new AdamWRate(0.125f, 0.75f, 0.9375f, 0.08f, 1), g, w, m, v));
        Close.Within(Tolerance.Element(4, 2), [1.98f - 0.125f, 1.98f + 0.125f, 1.98f], t.Floats(w), "w");
        Close.Same([1f, -0.125f, 0f], t.Floats(m), "m");
        Close.Same([1f, 0.015625f, 0f], t.Floats(v), "v");
    }

    [Fact]
    public void Wrong_rates_and_places_are_refused()
    {
        var t = new OpBench<TDevice>();
        Place g = t.Result(70), w = t.Result(70), m = t.Result(70), v = t.Result(70);
        t.RefusesEachWrongPlace([g, w, m, v], [1, 2, 3], (d, p) => d.AdamW(Rate, p[0], p[1], p[2], p[3]));
        AdamWRate[] wrongs =
        [
            Rate with { Head = -64 }, Rate with { Head = 1 }, Rate with { Head = 32 }, Rate with { Step = 0 }, Rate with { Beta1 = 1 },
            Rate with { Beta2 = 1 },
            Rate with { Beta1 = -0.1f }, Rate with { Beta2 = float.NaN }, Rate with { Epsilon = 0 },
        ];
        foreach (AdamWRate wrong in wrongs)
            t.Refuses($"{wrong}", d => d.AdamW(wrong, g, w, m, v));
    }

    private sealed class Operands
    {
        public Operands(int n, bool moments = true)
        {
            (Gradient, Weight) = (Bench.Source(Seeded.Floats("adamw/g", n)), Bench.State(Seeded.Floats("adamw/w", n)));
            (Moment, Second) = moments ? (Bench.State(Seeded.Floats("adamw/m", n)), Bench.State(GoldenCases.Positive("adamw/v", n)))
                : (Bench.State(new float[n]), Bench.State(new float[n]));
        }

        public OpBench<TDevice> Bench { get; } = new();

        public Place Gradient { get; }

        public Place Weight { get; }

        public Place Moment { get; }

        public Place Second { get; }

        public void Update(Backend.IBackend d, AdamWRate rate, int start, int length) =>
            d.AdamW(rate, Gradient.Part(start, length), Weight.Part(start, length), Moment.Part(start, length), Second.Part(start, length));

        public void Matches(int steps, string what)
        {
            // A step moves a weight by about the rate, here at most 0.1, times a few roundings.
            Bench.MatchesScalar(Tolerance.Element(8 * steps, 2), Weight, $"w {what}");
            Bench.MatchesScalar(Tolerance.Element(8 * steps), Moment, $"m {what}");
            Bench.MatchesScalar(Tolerance.Element(8 * steps, 2), Second, $"v {what}");
        }
    }
}
