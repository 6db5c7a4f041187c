using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Relabel;

/// <summary>The voxels that a round takes for absent, against sorting.</summary>
public sealed class ConfidentNegativesTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.95)]
    [InlineData(1.0)]
    public void The_lowest_scores_are_marked_and_of_equal_ones_the_first(double share)
    {
        var rng = new Rng(17);
        for (int length = 0; length < 300; length += 7)
        {
            float[] scores = [.. Enumerable.Range(0, length).Select(_ => rng.Next(6) switch
            {
                0 => float.NaN,
                1 => rng.Next(2) == 0 ? 0f : -0f,
                2 => -rng.Next(4),
                3 => float.NegativeInfinity,
                _ => (float)-Math.Exp(5 * rng.Normal()), // of all magnitudes
            })];
            uint[] absent = [.. Enumerable.Range(0, length).Select(v => (uint)v % 2)];
            int[] numbers = [.. Enumerable.Range(0, length).Where(v => !float.IsNaN(scores[v]))];
            int wanted = (int)Math.Floor(share * numbers.Length);
            // + 0f: to LINQ, too, -0 and 0 are equal.
            var lowest = numbers.OrderBy(v => scores[v] + 0f).ThenBy(v => v).Take(wanted).ToHashSet();
            Assert.Equal(wanted, ConfidentNegatives.Mark(scores, share, 0b10, absent));
            Assert.Equal(Enumerable.Range(0, length).Select(v => (uint)v % 2 | (lowest.Contains(v) ? 0b10u : 0)), absent);
        }
    }

    [Theory]
    [InlineData(Selections.Score, 0.5)]
    [InlineData(Selections.Volume, 1.0)] // takes voxels that are not predicted as the organ
    [InlineData(Selections.Score, 0.0)] // no pseudo label at all
    public void A_round_takes_what_is_open_not_predicted_and_not_taken_already(string select, double gamma)
    {
        const int Organs = 2, Voxels = 60;
        const double Share = 0.8;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var rng = new Rng(seed);
            float[] logits = [.. Enumerable.Range(0, Voxels * Organs).Select(_ => rng.Next(12) - 9f)];
            logits[rng.Next(logits.Length)] = float.NaN;
            // Organ 0 is annotated, organ 1 is not.
            byte[] labels = [.. Enumerable.Range(0, Voxels)
                .Select(_ => new byte[] { 0, 0, 0, Labels.Of(0), Labels.Of(1), Labels.Ignore }[rng.Next(6)])];
            var data = new CaseData("case", Row(Voxels), labels, annotated: 1);
            var (given, organs) = Relabel(data, logits, Organs, gamma, new RelabelSettings { Select = select, Negatives = Share });

            int[] open = [.. Enumerable.Range(0, Voxels).Where(v => labels[v] is not (1 or Labels.Ignore)
                && logits[v * Organs + 1] <= 0 && !given.Pseudo.Has(v, 1))];
            var lowest = open.OrderBy(v => logits[v * Organs + 1]).ThenBy(v => v).Take((int)Math.Floor(Share * open.Length)).ToHashSet();
            Assert.Equal(Enumerable.Range(0, Voxels).Select(v => lowest.Contains(v) ? 0b10u : 0), given.Absent!.InWords());
            Assert.Equal((0, lowest.Count), (organs[0].Absent, organs[1].Absent));
            Assert.Equal((lowest.Count, lowest.Count(v => labels[v] == Labels.Of(1))), (organs[1].AbsentJudged, organs[1].AbsentWrong));
        }
    }

    [Fact]
    public void What_is_kept_of_an_earlier_round_is_not_taken_for_absent()
    {
        var data = new CaseData("case", Row(4), new byte[4], annotated: 0);
        var (labels, _) = Relabel(data, [-5, -4, -3, -2], 1, 1, new RelabelSettings { Keep = true, Negatives = 1 }, earlier: [0, 1, 0, 0]);
        Assert.Equal([0u, 1u, 0u, 0u], labels.Pseudo.InWords());
        Assert.Equal([1u, 0u, 1u, 1u], labels.Absent!.InWords());
    }

    [Fact]
    public void Without_the_setting_there_are_none_and_where_no_truth_is_known_none_is_judged()
    {
        var data = new CaseData("case", Row(4), new byte[4], annotated: 0, truth: 0);
        Assert.Null(Relabel(data, [-5, -4, -3, 2], 1, 1, new RelabelSettings()).Labels.Absent);
        OrganRound organ = Relabel(data, [-5, -4, -3, 2], 1, 1, new RelabelSettings { Negatives = 0.7 }).Organs[0];
        Assert.Equal((2, 0, 0), (organ.Absent, organ.AbsentJudged, organ.AbsentWrong));
        Assert.True(double.IsNaN(organ.AbsentError));
    }

    private static Volume Row(int voxels) => new(Geometry.Regular(1, 1, voxels, 1, 1, 1), new float[voxels]);

    private static (CaseLabels Labels, IReadOnlyList<OrganRound> Organs) Relabel(
        CaseData data, float[] logits, int organs, double gamma, RelabelSettings settings, uint[]? earlier = null)
    {
        SlicePass pass = (_, visit, _) => visit(0, logits);
        ISelectionRule rule = settings.Select == Selections.Volume ? new VolumeRule(pass, organs) : new ScoreRule(pass);
        rule.Learn([new CaseData("drawn", Row(9), [2, 2, 2, 2, 2, 0, 0, 0, 0], annotated: 0b10)], TestContext.Current.CancellationToken);
        using var relabeller = new Relabeller(rule, settings, organs, () => Backends.Open("scalar"));
        return relabeller.Relabel(data, gamma, earlier is null ? null : Bits.Runs(earlier, earlier.Length),
            TestContext.Current.CancellationToken);
    }
}
