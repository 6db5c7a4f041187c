using Smile.Kernels.Memory;
using Smile.Kernels.Ops.SoftmaxCrossEntropy;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class SoftmaxCrossEntropyTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Pixels and classes.</summary>
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach ((int pixels, int classes) in ((int, int)[])[(1, 2), (7, 4), (66, 3), (129, 8), (50, 17), (33, 33), (1001, 4),
                (20_011, 2)])
                if ((long)pixels * classes <= TDevice.Budget)
                    data.Add(pixels, classes);
            return data;
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Loss_count_and_gradient(int pixels, int classes)
    {
        foreach (float range in (float[])[1, 10, 100])
            foreach (bool withGradient in (bool[])[true, false])
            {
                // One label in classes + 2 is too large and one is the ignore label; neither teaches.
                uint[] labels = [.. Seeded.Words("softmax/labels", pixels).Select(w => w % (uint)(classes + 2))
                    .Select(l => l == classes + 1 ? SoftmaxShape.Ignored : l)];
                var t = new OpBench<TDevice>();
                var o = new Operands(t, pixels, classes, GoldenCases.Logits("softmax/logits", pixels * classes, range), labels,
                    withGradient, 1f / pixels);
                o.Run();
                Assert.Equal([(uint)labels.Count(l => l < classes)], t.Words(o.UsedCount));
                t.MatchesScalar(Tolerance.SumOfPositives(pixels), o.LossSum, $"loss, logits to {range}");
                if (withGradient)
                    t.MatchesScalar(new Tolerance(16 * Tolerance.Unit / pixels, 16 * Tolerance.Unit), o.Gradient,
                        $"dlogits, logits to {range}");
            }
    }

    [Fact]
    public void All_ignored_teaches_nothing()
    {
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 35, 4, Seeded.Floats("softmax/logits", 140), Enumerable.Repeat(SoftmaxShape.Ignored, 35).ToArray(), true,
            1);
        o.Run();
        Close.Same([0], t.Floats(o.LossSum), "loss");
        Assert.Equal([0u], t.Words(o.UsedCount));
        Close.Same(new float[140], t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void Values_worked_out_by_hand()
    {
        // Equal logits: log 4. Logits of +-1e4, beyond the range of exp: 0 where right, 2e4 where wrong.
        float[] logits = [7, 7, 7, 7, 1e4f, -1e4f, -1e4f, -1e4f, 1e4f, -1e4f, -1e4f, -1e4f];
        var t = new OpBench<TDevice>();
        var o = new Operands(t, 3, 4, logits, [2, 0, 3], true, 1);
        o.Run();
        Close.Within(Tolerance.Element(4, 2e4), [2e4f + MathF.Log(4)], t.Floats(o.LossSum), "loss");
        Close.Within(Tolerance.Element(8), [0.25f, 0.25f, -0.75f, 0.25f, 0, 0, 0, 0, 1, 0, 0, -1], t.Floats(o.Gradient), "dlogits");
    }

    [Fact]
    public void A_NaN_logit_reaches_the_loss_where_the_label_is_used_and_nothing_where_it_is_ignored()
    {
        foreach (bool used in (bool[])[true, false])
            for (int at = 0; at < 3 * 20; at++)
            {
                float[] logits = Seeded.Floats("softmax/logits", 60);
                logits[at] = float.NaN;
                uint[] labels = Enumerable.Repeat(1u, 20).ToArray();
                labels[at / 3] = used ? 2 : SoftmaxShape.Ignored;
                var t = new OpBench<TDevice>();
                var o = new Operands(t, 20, 3, logits, labels, true, 1);
                o.Run();
                Assert.Equal(used, float.IsNaN(t.Floats(o.LossSum)[0]));
                Assert.Equal(used, t.Floats(o.Gradient).Any(float.IsNaN));
            }
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        SoftmaxShape shape = new(9, 4, 1);
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(36), t.Result(9), t.Result(1), t.Result(1), t.Result(36)];
        t.RefusesEachWrongPlace(places, [2, 3, 4], (d, p) => d.SoftmaxCrossEntropy(shape, p[0], p[1], p[2], p[3], p[4]));
        foreach (SoftmaxShape wrong in (SoftmaxShape[])[shape with { Pixels = 0 }, shape with { Classes = 1 },
            shape with { Classes = 9, Pixels = 4 }])
            t.Refuses($"{wrong}", d => d.SoftmaxCrossEntropy(wrong, places[0], places[1], places[2], places[3], places[4]));
    }

    private sealed class Operands(OpBench<TDevice> t, int pixels, int classes, float[] logits, uint[] labels, bool withGradient,
        float scale)
    {
        private readonly Place _logits = t.Source(logits), _labels = t.Source(labels);

        public Place LossSum { get; } = t.Result(1);

        public Place UsedCount { get; } = t.Result(1);

        public Place Gradient { get; } = withGradient ? t.Result(pixels * classes) : Place.None;

        public void Run() =>
            t.Run(d => d.SoftmaxCrossEntropy(new SoftmaxShape(pixels, classes, scale), _logits, _labels, LossSum, UsedCount, Gradient));
    }
}
