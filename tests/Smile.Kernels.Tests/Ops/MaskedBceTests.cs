using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class MaskedBceTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Pixels and organs.</summary>
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var data = new TheoryData<int, int>();
            (int, int)[] sizes = [(1, 1), (1, 32), (5, 3), (64, 2), (67, 1), (101, 8), (257, 3), (130, 17), (61, 31), (1009, 32),
                (20_011, 3)];
            foreach ((int pixels, int organs) in sizes)
                if ((long)pixels * organs <= TDevice.Budget)
                    data.Add(pixels, organs);
            return data;
        }
    }

    private static readonly Tolerance Gradient = Tolerance.Element(8);

    [Theory, MemberData(nameof(Sizes))]
    public void Loss_counts_and_gradient(int pixels, int organs)
    {
        foreach (float range in (float[])[1, 10, 100])
            foreach (bool withGradient in (bool[])[true, false])
            {
                var t = new OpBench<TDevice>();
                var o = new Operands(t, pixels, organs, GoldenCases.Logits("bce/logits", pixels * organs, range),
                    Seeded.Words("bce/organ", pixels), Seeded.Words("bce/known", pixels), withGradient, 1f / pixels);
                o.Run();
                Assert.Equal(t.ExpectedWords(o.KnownCounts), t.Words(o.KnownCounts));
                t.MatchesScalar(Tolerance.SumOfPositives(pixels), o.LossSums, $"loss, logits to {range}");
                if (withGradient)
                    t.MatchesScalar(new Tolerance(Gradient.Absolute / pixels, Gradient.Relative), o.Gradient,
                        $"dlogits, logits to {range}");
            }
    }

    [Fact]
    public void Nothing_known_teaches_nothing()
    {
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 70, 5, Seeded.Floats("bce/logits", 350), Seeded.Words("bce/organ", 70), new uint[70], true, 1);
        o.Run();
        Close.Same(new float[5], t.Floats(o.LossSums), "loss");
        Assert.Equal(new uint[5], t.Words(o.KnownCounts));
        Close.Same(new float[350], t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void One_known_organ_teaches_that_organ_alone()
    {
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 70, 32, Seeded.Floats("bce/logits", 70 * 32), Seeded.Words("bce/organ", 70),
            Enumerable.Repeat(1u << 31, 70).ToArray(), true, 1);
        o.Run();
        Assert.Equal([.. new uint[31], 70u], t.Words(o.KnownCounts));
        for (int k = 0; k < 32; k++)
            Assert.Equal(k == 31, t.Floats(o.LossSums)[k] > 0);
        for (int i = 0; i < 70 * 32; i++)
            Assert.Equal(i % 32 == 31, t.Floats(o.Gradient)[i] != 0);
    }

    [Fact]
    public void Values_worked_out_by_hand()
    {
        // z = 0: log 2, gradient 1/2 - y. z = +-100: the loss is 100 where wrong and 0 where right, the gradient +-1 and 0.
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 6, 1, [0, 0, 100, 100, -100, -100], [0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1], true, 2);
        o.Run();
        Close.Within(Tolerance.Element(4, 200), [200 + 2 * MathF.Log(2)], t.Floats(o.LossSums), "loss");
        Close.Within(Tolerance.Element(4, 2), [1, -1, 2, 0, 0, -2], t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Logits_beyond_the_range_of_exp_give_finite_numbers()
    {
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 4, 1, [1e4f, -1e4f, 1e4f, -1e4f], [1, 0, 0, 1], [1, 1, 1, 1], true, 1);
        o.Run();
        Close.Within(Tolerance.Element(4, 2e4), [2e4f], t.Floats(o.LossSums), "loss");
        Close.Within(Gradient, [0, 0, 1, -1], t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void A_NaN_logit_reaches_its_organs_loss_where_it_is_known_and_nothing_where_it_is_not()
    {
        for (int at = 0; at < 40; at++)
        {
            float[] logits = Seeded.Floats("bce/logits", 80);
            logits[2 * at] = logits[2 * at + 1] = float.NaN;
            uint[] known = Enumerable.Repeat(3u, 40).ToArray();
            known[at] = 2;
            var t = new OpBench<TDevice>();
            var o = new Operands(t, 40, 2, logits, Seeded.Words("bce/organ", 40), known, true, 1);
            o.Run();
            Assert.True(float.IsFinite(t.Floats(o.LossSums)[0]), $"the unknown NaN at {at} is in the loss");
            Assert.True(float.IsNaN(t.Floats(o.LossSums)[1]), $"the NaN at {at} is lost");
            Assert.Equal(0, t.Floats(o.Gradient)[2 * at]);
            Assert.True(float.IsNaN(t.Floats(o.Gradient)[2 * at + 1]), $"the gradient at {at} hides the NaN");
        }
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        MaskedBceShape shape = new(9, 3, 1);
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(27), t.Result(9), t.Result(9), t.Result(3), t.Result(3), t.Result(27)];
        t.RefusesEachWrongPlace(places, [3, 4, 5], (d, p) => d.MaskedBce(shape, p[0], p[1], p[2], p[3], p[4], p[5]));
        MaskedBceShape[] wrongs = [shape with { Pixels = 0 }, shape with { Organs = 0 }, shape with { Organs = 33 },
            shape with { Organs = 1, Pixels = 27 }];
        foreach (MaskedBceShape wrong in wrongs)
            t.Refuses($"{wrong}", d => d.MaskedBce(wrong, places[0], places[1], places[2], places[3], places[4], places[5]));
        Place logits = t.Result(33), sums = t.Result(33), counts = t.Result(33), one = t.Result(1), other = t.Result(1);
        t.Refuses("33 organs in a word of 32 bits", d =>
            d.MaskedBce(new MaskedBceShape(1, 33, 1), logits, one, other, sums, counts, Place.None));
    }

    private sealed class Operands(OpBench<TDevice> t, int pixels, int organs, float[] logits, uint[] isOrgan, uint[] isKnown,
        bool withGradient, float scale)
    {
        private readonly Place _logits = t.Source(logits), _isOrgan = t.Source(isOrgan), _isKnown = t.Source(isKnown);

        public Place LossSums { get; } = t.Result(organs);

        public Place KnownCounts { get; } = t.Result(organs);

        public Place Gradient { get; } = withGradient ? t.Result(pixels * organs) : Place.None;

        public void Run() =>
            t.Run(d => d.MaskedBce(
                new MaskedBceShape(pixels, organs, scale), _logits, _isOrgan, _isKnown, LossSums, KnownCounts, Gradient));
    }
}
