using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.MaskedLoss;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class MaskedLossTests<TDevice>
    where TDevice : IDevice
{
    private static readonly Dictionary<string, LossTerms> Terms = new()
    {
        ["bce over all pixels"] = new(1),
        ["bce over what is known"] = new(1, PerKnown: true),
        ["dice"] = new(0, RegionWeight: 1),
        ["bce and dice"] = new(1, PerKnown: true, RegionWeight: 1),
        ["focal"] = new(1, FocalGamma: 2, PerKnown: true),
        ["focal of a broken power, and Tversky"] = new(0.7f, FocalGamma: 0.75f, RegionWeight: 2, Alpha: 0.3f, Beta: 0.7f, Smooth: 5),
        ["false negatives alone"] = new(0, RegionWeight: 1, Alpha: 0, Beta: 1.5f, Smooth: 0.25f),
    };

    private static readonly (int Batch, int Pixels, int Organs)[] Sizes =
        [(1, 1, 1), (1, 1, 32), (3, 5, 3), (2, 64, 2), (5, 67, 1), (4, 101, 8), (1, 257, 3), (2, 130, 17), (3, 61, 31), (2, 509, 32),
            (1, 4096, 2), (2, 4097, 4), (3, 9001, 3)];

    public static TheoryData<string, int, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int, int>();
            foreach (string terms in Terms.Keys)
                foreach ((int batch, int pixels, int organs) in Sizes)
                    if ((long)batch * pixels * organs <= TDevice.Budget / 2)
                        data.Add(terms, batch, pixels, organs);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Sums_counts_and_gradient(string terms, int batch, int pixels, int organs)
    {
        MaskedLossShape shape = new(batch, pixels, organs, Terms[terms]);
        foreach (float range in (float[])[1, 10, 100])
            foreach (bool withGradient in (bool[])[true, false])
            {
                var o = new Operands(shape, GoldenCases.Logits("masked loss/logits", (int)shape.Count, range),
                    Words("known", shape.AllPixels), withGradient);
                o.Run();
                Assert.Equal(o.Bench.ExpectedWords(o.Counts), o.Bench.Words(o.Counts));
                o.Bench.MatchesScalar(Sums(shape), o.Sums, $"sums, logits to {range}");
                if (withGradient)
                    o.Bench.MatchesScalar(Gradient(shape, o), o.Gradient, $"dlogits, logits to {range}");
            }
    }

    [Fact]
    public void Cross_entropy_over_all_pixels_is_masked_bce()
    {
        MaskedLossShape shape = new(3, 67, 5, new LossTerms(1));
        var o = new Operands(shape, GoldenCases.Logits("masked loss/logits", (int)shape.Count, 10), Words("known", shape.AllPixels),
            withGradient: true);
        OpBench<TDevice> t = o.Bench;
        Place losses = t.Result(5), counts = t.Result(5), dz = t.Result(shape.Count);
        t.Run(d =>
        {
            o.Apply(d);
            d.MaskedBce(new MaskedBceShape(201, 5, 1f / 201), o.Logits, o.IsOrgan, o.IsKnown, losses, counts, dz);
        });
        Assert.Equal(t.Words(counts), o.ColumnCounts.Select(c => c.Known));
        Close.Within(Tolerance.SumOfPositives(201), t.Floats(losses), [.. o.ColumnSums.Select(s => s.Loss)], "loss");
        Close.Within(new Tolerance(8 * Tolerance.Unit / 201, 8 * Tolerance.Unit), t.Floats(dz), t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Nothing_known_teaches_nothing_whatever_the_logits_are()
    {
        foreach (LossTerms terms in Terms.Values)
        {
            MaskedLossShape shape = new(2, 35, 5, terms);
            float[] logits = Seeded.Floats("masked loss/logits", shape.Count);
            (logits[0], logits[17], logits[^1]) = (float.NaN, float.PositiveInfinity, float.NaN);
            var o = new Operands(shape, logits, new uint[70], withGradient: true);
            o.Run();
            Close.Same(new float[20], o.Bench.Floats(o.Sums), "sums");
            Assert.Equal(new uint[10], o.Bench.Words(o.Counts));
            Close.Same(new float[350], o.Bench.Floats(o.Gradient), "dlogits");
            Assert.Equal(0, terms.Value(o.ColumnSums, o.ColumnCounts, 70));
        }
    }

    [Fact]
    public void An_organ_that_no_image_annotates_has_no_region_and_the_mean_is_over_the_others()
    {
        // Organ 0 is annotated in both images, organ 1 in the second, organ 2 in none: it is known, to be absent, all the same.
        MaskedLossShape shape = new(2, 40, 3, Terms["dice"]);
        uint[] organ = [.. Enumerable.Range(0, 80).Select(p => p % 3 == 0 ? 1u : p >= 40 && p % 3 == 1 ? 2u : 0)],
            annotated = [0b001, 0b011];
        uint[] known = [.. Enumerable.Range(0, 80).Select(p => annotated[p / 40] | (organ[p] != 0 ? 0b111u : 0))];
        var o = new Operands(shape, GoldenCases.Logits("masked loss/logits", 240, 3), known, withGradient: true, organ, annotated);
        o.Run();
        Assert.Equal([80u, 40u, 0u], o.ColumnCounts.Select(c => c.Region));
        Assert.True(o.ColumnCounts[2].Known > 0);
        Assert.Equal(default, o.ColumnSums[2] with { Loss = 0 });
        LossTerms terms = shape.Terms;
        Close.Within(new Tolerance(1e-12, 0), (terms.RegionLoss(o.ColumnSums[0]) + terms.RegionLoss(o.ColumnSums[1])) / 2,
            terms.Region(o.ColumnSums, o.ColumnCounts), "mean");
        float[] gradient = o.Bench.Floats(o.Gradient);
        for (int i = 0; i < gradient.Length; i++)
            Assert.Equal(i % 3 == 0 || (i % 3 == 1 && i >= 120), gradient[i] != 0);
    }

    [Fact]
    public void Soft_counts_worked_out_by_hand()
    {
        // p = 1/2 everywhere, two pixels of the organ and four others, of which the last is not known: Dice = (2 * 1 + 1) / (2.5 + 2 + 1).
        MaskedLossShape shape = new(1, 6, 1, new LossTerms(0, RegionWeight: 1));
        var o = new Operands(shape, new float[6], [1, 1, 1, 1, 1, 0], withGradient: true, [1, 1, 0, 0, 0, 0], [1]);
        o.Run();
        Close.Within(Tolerance.Element(4, 4), [5 * MathF.Log(2), 1, 1.5f, 1], o.Bench.Floats(o.Sums), "sums");
        Assert.Equal([5u, 5u], o.Bench.Words(o.Counts));
        Close.Within(new Tolerance(1e-6, 0), 1 - 3 / 5.5, shape.Terms.Value(o.ColumnSums, o.ColumnCounts, 6), "1 - Dice");
        // dDice/dp = 2 y / 5.5 - 3 / 5.5^2; dp/dz = 1/4.
        float ofOrgan = -(2 / 5.5f - 3 / 30.25f) / 4, ofOther = 3 / 30.25f / 4;
        Close.Within(Tolerance.Element(8), [ofOrgan, ofOrgan, ofOther, ofOther, ofOther, 0], o.Bench.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Focal_loss_worked_out_by_hand()
    {
        // z = 0: (1/2)^2 log 2, its slope in z (1/2)^2 (1/2 + 2 * 1/2 * log 2); z = +-100 right and wrong: 0 and 100, slopes 0 and 1.
        MaskedLossShape shape = new(1, 4, 1, new LossTerms(2, FocalGamma: 2, PerKnown: true));
        var o = new Operands(shape, [0, 0, 100, -100], [1, 1, 1, 1], withGradient: true, [0, 1, 1, 1], [0]);
        o.Run();
        float log2 = MathF.Log(2), slope = 0.5f * 0.25f * (0.5f + log2);
        Close.Within(Tolerance.Element(4, 100), [0.5f * log2 + 100, 0, 0, 0], o.Bench.Floats(o.Sums), "sums");
        Close.Within(Tolerance.Element(8), [slope, -slope, 0, -0.5f], o.Bench.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void A_NaN_logit_reaches_its_organ_where_it_is_known_and_nothing_where_it_is_not()
    {
        for (int at = 0; at < 40; at++)
        {
            float[] logits = Seeded.Floats("masked loss/logits", 80);
            logits[2 * at] = logits[2 * at + 1] = float.NaN;
            uint[] known = [.. Enumerable.Repeat(3u, 40)];
            known[at] = 2;
            var o = new Operands(new MaskedLossShape(1, 40, 2, Terms["bce and dice"]), logits, known, withGradient: true, annotated: [3]);
            o.Run();
            Assert.All(o.Bench.Floats(o.Sums)[..4], s => Assert.True(float.IsFinite(s), $"the unknown NaN at {at} is in a sum"));
            Assert.True(float.IsNaN(o.ColumnSums[1].Loss), $"the NaN at {at} is lost");
            Assert.True(double.IsNaN(Terms["bce and dice"].Value(o.ColumnSums, o.ColumnCounts, 40)), $"the NaN at {at} is not in the loss");
            float[] gradient = o.Bench.Floats(o.Gradient);
            Assert.Equal(0, gradient[2 * at]);
            Assert.True(float.IsNaN(gradient[2 * at + 1]), $"the gradient at {at} hides the NaN");
            Assert.All(gradient.Where((_, i) => i % 2 == 0), d => Assert.True(float.IsFinite(d)));
        }
    }

    [Fact]
    public void Logits_beyond_the_range_of_exp_give_finite_numbers()
    {
        foreach (LossTerms terms in Terms.Values)
        {
            var o = new Operands(new MaskedLossShape(1, 4, 1, terms), [1e4f, -1e4f, 1e4f, -1e4f], [1, 1, 1, 1], withGradient: true,
                [1, 0, 0, 1], [1]);
            o.Run();
            Close.Within(Tolerance.Element(4, 2e4), [2e4f, 1, 1, 1], o.Bench.Floats(o.Sums), "sums");
            Assert.All(o.Bench.Floats(o.Gradient), d => Assert.True(float.IsFinite(d)));
        }
    }

    [Fact]
    public void Wrong_shapes_terms_and_places_are_refused()
    {
        MaskedLossShape shape = new(3, 3, 3, new LossTerms(1, RegionWeight: 1));
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(27), t.Result(9), t.Result(9), t.Result(3), t.Result(12), t.Result(6), t.Result(27)];
        t.RefusesEachWrongPlace(places, [4, 5, 6], (d, p) => d.MaskedLoss(shape, p[0], p[1], p[2], p[3], p[4], p[5], p[6]));
        MaskedLossShape[] wrongs =
        [
            shape with { Batch = 0 }, shape with { Pixels = 0 }, shape with { Organs = 0 }, shape with { Organs = 33 },
            shape with { Batch = 1, Pixels = 9 },
            shape with { Organs = 1, Pixels = 9 }, With(shape.Terms with { PixelWeight = -1 }),
            With(shape.Terms with { FocalGamma = float.NaN }),
            With(shape.Terms with { RegionWeight = float.PositiveInfinity }), With(shape.Terms with { Smooth = 0 }),
            With(shape.Terms with { Alpha = 0, Beta = 0 }),
            With(shape.Terms with { Alpha = -0.5f }), With(shape.Terms with { Beta = -0.5f }),
        ];
        foreach (MaskedLossShape wrong in wrongs)
            t.Refuses($"{wrong}", d => d.MaskedLoss(wrong, places[0], places[1], places[2], places[3], places[4], places[5], places[6]));

        MaskedLossShape With(LossTerms terms) => shape with { Terms = terms };
    }

    private static uint[] Words(string name, long count) => Seeded.Words($"masked loss/{name}", count);

    /// <summary>Sums of positive terms. A focal factor is exp of gamma times a logarithm: its error is relative to that.</summary>
    private static Tolerance Sums(in MaskedLossShape s) => Tolerance.SumOfPositives(s.AllPixels).Times(1 + s.Terms.FocalGamma);

    /// <summary>
    /// Some roundings of the pixel's slope; of the region's, and the relative error of the sums that its factors are made of, which
    /// are squared at most.
    /// </summary>
    private static Tolerance Gradient(in MaskedLossShape s, Operands o)
    {
        LossTerms terms = s.Terms;
        double pixel = terms.PixelWeight * (1 + terms.FocalGamma) / terms.Divisor(o.ColumnCounts, s.AllPixels), region = 0;
        int regions = LossTerms.Regions(o.ColumnCounts);
        for (int k = 0; k < s.Organs; k++)
        {
            var (ofOrgan, ofOther) = terms.RegionSlopes(o.ColumnSums[k], o.ColumnCounts[k], regions);
            region = Math.Max(region, Math.Max(ofOrgan, ofOther) / 4);
        }

        double ofSums = 3 * Tolerance.SumOfPositives(s.AllPixels).Relative;
        return new(16 * Tolerance.Unit * pixel + (16 * Tolerance.Unit + ofSums) * region, 16 * Tolerance.Unit * (1 + terms.FocalGamma)
            + ofSums);
    }

    private sealed class Operands : LossOperands<TDevice>
    {
        private readonly MaskedLossShape _shape;

        public Operands(MaskedLossShape shape, float[] logits, uint[] isKnown, bool withGradient, uint[]? isOrgan = null,
            uint[]? annotated = null)
            : base(logits, shape.Organs, withGradient)
        {
            (_shape, IsKnown) = (shape, Bench.Source(isKnown));
            IsOrgan = Bench.Source(isOrgan ?? Words("organ", isKnown.Length));
            Annotated = Bench.Source(annotated ?? Words("annotated", shape.Batch));
        }

        public Place IsOrgan { get; }

        public Place IsKnown { get; }

        public Place Annotated { get; }

        public override void Apply(Backend.IBackend d) =>
            d.MaskedLoss(_shape, Logits, IsOrgan, IsKnown, Annotated, Sums, Counts, Gradient);
    }
}
