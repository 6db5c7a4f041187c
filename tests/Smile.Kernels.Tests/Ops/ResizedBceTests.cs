using Smile.Kernels.Backend;
using Smile.Kernels.Memory;
using Smile.Kernels.Ops.MaskedBce;
using Smile.Kernels.Ops.Resize;
using Smile.Kernels.Ops.ResizedBce;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ResizedBceTests<TDevice>
    where TDevice : IDevice
{
    private static readonly Dictionary<string, ResizedBceShape> Cases = ResizeCases.All
        .Where(c => c.Value.Channels <= MaskedBceShape.MaxOrgans)
        .ToDictionary(c => c.Key, c => Of(c.Value))
        .Concat(new Dictionary<string, ResizedBceShape>
        {
            ["a row wider than a group's tile"] = Of(new(1, 2, 67, 5, 531, 1)),
            ["three organs, several tiles, a short last one"] = Of(new(2, 3, 21, 24, 165, 3)),
            ["32 organs"] = Of(new(1, 3, 4, 9, 13, 32)),
            ["31 organs, down to a few wide-apart columns"] = Of(new(1, 4, 70, 3, 6, 31)),
            ["every row of logits is its own label row"] = Of(new(1, 9, 5, 9, 40, 2)),
            ["one row of logits, more label rows than a stage"] = Of(new(1, 1, 2, 70, 33, 2)),
        })
        .ToDictionary();

    public static TheoryData<string> Names =>
        new(Cases.Where(c => c.Value.Pixels * c.Value.Organs * 4 <= TDevice.Budget).Select(c => c.Key));

    [Theory, MemberData(nameof(Names))]
    public void Loss_counts_and_gradient(string name)
    {
        ResizedBceShape shape = Cases[name];
        foreach (float range in (float[])[1, 30])
            foreach (bool withGradient in (bool[])[true, false])
            {
                var o = new Operands(shape, GoldenCases.Logits($"{name}/logits", (int)shape.Count, range),
                    Seeded.Words($"{name}/known", (int)shape.Pixels), withGradient);
                o.Run();
                Assert.Equal(o.Bench.ExpectedWords(o.KnownCounts), o.Bench.Words(o.KnownCounts));
                o.Bench.MatchesScalar(Loss(shape, range), o.LossSums, $"loss, logits to {range}");
                if (withGradient)
                    o.Bench.MatchesScalar(Gradient(shape, range), o.Gradient, $"dlogits, logits to {range}");
            }
    }

    [Theory, MemberData(nameof(Names))]
    public void It_is_resize_then_masked_bce_then_the_adjoint_of_resize(string name)
    {
        ResizedBceShape shape = Cases[name];
        const float Range = 8;
        var o = new Operands(shape, GoldenCases.Logits($"{name}/logits", (int)shape.Count, Range),
            Seeded.Words($"{name}/known", (int)shape.Pixels), withGradient: true);
        OpBench<TDevice> t = o.Bench;
        Place z = t.Result(shape.Pixels * shape.Organs), dz = t.Result(z.Length), losses = t.Result(shape.Organs),
            counts = t.Result(shape.Organs), dlogits = t.Result(shape.Count);
        var bce = new MaskedBceShape((int)shape.Pixels, shape.Organs, shape.Scale);
        t.Run(d =>
        {
            o.Apply(d);
            d.ResizeForward(shape.Resize, o.Logits, z);
            d.MaskedBce(bce, z, o.IsOrgan, o.IsKnown, losses, counts, dz);
            d.ResizeBackward(shape.Resize, dz, dlogits, Into.Set);
        });
        Assert.Equal(t.Words(counts), t.Words(o.KnownCounts));
        Close.Within(Loss(shape, Range), t.Floats(losses), t.Floats(o.LossSums), "loss");
        Close.Within(Gradient(shape, Range), t.Floats(dlogits), t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Nothing_known_teaches_nothing_whatever_the_logits_are()
    {
        ResizedBceShape shape = new(2, 3, 5, 13, 17, 3, 1);
        float[] logits = Seeded.Floats("resized bce/logits", shape.Count);
        (logits[0], logits[17], logits[^1]) = (float.NaN, float.PositiveInfinity, float.NaN);
        var o = new Operands(shape, logits, new uint[shape.Pixels], withGradient: true);
        o.Run();
        Close.Same(new float[3], o.Bench.Floats(o.LossSums), "loss");
        Assert.Equal(new uint[3], o.Bench.Words(o.KnownCounts));
        Close.Same(new float[shape.Count], o.Bench.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void One_known_pixel_teaches_the_logits_that_it_reads_and_its_organs_alone()
    {
        // Label pixel (4, 7) lies at row 0.625, column 1.375: between rows 0 and 1, columns 1 and 2.
        ResizedBceShape shape = new(1, 3, 4, 12, 16, 5, 1);
        var known = new uint[shape.Pixels];
        known[4 * 16 + 7] = 0b10010;
        var o = new Operands(shape, Seeded.Floats("resized bce/logits", shape.Count), known, withGradient: true);
        o.Run();
        Assert.Equal([0, 1, 0, 0, 1], o.Bench.Words(o.KnownCounts));
        float[] gradient = o.Bench.Floats(o.Gradient);
        for (int i = 0; i < gradient.Length; i++)
        {
            int organ = i % 5, column = i / 5 % 4, row = i / 20;
            Assert.Equal(organ is 1 or 4 && row is 0 or 1 && column is 1 or 2, gradient[i] != 0);
        }

        float whole = gradient[1 * 5 + 1] / (0.375f * 0.625f);
        Close.Within(Tolerance.Element(8), [0.375f * 0.375f * whole, 0.625f * 0.625f * whole, 0.625f * 0.375f * whole],
            [gradient[2 * 5 + 1], gradient[20 + 1 * 5 + 1], gradient[20 + 2 * 5 + 1]], "shares of the other three");
    }

    [Fact]
    public void A_NaN_reaches_the_loss_and_the_gradient_of_its_organ_alone()
    {
        ResizedBceShape shape = new(1, 4, 5, 15, 21, 2, 1);
        for (int at = 0; at < shape.Count; at += 2)
        {
            float[] logits = Seeded.Floats("resized bce/logits", shape.Count);
            logits[at] = float.NaN;
            var o = new Operands(shape, logits, [.. Enumerable.Repeat(3u, (int)shape.Pixels)], withGradient: true);
            o.Run();
            Assert.True(float.IsNaN(o.Bench.Floats(o.LossSums)[0]), $"the NaN at {at} is lost");
            Assert.True(float.IsNaN(o.Bench.Floats(o.Gradient)[at]), $"the gradient at {at} hides the NaN");
            Assert.True(float.IsFinite(o.Bench.Floats(o.LossSums)[1]), $"the NaN at {at} is in the other organ's loss");
            Assert.All(o.Bench.Floats(o.Gradient).Where((_, i) => i % 2 == 1), d => Assert.True(float.IsFinite(d)));
        }
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        ResizedBceShape shape = new(1, 2, 3, 5, 7, 3, 1);
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(18), t.Result(35), t.Result(35), t.Result(3), t.Result(3), t.Result(18)];
        t.RefusesEachWrongPlace(places, [3, 4, 5], (d, p) => d.ResizedBce(shape, p[0], p[1], p[2], p[3], p[4], p[5]));
        ResizedBceShape[] wrongs =
        [
            shape with { Batch = 0 }, shape with { Height = 0 }, shape with { Width = -3 }, shape with { OutHeight = 0 },
                shape with { OutWidth = 0 },
            shape with { Organs = 0 }, shape with { Organs = 33 }, shape with { Width = 2, Organs = 4 },
                shape with { OutHeight = 7, OutWidth = 4 },
        ];
        foreach (ResizedBceShape wrong in wrongs)
            t.Refuses($"{wrong}", d => d.ResizedBce(wrong, places[0], places[1], places[2], places[3], places[4], places[5]));
    }

    private static ResizedBceShape Of(ResizeShape s) =>
        new(s.Batch, s.Height, s.Width, s.OutHeight, s.OutWidth, s.Channels, 1f / (s.Batch * s.OutHeight * s.OutWidth));

    /// <summary>
    /// A sum of positive terms, each with the error of the resized logit; the loss changes by at most as much as the logit.
    /// </summary>
    private static Tolerance Loss(ResizedBceShape s, float range) =>
        new(Resizing.Forward(s.Resize).Absolute * range * Math.Sqrt(s.Pixels), Tolerance.SumOfPositives(s.Pixels).Relative);

    /// <summary>
    /// The adjoint's error, that of the gradients it is applied to, a quarter of the logit's error, and that of a sum over all label pixels
    /// that read a logit.
    /// </summary>
    private static Tolerance Gradient(ResizedBceShape s, float range)
    {
        Tolerance back = Resizing.Backward(s.Resize),
            sum = Tolerance.Sum((2 * s.OutHeight / s.Height + 2) * (2 * s.OutWidth / s.Width + 2), 0.5);
        return new(s.Scale * ((2 + range / 4) * back.Absolute + sum.Absolute), back.Relative);
    }

    private sealed class Operands
    {
        private readonly ResizedBceShape _shape;

        public Operands(ResizedBceShape shape, float[] logits, uint[] isKnown, bool withGradient)
        {
            _shape = shape;
            (Logits, IsOrgan, IsKnown) = (Bench.Source(logits), Bench.Source(Seeded.Words("resized bce/organ", isKnown.Length)),
                Bench.Source(isKnown));
            (LossSums, KnownCounts) = (Bench.Result(shape.Organs), Bench.Result(shape.Organs));
            Gradient = withGradient ? Bench.Result(logits.Length) : Place.None;
        }

        public OpBench<TDevice> Bench { get; } = new();

        public Place Logits { get; }

        public Place IsOrgan { get; }

        public Place IsKnown { get; }

        public Place LossSums { get; }

        public Place KnownCounts { get; }

        public Place Gradient { get; }

        public void Apply(IBackend d) => d.ResizedBce(_shape, Logits, IsOrgan, IsKnown, LossSums, KnownCounts, Gradient);

        public void Run() => Bench.Run(Apply);
    }
}
