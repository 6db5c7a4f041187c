using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Ops.SoftmaxLoss;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class SoftmaxLossTests<TDevice>
    where TDevice : IDevice
{
    private static readonly Dictionary<string, LossTerms> Terms = new()
    {
        ["cross-entropy over all pixels"] = new(1),
        ["cross-entropy and dice"] = new(1, PerKnown: true, RegionWeight: 1),
        ["dice"] = new(0, RegionWeight: 1),
        ["focal of a broken power, and Tversky"] = new(0.7f, FocalGamma: 0.75f, PerKnown: true, RegionWeight: 2, Alpha: 0.3f, Beta: 0.7f),
        ["focal"] = new(1, FocalGamma: 2),
    };

    private static readonly (int Pixels, int Classes)[] Sizes =
        [(1, 2), (1, 33), (7, 4), (8, 3), (67, 2), (131, 9), (1023, 4), (200, 33), (1025, 17), (9001, 4)];

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (string terms in Terms.Keys)
                foreach ((int pixels, int classes) in Sizes)
                    if ((long)pixels * classes <= TDevice.Budget / 2)
                        data.Add(terms, pixels, classes);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Sums_counts_and_gradient(string terms, int pixels, int classes)
    {
        SoftmaxLossShape shape = new(pixels, classes, Terms[terms]);
        foreach (float range in (float[])[1, 10, 60])
            foreach (bool withGradient in (bool[])[true, false])
            {
                var o = new Operands(shape, GoldenCases.Logits("softmax loss/logits", (int)shape.Count, range), Labels(shape),
                    withGradient);
                o.Run();
                Assert.Equal(o.Bench.ExpectedWords(o.Counts), o.Bench.Words(o.Counts));
                o.Bench.MatchesScalar(Sums(shape), o.Sums, $"sums, logits to {range}");
                if (withGradient)
                    o.Bench.MatchesScalar(Gradient(shape, o), o.Gradient, $"dlogits, logits to {range}");
            }
    }

    [Fact]
    public void Cross_entropy_over_all_pixels_is_softmax_cross_entropy()
    {
        SoftmaxLossShape shape = new(201, 5, new LossTerms(1));
        var o = new Operands(shape, GoldenCases.Logits("softmax loss/logits", 1005, 10), Labels(shape), withGradient: true);
        OpBench<TDevice> t = o.Bench;
        Place loss = t.Result(1), used = t.Result(1), dz = t.Result(shape.Count);
        t.Run(d =>
        {
            o.Apply(d);
            d.SoftmaxCrossEntropy(new SoftmaxShape(201, 5, 1f / 201), o.Logits, o.Labels, loss, used, dz);
        });
        Assert.Equal(t.Words(used)[0], o.ColumnCounts.Sum(c => c.Known));
        Close.Within(Tolerance.SumOfPositives(201), t.Floats(loss), [o.ColumnSums.Sum(s => s.Loss)], "loss");
        Close.Within(new Tolerance(16 * Tolerance.Unit / 201, 16 * Tolerance.Unit), t.Floats(dz), t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Soft_counts_worked_out_by_hand()
    {
        // Three pixels of two classes with equal logits, the last without a class: of class 1 TP = FP = FN = 1/2, and 1 - Dice = 1/4.
        SoftmaxLossShape shape = new(3, 2, new LossTerms(1, RegionWeight: 1));
        var o = new Operands(shape, new float[6], [0, 1, SoftmaxShape.Ignored], withGradient: true);
        o.Run();
        float log2 = MathF.Log(2);
        Close.Within(Tolerance.Element(4), [log2, 0.5f, 0.5f, 0.5f, log2, 0.5f, 0.5f, 0.5f], o.Bench.Floats(o.Sums), "sums");
        Assert.Equal([1u, 0u, 1u, 2u], o.Bench.Words(o.Counts));
        Close.Within(new Tolerance(1e-6, 0), (2 * log2 / 3) + 0.5 / 1.5, shape.Terms.Value(o.ColumnSums, o.ColumnCounts, 3), "loss");
        // 1 - T = E / (TP + E + 1/2), E = 1/2: its slope in p of class 1 is -(0.5 * 1.5 + 0.5 * 0.5) / 2.25 where it is the label,
        // else 0.5 / 2.25.
        float own = -1 / 2.25f / 4, other = 0.5f / 2.25f / 4, third = 1f / 6;
        Close.Within(Tolerance.Element(8), [-third - other, third + other, third - own, -third + own, 0, 0], o.Bench.Floats(o.Gradient),
            "dlogits");
    }

    [Fact]
    public void No_class_teaches_nothing_whatever_the_logits_are()
    {
        foreach (LossTerms terms in Terms.Values)
        {
            SoftmaxLossShape shape = new(70, 5, terms);
            float[] logits = Seeded.Floats("softmax loss/logits", 350);
            (logits[0], logits[17], logits[^1]) = (float.NaN, float.PositiveInfinity, float.NaN);
            var o = new Operands(shape, logits, [.. Enumerable.Range(0, 70).Select(i => i % 2 == 0 ? 5u : SoftmaxShape.Ignored)],
                withGradient: true);
            o.Run();
            Close.Same(new float[20], o.Bench.Floats(o.Sums), "sums");
            Assert.Equal(new uint[10], o.Bench.Words(o.Counts));
            Close.Same(new float[350], o.Bench.Floats(o.Gradient), "dlogits");
        }
    }

    [Fact]
    public void A_NaN_reaches_loss_and_gradient_where_the_pixel_has_a_class()
    {
        for (int at = 0; at < 20; at++)
        {
            float[] logits = Seeded.Floats("softmax loss/logits", 60);
            logits[3 * at + at % 3] = float.NaN;
            var o = new Operands(new SoftmaxLossShape(20, 3, Terms["cross-entropy and dice"]), logits,
                [.. Enumerable.Range(0, 20).Select(i => (uint)i % 3)], true);
            o.Run();
            Assert.True(double.IsNaN(Terms["cross-entropy and dice"].Value(o.ColumnSums, o.ColumnCounts, 20)), $"the NaN at {at} is lost");
            Assert.All(o.Bench.Floats(o.Gradient)[(3 * at)..(3 * at + 3)],
                d => Assert.True(float.IsNaN(d), $"the gradient at {at} hides the NaN"));
        }
    }

    [Fact]
    public void Wrong_shapes_terms_and_places_are_refused()
    {
        SoftmaxLossShape shape = new(9, 3, new LossTerms(1, RegionWeight: 1));
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(27), t.Result(9), t.Result(12), t.Result(6), t.Result(27)];
        t.RefusesEachWrongPlace(places, [2, 3, 4], (d, p) => d.SoftmaxLoss(shape, p[0], p[1], p[2], p[3], p[4]));
        SoftmaxLossShape[] wrongs =
        [
            shape with { Pixels = 0 }, shape with { Classes = 1 }, shape with { Classes = 34 }, shape with { Pixels = 10 },
            shape with { Terms = shape.Terms with { Smooth = 0 } }, shape with { Terms = shape.Terms with { FocalGamma = -1 } },
        ];
        foreach (SoftmaxLossShape wrong in wrongs)
            t.Refuses($"{wrong}", d => d.SoftmaxLoss(wrong, places[0], places[1], places[2], places[3], places[4]));
    }

    /// <summary>Classes and, for some pixels, none.</summary>
    private static uint[] Labels(in SoftmaxLossShape s)
    {
        int classes = s.Classes;
        return [.. Seeded.Words("softmax loss/labels", s.Pixels).Select(w => w % 7 == 6 ? SoftmaxShape.Ignored : w / 7 % (uint)classes)];
    }

    private static Tolerance Sums(in SoftmaxLossShape s) => Tolerance.SumOfPositives(s.Pixels).Times(2 * (1 + s.Terms.FocalGamma));

    /// <summary>As of the masked loss, with a mean over the classes besides.</summary>
    private static Tolerance Gradient(in SoftmaxLossShape s, Operands o)
    {
        LossTerms terms = s.Terms;
        double pixel = terms.PixelWeight * (1 + terms.FocalGamma) / terms.Divisor(o.ColumnCounts, s.Pixels), region = 0;
        int regions = LossTerms.Regions(o.ColumnCounts);
        for (int c = 0; c < s.Classes; c++)
        {
            var (ofOrgan, ofOther) = terms.RegionSlopes(o.ColumnSums[c], o.ColumnCounts[c], regions);
            region = Math.Max(region, Math.Max(ofOrgan, ofOther));
        }

        double ofSums = 3 * Tolerance.SumOfPositives(s.Pixels).Relative;
        return new(24 * Tolerance.Unit * pixel + (24 * Tolerance.Unit + ofSums) * region,
            24 * Tolerance.Unit * (1 + terms.FocalGamma) + ofSums);
    }

    private sealed class Operands : LossOperands<TDevice>
    {
        private readonly SoftmaxLossShape _shape;

        public Operands(SoftmaxLossShape shape, float[] logits, uint[] labels, bool withGradient)
            : base(logits, shape.Classes, withGradient) => (_shape, Labels) = (shape, Bench.Source(labels));

        public Place Labels { get; }

        public override void Apply(IBackend d) => d.SoftmaxLoss(_shape, Logits, Labels, Sums, Counts, Gradient);
    }
}
