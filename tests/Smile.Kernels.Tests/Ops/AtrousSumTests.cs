using Smile.Kernels.Memory;
using Smile.Kernels.Ops.AtrousSum;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class AtrousSumTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>(Batch, Height, Width, InChannels, OutChannels, Kernel), then the rates.</summary>
    private static readonly Dictionary<string, (AtrousSumShape Shape, int[] Rates)> _cases = new()
    {
        ["three organs, rates within and beyond the image"] = (new(2, 5, 6, 16, 3, 3), [1, 2, 6, 9]),
        ["one organ, two rates"] = (new(1, 7, 4, 8, 1, 3), [2, 3]),
        ["seven organs, three rates, 5x5"] = (new(1, 4, 5, 8, 7, 5), [1, 2, 4]),
        ["one rate"] = (new(3, 3, 3, 24, 2, 3), [2]),
        ["1x1"] = (new(1, 4, 4, 8, 3, 1), [1, 1, 1, 1]),
        ["more rates than a product takes"] = (new(1, 4, 4, 8, 2, 3), [1, 2, 3, 4, 5]),
        ["channels not in eights"] = (new(1, 4, 4, 12, 2, 3), [1, 2]),
        ["one pixel"] = (new(1, 1, 1, 8, 2, 3), [1, 6]),
    };

    public static TheoryData<string> Names => [.. _cases.Keys];

    /// <summary>
    /// Whole numbers that no format rounds: the sums are exact in any order, so one wrong index shows, whatever the precision. What is
    /// expected is computed here, tap by tap.
    /// </summary>
    [Theory, MemberData(nameof(Names))]
    public void Whole_numbers_give_the_sum_over_rates_and_taps(string name)
    {
        (AtrousSumShape s, int[] rates) = _cases[name];
        foreach (bool biased in (bool[])[true, false])
            foreach (Into into in Enum.GetValues<Into>())
            {
                var t = new OpBench<TDevice>();
                float[] x = Whole($"{name}/x", s.At(1).InputCount), dy = Whole($"{name}/dy", s.OutputCount);
                float[][] w = [.. rates.Select((_, i) => Whole($"{name}/w{i}", s.At(1).WeightCount))],
                    b = [.. rates.Select((_, i) => Whole($"{name}/b{i}", biased ? s.OutChannels : 0))];
                Place px = t.Source(x), pdy = t.Source(dy), y = t.Result(s.OutputCount), part = t.Result(s.OutputCount),
                    dx = t.Gradient(into, $"{name}/dx", into == Into.Set ? x.Length : 0);
                if (into == Into.Add)
                    dx = t.State(Whole($"{name}/dx", x.Length));
                AtrousBranch[] branches = Branches(i => t.Source(w[i]), i => t.Source(b[i])),
                    gradients = Branches(i => t.Result(w[i].Length), i => t.Result(b[i].Length));
                t.Run(d =>
                {
                    d.AtrousSumForward(s, px, branches, y, part);
                    d.AtrousSumBackward(s, px, pdy, branches, gradients, dx, into);
                });
                var expected = new Sum(s, rates, x, w, b, dy, into == Into.Add ? Whole($"{name}/dx", x.Length) : new float[x.Length]);
                Close.Same(expected.Y, t.Floats(y), "y");
                Close.Same(expected.Dx, t.Floats(dx), $"dx, {into}");
                for (int i = 0; i < rates.Length; i++)
                {
                    Close.Same(expected.Dw[i], t.Floats(gradients[i].Weight), $"dw {i}");
                    if (biased)
                        Close.Same(expected.Db[i], t.Floats(gradients[i].Bias), $"dbias {i}");
                }

                AtrousBranch[] Branches(Func<int, Place> weight, Func<int, Place> bias) =>
                    [.. rates.Select((rate, i) => new AtrousBranch(rate, weight(i), biased ? bias(i) : Place.None))];
            }
    }

    /// <summary>The gradients are the adjoints: &lt;dy, F x&gt; = &lt;F* dy, x&gt; = the sum of &lt;dw, w&gt;.</summary>
    [Fact]
    public void Gradients_are_the_adjoints()
    {
        (AtrousSumShape s, int[] rates) = _cases["three organs, rates within and beyond the image"];
        var t = new OpBench<TDevice>();
        float[] x = Whole("x", s.At(1).InputCount), dy = Whole("dy", s.OutputCount);
        float[][] w = [.. rates.Select((_, i) => Whole($"w{i}", s.At(1).WeightCount))];
        Place px = t.Source(x), pdy = t.Source(dy), y = t.Result(s.OutputCount), part = t.Result(s.OutputCount), dx = t.Result(x.Length);
        AtrousBranch[] branches = [.. rates.Select((rate, i) => new AtrousBranch(rate, t.Source(w[i]), Place.None))],
            gradients = [.. rates.Select((rate, i) => new AtrousBranch(rate, t.Result(w[i].Length), Place.None))];
        t.Run(d =>
        {
            d.AtrousSumForward(s, px, branches, y, part);
            d.AtrousSumBackward(s, px, pdy, branches, gradients, dx, Into.Set);
        });
        double product = Dot(dy, t.Floats(y));
        Assert.NotEqual(0, product);
        Assert.Equal(product, Dot(t.Floats(dx), x));
        Assert.Equal(product, rates.Select((_, i) => Dot(t.Floats(gradients[i].Weight), w[i])).Sum());
    }

    [Fact]
    public void No_input_gradient_where_none_is_wanted()
    {
        (AtrousSumShape s, int[] rates) = _cases["one organ, two rates"];
        var t = new OpBench<TDevice>();
        Place x = t.Source(Whole("x", s.At(1).InputCount)), dy = t.Source(Whole("dy", s.OutputCount));
        AtrousBranch[] branches = [.. rates.Select(rate => new AtrousBranch(rate, t.Source(Whole("w", s.At(1).WeightCount)), Place.None))],
            gradients = [.. rates.Select(rate => new AtrousBranch(rate, t.Result(s.At(1).WeightCount), Place.None))];
        t.Run(d => d.AtrousSumBackward(s, x, dy, branches, gradients, Place.None, Into.Set));
        foreach (AtrousBranch gradient in gradients)
            t.MatchesScalar(default, gradient.Weight, "dw");
    }

    [Fact]
    public void Wrong_places_are_refused()
    {
        (AtrousSumShape s, int[] rates) = _cases["one organ, two rates"];
        var t = new OpBench<TDevice>();
        long input = s.At(1).InputCount, weight = s.At(1).WeightCount;
        Place[] forward = [t.Result(input), t.Result(weight), t.Result(1), t.Result(weight), t.Result(1), t.Result(s.OutputCount),
            t.Result(s.OutputCount)];
        t.RefusesEachWrongPlace(forward, [5, 6], (d, p) =>
            d.AtrousSumForward(s, p[0], [new(rates[0], p[1], p[2]), new(rates[1], p[3], p[4])], p[5], p[6]));
        Place[] backward = [t.Result(input), t.Result(s.OutputCount), t.Result(weight), t.Result(weight), t.Result(weight),
            t.Result(weight), t.Result(input)];
        t.RefusesEachWrongPlace(backward, [4, 5, 6], (d, p) => d.AtrousSumBackward(s, p[0], p[1],
            [new(rates[0], p[2], Place.None), new(rates[1], p[3], Place.None)],
            [new(rates[0], p[4], Place.None), new(rates[1], p[5], Place.None)], p[6], Into.Set));
    }

    [Fact]
    public void Wrong_branches_are_refused()
    {
        (AtrousSumShape s, _) = _cases["one organ, two rates"];
        var t = new OpBench<TDevice>();
        Place x = t.Result(s.At(1).InputCount), y = t.Result(s.OutputCount), part = t.Result(s.OutputCount),
            w = t.Result(s.At(1).WeightCount), dw = t.Result(s.At(1).WeightCount), b = t.Result(1), db = t.Result(1);
        t.Refuses("no branch", d => d.AtrousSumForward(s, x, [], y, part));
        t.Refuses("one bias of two", d => d.AtrousSumForward(s, x, [new(1, w, b), new(2, w, Place.None)], y, part));
        t.Refuses("an even kernel", d => d.AtrousSumForward(s with { Kernel = 2 }, x, [new(1, w, b)], y, part));
        t.Refuses("rate 0", d => d.AtrousSumForward(s, x, [new(0, w, b)], y, part));
        t.Refuses("another rate", d => d.AtrousSumBackward(s, x, y, [new(1, w, b)], [new(2, dw, db)], Place.None, Into.Set));
        t.Refuses("no gradient", d => d.AtrousSumBackward(s, x, y, [new(1, w, b)], [], Place.None, Into.Set));
        t.Refuses("no bias", d => d.AtrousSumBackward(s, x, y, [new(1, w, b)], [new(1, dw, Place.None)], Place.None, Into.Set));
    }

    private static float[] Whole(string name, long count) => [.. Seeded.Floats(name, count).Select(v => MathF.Floor(v * 8))];

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    /// <summary>The operation and its gradients, tap by tap in double.</summary>
    private sealed class Sum
    {
        private readonly double[] _y, _dx;
        private readonly double[][] _dw, _db;

        public Sum(AtrousSumShape s, int[] rates, float[] x, float[][] w, float[][] b, float[] dy, float[] dx)
        {
            (_y, _dx) = (new double[dy.Length], [.. dx.Select(v => (double)v)]);
            (_dw, _db) = ([.. w.Select(v => new double[v.Length])], [.. b.Select(v => new double[v.Length])]);
            for (int i = 0; i < rates.Length; i++)
                for (int at = 0; at < dy.Length; at++)
                {
                    int o = at % s.OutChannels, q = at / s.OutChannels % s.Width, p = at / s.OutChannels / s.Width;
                    if (b[i].Length > 0)
                    {
                        _y[at] += b[i][o];
                        _db[i][o] += dy[at];
                    }

                    for (int tap = 0; tap < s.Kernel * s.Kernel; tap++)
                    {
                        int row = p % s.Height + (tap / s.Kernel - s.Kernel / 2) * rates[i],
                            column = q + (tap % s.Kernel - s.Kernel / 2) * rates[i];
                        if (row < 0 || row >= s.Height || column < 0 || column >= s.Width)
                            continue;
                        int source = ((p / s.Height * s.Height + row) * s.Width + column) * s.InChannels;
                        for (int c = 0; c < s.InChannels; c++)
                        {
                            int weight = (tap * s.InChannels + c) * s.OutChannels + o;
                            _y[at] += x[source + c] * w[i][weight];
                            _dx[source + c] += dy[at] * w[i][weight];
                            _dw[i][weight] += dy[at] * x[source + c];
                        }
                    }
                }
        }

        public float[] Y => Single(_y);

        public float[] Dx => Single(_dx);

        public float[][] Dw => [.. _dw.Select(Single)];

        public float[][] Db => [.. _db.Select(Single)];

        private static float[] Single(double[] values) => [.. values.Select(v => (float)v)];
    }
}
