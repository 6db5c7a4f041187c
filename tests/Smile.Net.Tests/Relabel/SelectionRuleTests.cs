using Smile.Kernels.Backend;
using Smile.Kernels.Ops.TopFraction;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Relabel;

/// <summary>The rules of selection on volumes of a few voxels, against numbers worked out by hand.</summary>
public sealed class SelectionRuleTests
{
    private const uint Organ0 = 1;

    [Fact]
    public void Flips_prefer_the_voxel_on_which_the_views_agree()
    {
        // The network adds 4 at the left end. Voxel 0: logits 5 and 1; voxel 1: 3 and 3; voxel 2: -2 and 2.
        CaseData data = Row([1, 3, -2], annotated: 0);
        SlicePass pass = Pass(1, (hu, _, x, _) => hu + (x == 0 ? 4 : 0));
        Assert.Equal([Organ0, 0u, 0u], Select(new ScoreRule(pass), data, 0.5).Pseudo);
        Assert.Equal([0u, Organ0, 0u], Select(new FlipsRule(pass, 1), data, 0.5).Pseudo);
        Assert.Equal([1f, 3f, -2f], Ranks(new FlipsRule(pass, 1), data.Image.ToVolume()));
    }

    [Fact]
    public void Flips_bring_each_view_back_to_its_voxel()
    {
        // 11 slices are more than go through at once; two organs, and a network that knows where it is.
        const int Depth = 11, Height = 3, Width = 4, Organs = 2;
        static float Logit(float hu, int y, int x, int k) => hu * (k + 1) + 3 * y - 2 * x * (k - 0.5f);
        var rng = new Rng(5);
        var volume = new Volume(Geometry.Regular(Depth, Height, Width, 1, 1, 1),
            [.. Enumerable.Range(0, Depth * Height * Width).Select(_ => rng.Next(9) - 4f)]);
        float[] ranks = Ranks(new FlipsRule(Pass(Organs, Logit), Organs), volume);
        Assert.Equal(volume.Voxels.SelectMany((hu, v) => Enumerable.Range(0, Organs).Select(k =>
        {
            int y = v / Width % Height, x = v % Width;
            return Math.Min(Logit(hu, y, x, k), Logit(hu, y, Width - 1 - x, k));
        })), ranks);
    }

    [Fact]
    public void Equal_ranks_go_to_the_lowest_voxel()
    {
        SlicePass pass = Pass(1, (hu, _, _, _) => hu);
        Assert.Equal([Organ0, Organ0, 0u, 0u], Select(new FlipsRule(pass, 1), Row([2, 2, 2, 2], annotated: 0), 0.5).Pseudo);
        Assert.Equal([Organ0, Organ0, 0u, 0u], Select(Learnt(new PriorRule(pass, 1)), Row([2, 2, 2, 2], annotated: 0), 0.5).Pseudo);
    }

    [Fact]
    public void The_truth_takes_every_hidden_voxel_of_the_organ_whatever_is_predicted_and_refuses_what_nobody_drew()
    {
        var volume = new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), [9, -9, 9, -9]);
        CaseData data = new("case", volume, [Labels.Of(0), Labels.Of(0), 0, Labels.Ignore], 0, truth: 1);
        var (labels, candidates, selected) = Select(Learnt(new TruthRule(1)), data, 0.01);
        Assert.Equal([Organ0, Organ0, 0u, 0u], labels);
        Assert.Equal((2, 2), (candidates, selected));
        CaseData unknown = new("case_9", volume, new byte[4], 0, truth: 0);
        Assert.Contains("case_9", Assert.Throws<DataException>(() => Learnt(new TruthRule(1), unknown)).Message, StringComparison.Ordinal);

        TruthRule Learnt(TruthRule rule, CaseData? of = null)
        {
            rule.Learn([of ?? data], TestContext.Current.CancellationToken);
            return rule;
        }
    }

    [Fact]
    public void A_view_that_is_not_a_number_is_not_taken()
    {
        // Of three candidates one has no rank: floor(0.5 * 2).
        SlicePass pass = Pass(1, (hu, _, x, _) => hu == 9 && x == 2 ? float.NaN : hu);
        var (labels, candidates, _) = Select(new FlipsRule(pass, 1), Row([9, 2, 3], annotated: 0), 0.5);
        Assert.Equal([0u, 0u, Organ0], labels);
        Assert.Equal(2, candidates);
    }

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(20, 0.5, 10)]
    [InlineData(21, 0.5, 10)]
    [InlineData(100, 0.5, 14)] // at most 29: floor(14.5)
    [InlineData(100, 1.0, 29)]
    [InlineData(8, 0.5, 5)] // at least 11: floor(5.5), where the score alone gives 4
    [InlineData(8, 1.0, 8)] // never more than there are
    [InlineData(4, 0.66, 4)]
    [InlineData(100, 0.0, 0)]
    public void The_prior_bounds_the_number_by_the_annotated_volumes(int candidates, double gamma, int taken)
    {
        // Annotated volumes 10, 20 and 30 mm3: 5 % quantile 10 + 0.1 * 10, 95 % quantile 20 + 0.9 * 10.
        PriorRule rule = Learnt(new PriorRule(Pass(1, (hu, _, _, _) => hu), 1), 30, 10, 20);
        Assert.Equal(11, rule.Range(0)!.Value.Low, 1e-9);
        Assert.Equal(29, rule.Range(0)!.Value.High, 1e-9);
        // Lowest first, so that the taken ones are known: the last ones.
        float[] scores = [.. Enumerable.Range(1, 101).Select(i => i <= 101 - candidates ? -1f : i)];
        var (labels, found, selected) = Select(rule, Row(scores, annotated: 0), gamma);
        Assert.Equal((candidates, taken), (found, selected));
        Assert.Equal(Enumerable.Range(0, 101).Select(v => v >= 101 - taken ? Organ0 : 0), labels);
    }

    [Fact]
    public void The_prior_counts_in_cubic_millimetres()
    {
        // 10 voxels of 1 mm3 are 5 of 2 mm3; where all annotated volumes are the same it is that number.
        PriorRule rule = Learnt(new PriorRule(Pass(1, (hu, _, _, _) => hu), 1), 10);
        CaseData coarse = new("coarse", new Volume(Geometry.Regular(1, 1, 20, 1, 1, 2), [.. Enumerable.Repeat(1f, 20)]), new byte[20], 0);
        Assert.Equal(5, Select(rule, coarse, 1).Selected);
    }

    [Fact]
    public void The_prior_of_an_organ_that_is_annotated_nowhere_is_the_score()
    {
        var rule = new PriorRule(Pass(1, (hu, _, _, _) => hu), 1);
        rule.Learn([Row([1, 1], annotated: 0)], TestContext.Current.CancellationToken);
        Assert.Null(rule.Range(0));
        Assert.Equal(6, Select(rule, Row([.. Enumerable.Repeat(1f, 10)], annotated: 0), 0.66).Selected);
    }

    [Fact]
    public void The_prior_of_an_organ_that_is_always_absent_takes_nothing()
    {
        PriorRule rule = Learnt(new PriorRule(Pass(1, (hu, _, _, _) => hu), 1), 0, 0);
        Assert.Equal(0, Select(rule, Row([1, 2, 3], annotated: 0), 1).Selected);
    }

    [Fact]
    public void The_prior_learns_from_annotated_organs_alone_and_anew_each_round()
    {
        var rule = new PriorRule(Pass(2, (hu, _, _, _) => hu), 2);
        byte[] labels = [Labels.Of(0), Labels.Of(1), Labels.Of(1), Labels.Ignore];
        rule.Learn([new CaseData("a", new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), new float[4]), labels, annotated: 1)],
            TestContext.Current.CancellationToken);
        Assert.Equal((1.0, 1.0), rule.Range(0));
        Assert.Null(rule.Range(1));
        rule.Learn([], TestContext.Current.CancellationToken);
        Assert.Null(rule.Range(0));
    }

    [Fact]
    public void A_share_gives_its_number_whatever_the_candidates()
    {
        PriorRule rule = Learnt(new PriorRule(Pass(1, (hu, _, _, _) => hu), 1), 700);
        var grid = Geometry.Regular(1, 1, 1, 1, 1, 1);
        for (int candidates = 1; candidates < 100_000; candidates += 7)
        {
            long expected = Math.Min(candidates, (long)Math.Floor(0.33 * 700));
            double share = rule.Share(0, grid, candidates, 0.33);
            Assert.Equal(expected, new TopFractionShape(1, share).SelectedOf(candidates));
        }
    }

    private static PriorRule Learnt(PriorRule rule, params int[] volumes)
    {
        rule.Learn(volumes.Select(n => new CaseData("case", new Volume(Geometry.Regular(1, 1, 1000, 1, 1, 1), new float[1000]),
            [.. Enumerable.Range(0, 1000).Select(v => v < n ? Labels.Of(0) : Labels.Background)], annotated: 1)),
            TestContext.Current.CancellationToken);
        return rule;
    }

    private static (uint[] Pseudo, long Candidates, long Selected) Select(ISelectionRule rule, CaseData data, double gamma)
    {
        using var relabeller = new Relabeller(rule, new RelabelSettings(), 1, () => Backends.Open("scalar"));
        var (labels, organs) = relabeller.Relabel(data, gamma, earlier: null, TestContext.Current.CancellationToken);
        return (labels.Pseudo.InWords(), organs[0].Candidates, organs[0].Selected);
    }

    private static float[] Ranks(FlipsRule rule, Volume volume)
    {
        var all = new List<float>();
        rule.EachSlice(volume, (z, _, ranks) =>
        {
            Assert.Equal(z * ranks.Length, all.Count);
            all.AddRange(ranks);
        }, TestContext.Current.CancellationToken);
        return [.. all];
    }

    /// <summary>A network of one formula: intensity, row, column and organ to logit.</summary>
    private static SlicePass Pass(int organs, Func<float, int, int, int, float> logit) => (volume, visit, _) =>
    {
        Geometry grid = volume.Geometry;
        var logits = new float[grid.Height * grid.Width * organs];
        for (int z = 0; z < grid.Depth; z++)
        {
            for (int i = 0; i < logits.Length; i++)
            {
                int p = i / organs;
                logits[i] = logit(volume.Slice(z)[p], p / grid.Width, p % grid.Width, i % organs);
            }

            visit(z, logits);
        }
    };

    private static CaseData Row(float[] scores, uint annotated) =>
        new("case", new Volume(Geometry.Regular(1, 1, scores.Length, 1, 1, 1), scores), new byte[scores.Length], annotated);
}
