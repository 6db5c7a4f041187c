using Smile.Kernels.Memory;
using Smile.Kernels.Ops.TopFraction;
using Smile.Kernels.Tests.Golden;

namespace Smile.Kernels.Tests.Ops;

public abstract class TopFractionTests<TDevice>
    where TDevice : IDevice
{
    private const float NaN = float.NaN, Infinity = float.PositiveInfinity;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(255)]
    [InlineData(1000)]
    [InlineData(1025)]
    [InlineData(70_001)]
    public void Equals_a_stable_sort(int length)
    {
        Assert.SkipUnless(length <= TDevice.Budget, "too long for this device");
        float[] fine = Seeded.Floats($"top/{length}", length);
        uint[] some = Seeded.Words($"top/candidates {length}", length).Select(w => w % 3 == 0 ? 0 : w).ToArray(),
            all = Enumerable.Repeat(1u, length).ToArray();
        foreach (float[] scores in (float[][])[fine, [.. fine.Select(v => MathF.Round(v * 3))],
            [.. fine.Select(v => v * MathF.Pow(2, 100 * v))]])
            foreach (uint[] candidates in (uint[][])[some, all])
                foreach (double fraction in (double[])[0, 0.33, 0.66, 1])
                    Selects(Sorted(scores, candidates, fraction), scores, candidates, fraction);
    }

    [Fact]
    public void Equal_scores_go_by_the_lowest_index() => Selects([1, 1, 1, 0, 0, 0], [5, 5, 5, 5, 5, 5], [1, 1, 1, 1, 1, 1], 0.5);

    [Fact]
    public void Ties_at_the_threshold_go_by_the_lowest_index_after_all_higher_scores() =>
        Selects([1, 0, 0, 1, 1, 0], [2, 1, 2, 3, 4, 2], [1, 1, 1, 1, 1, 1], 0.5);

    [Fact]
    public void Of_no_candidates_none_is_selected() => Selects([0, 0, 0], [1, 2, 3], [0, 0, 0], 1);

    [Fact]
    public void Any_word_but_zero_marks_a_candidate() => Selects([1, 0, 1, 1], [1, 2, 3, 4], [0x8000_0000, 0, 2, 0xFFFF_FFFF], 1);

    [Fact]
    public void Fraction_0_selects_none_and_fraction_1_all()
    {
        Selects([0, 0, 0], [1, 2, 3], [1, 1, 1], 0);
        Selects([1, 1, 0], [-1, -2, 3], [1, 1, 0], 1);
    }

    [Fact]
    public void The_number_is_rounded_down_from_the_product_in_double()
    {
        // 0.29 * 100 is 28.999999999999996 in double; in float32 it would be 29.
        float[] scores = Enumerable.Range(0, 100).Select(i => (float)i).ToArray();
        Selects(scores.Select(s => s >= 72 ? 1u : 0).ToArray(), scores, Enumerable.Repeat(1u, 100).ToArray(), 0.29);
        Selects([0, 0], [1, 2], [1, 0], 0.999);
    }

    [Fact]
    public void Negative_scores_are_ordered() => Selects([0, 1, 0, 1, 0], [-4, -1, -3, -2, -5], [1, 1, 1, 1, 1], 0.4);

    [Fact]
    public void The_two_zeros_are_equal() => Selects([1, 1, 0, 0], [-0f, 0f, -0f, 0f], [1, 1, 1, 1], 0.5);

    [Fact]
    public void The_smallest_numbers_are_not_equal_to_zero() => Selects([0, 1, 0], [0f, 1e-45f, -1e-45f], [1, 1, 1], 0.34);

    [Fact]
    public void A_NaN_is_no_candidate() => Selects([0, 1, 0, 1, 0], [NaN, 3, -NaN, 2, 1], [1, 1, 1, 1, 1], 0.67);

    [Fact]
    public void Infinities_are_scores() => Selects([0, 1, 1, 0], [-Infinity, Infinity, float.MaxValue, float.MinValue], [1, 1, 1, 1], 0.5);

    [Fact]
    public void Wrong_shapes_and_places_are_refused()
    {
        TopFractionShape shape = new(70, 0.5);
        var t = new OpBench<TDevice>();
        Place[] places = [t.Result(70), t.Result(70), t.Result(70), t.Result(TopFractionShape.SummaryWords)];
        t.RefusesEachWrongPlace(places, [2, 3], (d, p) => d.TopFraction(shape, p[0], p[1], p[2], p[3]));
        foreach (double wrong in (double[])[-0.1, 1.1, double.NaN])
            t.Refuses($"fraction {wrong}", d => d.TopFraction(shape with { Fraction = wrong }, places[0], places[1], places[2], places[3]));
        t.Refuses("length 0", d => d.TopFraction(new TopFractionShape(0, 0.5), Place.None, Place.None, Place.None, places[3]));
    }

    private static void Selects(uint[] expected, float[] scores, uint[] candidates, double fraction)
    {
        var t = new OpBench<TDevice>();
        Place score = t.Source(scores), candidate = t.Source(candidates), selected = t.Result(scores.Length),
            summary = t.Result(TopFractionShape.SummaryWords);
        t.Run(d => d.TopFraction(new TopFractionShape(scores.Length, fraction), score, candidate, selected, summary));
        uint count = (uint)candidates.Where((c, i) => c != 0 && !float.IsNaN(scores[i])).Count();
        Assert.Equal(expected, t.Words(selected));
        Assert.Equal([count, (uint)expected.Count(e => e != 0)], t.Words(summary));
    }

    /// <summary>LINQ's ordering keeps the order of equal elements.</summary>
    private static uint[] Sorted(float[] scores, uint[] candidates, double fraction)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).Where(i => candidates[i] != 0).OrderByDescending(i => scores[i])];
        var selected = new uint[scores.Length];
        foreach (int i in order.Take((int)Math.Floor(fraction * order.Length)))
            selected[i] = 1;
        return selected;
    }
}
