using Smile.Kernels.Memory;
using Smile.Kernels.Ops.Confusion;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class ConfusionTests<TDevice>
    where TDevice : IDevice
{
    /// <summary>Pixels and organs.</summary>
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach ((int pixels, int organs) in ((int, int)[])[(1, 1), (1, 32), (7, 3), (64, 5), (129, 31), (500, 32), (9001, 3)])
                if ((long)pixels * organs <= TDevice.Budget)
                    data.Add(pixels, organs);
            return data;
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Counts_are_exact(int pixels, int organs)
    {
        uint[] predicted = Seeded.Words("confusion/predicted", pixels), truth = Seeded.Words("confusion/truth", pixels),
            known = Seeded.Words("confusion/known", pixels);
        foreach (Into into in Enum.GetValues<Into>())
        {
            uint[] before = Seeded.Words("confusion/before", 3 * organs).Select(w => w >> 12).ToArray();
            var t = new OpBench<TDevice>();
            Place p = t.Source(predicted), o = t.Source(truth), w = t.Source(known),
                counts = into == Into.Add ? t.State(before) : t.Result(3 * organs);
            t.Run(d => d.Confusion(new ConfusionShape(pixels, organs), p, o, w, counts, into));
            var expected = new uint[3 * organs];
            for (int k = 0; k < organs; k++)
            {
                uint Count(Func<int, uint> bits) => (uint)Enumerable.Range(0, pixels).Count(i => (bits(i) & known[i] & (1u << k)) != 0);
                expected[3 * k] = Count(i => predicted[i] & truth[i]);
                expected[3 * k + 1] = Count(i => predicted[i] & ~truth[i]);
                expected[3 * k + 2] = Count(i => ~predicted[i] & truth[i]);
            }

            Assert.Equal(into == Into.Add ? expected.Zip(before, (e, b) => e + b) : expected, t.Words(counts));
        }
    }

    [Fact]
    public void Unknown_pixels_do_not_count()
    {
        var t = new OpBench<TDevice>();
        Place predicted = t.Source([1u, 1, 0, 1]), truth = t.Source([1u, 0, 1, 1]), known = t.Source([0u, 0, 0, 1]), counts = t.Result(3);
        t.Run(d => d.Confusion(new ConfusionShape(4, 1), predicted, truth, known, counts, Into.Set));
        Assert.Equal([1u, 0, 0], t.Words(counts));
    }

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        ConfusionShape shape = new(9, 3);
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(9), t.Result(9), t.Result(9), t.Result(9)];
        t.RefusesEachWrongPlace(places, [3], (d, p) => d.Confusion(shape, p[0], p[1], p[2], p[3], Into.Set));
        Place many = t.Result(99);
        foreach (ConfusionShape wrong in (ConfusionShape[])[shape with { Pixels = 0 }, shape with { Organs = 0 },
            shape with { Organs = 2 }])
            t.Refuses($"{wrong}", d => d.Confusion(wrong, places[0], places[1], places[2], places[3], Into.Set));
        t.Refuses("33 organs in a word of 32 bits", d =>
            d.Confusion(shape with { Organs = 33 }, places[0], places[1], places[2], many, Into.Set));
    }
}
