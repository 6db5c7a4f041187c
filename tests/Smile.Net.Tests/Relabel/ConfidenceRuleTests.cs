using Smile.Kernels.Backend;
using Smile.Net.Augment;
using Smile.Net.Data;
using Smile.Net.Prediction;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Runs;

namespace Smile.Net.Tests.Relabel;

/// <summary>The learned confidence: what it is judged on, and that it learns.</summary>
public sealed class ConfidenceRuleTests
{
    private const int Size = 24;

    [Fact]
    public void Judged_are_voxels_predicted_as_an_organ_that_is_known()
    {
        // Two organs, four voxels. Organ 1 is predicted in voxels 0 and 2, organ 0 in voxels 0 and 1; NaN predicts nothing.
        float[] logits = [1, 2, 0.1f, -1, 0, 3, float.NaN, float.NaN];
        uint[] known = [0b11, 0b11, 0b01, 0b11];
        OrganBits met = 0;
        Assert.Equal(3, ConfidenceRule.Judge(logits, known, 4, 2, ref met));
        Assert.Equal([0b11u, 0b01, 0, 0], known);
        Assert.Equal(0b11u, met);

        uint[] nothing = [0, 0b10, 0, 0];
        met = 0;
        Assert.Equal(0, ConfidenceRule.Judge(logits, nothing, 4, 2, ref met));
        Assert.Equal(0u, met);
    }

    /// <summary>
    /// The network takes bright bone for the organ and is surer of it: logit 4 on bone (200 HU), 2 on the organ (100 HU). On annotated
    /// cases that is seen to be wrong, so confidence puts the organ first where the score puts bone first.
    /// </summary>
    [Fact]
    public void What_was_wrong_on_annotated_cases_is_not_trusted_on_the_others()
    {
        CaseData open = Case(9, annotated: 0);
        int organ = open.Labels.Count(Labels.Of(0)), candidates = open.Image.ToVolume().Voxels.Count(hu => hu > 70);
        double gamma = (organ + 0.5) / candidates;
        Assert.Equal(0, Precision(new ScoreRule(Pass), open, gamma, []));
        using var rule = Rule();
        double learnt = Precision(rule, open, gamma, [.. Enumerable.Range(0, 4).Select(i => Case((ulong)i, annotated: 1))]);
        Assert.True(learnt > 0.9, $"precision {learnt}");
    }

    [Fact]
    public void The_same_seed_learns_the_same_bits_on_any_threads()
    {
        float[] Ranks(int threads)
        {
            using var rule = Rule(threads);
            rule.Learn([Case(1, annotated: 1), Case(2, annotated: 1)], TestContext.Current.CancellationToken);
            var all = new List<float>();
            rule.EachSlice(Case(3, annotated: 0).Image.ToVolume(), (_, _, ranks) => all.AddRange(ranks),
                TestContext.Current.CancellationToken);
            return [.. all];
        }

        Assert.Equal(Ranks(1), Ranks(2));
    }

    [Fact]
    public void An_organ_that_is_predicted_nowhere_where_it_is_annotated_ranks_by_its_score()
    {
        // The annotated case shows nothing bright, so no prediction of it can be judged.
        using var rule = Rule();
        var dark = new Volume(Geometry.Regular(1, Size, Size, 1, 1, 1), new float[Size * Size]);
        rule.Learn([new CaseData("dark", dark, new byte[Size * Size], annotated: 1)], TestContext.Current.CancellationToken);
        rule.EachSlice(Case(3, annotated: 0).Image.ToVolume(), (_, logits, ranks) => Assert.True(logits.SequenceEqual(ranks)),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Nothing_annotated_is_refused()
    {
        using var rule = Rule();
        Assert.Throws<DataException>(() => rule.Learn([Case(1, annotated: 0)], TestContext.Current.CancellationToken));
    }

    private static ConfidenceRule Rule(int threads = 0) => new(Pass, (images, logits) =>
    {
        for (int p = 0; p < images.Length; p++)
            logits[p] = Logit((images[p] + 1) * 200 - 160);
    }, Toy.Settings() with { Augment = new AugmentSettings { Offset = 0, Gain = 0, Shift = 2 } }, 1, () => Backends.Open("cpu", threads));

    private static double Precision(ISelectionRule rule, CaseData data, double gamma, CaseData[] annotated)
    {
        using var relabeller = new Relabeller(rule, new RelabelSettings(), 1, () => Backends.Open("scalar"));
        relabeller.Learn(annotated, TestContext.Current.CancellationToken);
        return relabeller.Relabel(data, gamma, earlier: null, TestContext.Current.CancellationToken).Organs[0].Precision;
    }

    private static float Logit(float hu) => hu > 150 ? 4 : hu > 70 ? 2 : -3;

    private static void Pass(Volume volume, SliceVisitor visit, CancellationToken cancel)
    {
        for (int z = 0; z < volume.Geometry.Depth; z++)
            visit(z, [.. volume.Slice(z).ToArray().Select(Logit)]);
    }

    /// <summary>An organ and a bone of 8 x 8 voxels somewhere in the upper and lower half of each slice.</summary>
    private static CaseData Case(ulong seed, uint annotated)
    {
        var rng = new Rng(seed, 11);
        var volume = new Volume(Geometry.Regular(3, Size, Size, 1, 1, 1), new float[3 * Size * Size]);
        var labels = new byte[volume.Voxels.Length];
        for (int z = 0; z < 3; z++)
        {
            int organX = rng.Next(16), boneX = rng.Next(16), organY = rng.Next(4), boneY = 12 + rng.Next(4);
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                {
                    int at = (z * Size + organY + y) * Size + organX + x;
                    (volume.Voxels[at], labels[at]) = (100, Labels.Of(0));
                    volume.Voxels[(z * Size + boneY + y) * Size + boneX + x] = 200;
                }
        }

        return new CaseData($"case_{seed}", volume, labels, annotated);
    }
}
