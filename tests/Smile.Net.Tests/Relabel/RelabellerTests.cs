using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Relabel;

/// <summary>Each rule of a round (docs/maths.md) on volumes of a few voxels with logits written down.</summary>
public sealed class RelabellerTests
{
    private const uint Organ0 = 1, Organ1 = 2, Organ2 = 4;

    [Theory]
    [InlineData(1, 2, 0.66, 0.33)]
    [InlineData(2, 2, 0.66, 0.66)]
    [InlineData(1, 3, 1.0, 1.0 / 3)]
    [InlineData(3, 3, 1.0, 1.0)]
    public void Gamma_grows_by_rounds_to_its_maximum(int round, int rounds, double most, double gamma) =>
        Assert.Equal(gamma, Relabeller.Gamma(round, new RelabelSettings { Rounds = rounds, GammaMax = most }), 1e-15);

    [Theory]
    [InlineData(0.33, 3)]
    [InlineData(0.39, 3)]
    [InlineData(0.66, 6)]
    [InlineData(0.05, 0)]
    [InlineData(1.0, 10)]
    public void The_floor_of_gamma_times_the_candidates_is_taken_highest_first(double gamma, int selected)
    {
        float[] scores = [1, 5, 3, 9, 7, 2, 10, 8, 6, 4];
        var (labels, organs) = Relabel(Row(10, annotated: 0), gamma, scores);
        Assert.Equal((10, selected), (organs[0].Candidates, organs[0].Selected));
        Assert.Equal(scores.Select(score => score > 10 - selected ? Organ0 : 0), labels.Pseudo.InWords());
    }

    [Fact]
    public void Equal_scores_go_to_the_lowest_voxel()
    {
        var (labels, _) = Relabel(Row(6, annotated: 0), 0.5, [2, 1, 2, 2, 2, 1]);
        Assert.Equal([Organ0, 0u, Organ0, Organ0, 0u, 0u], labels.Pseudo.InWords());
    }

    [Fact]
    public void Only_voxels_above_one_half_are_candidates()
    {
        var (labels, organs) = Relabel(Row(5, annotated: 0), 1, [0, 1e-6f, -1, float.NaN, 4]);
        Assert.Equal([0u, Organ0, 0u, 0u, Organ0], labels.Pseudo.InWords());
        Assert.Equal(2, organs[0].Candidates);
    }

    [Fact]
    public void Logits_that_one_probability_cannot_tell_apart_are_still_ranked()
    {
        // Both sigmoids are 1 in float32; the second is the higher score.
        var (labels, _) = Relabel(Row(2, annotated: 0), 0.5, [40, 50]);
        Assert.Equal([0u, Organ0], labels.Pseudo.InWords());
    }

    [Fact]
    public void What_is_certain_is_no_candidate_and_is_never_overwritten()
    {
        // Organ 0 is annotated, organs 1 and 2 are not. Voxel 0: organ 0, so certainly not 1 or 2. Voxel 3: ignore.
        CaseData data = Row(4, annotated: Organ0, labels: [Labels.Of(0), Labels.Background, Labels.Background, Labels.Ignore]);
        float[] scores = [9, 9, 9, 9, 9, -9, 9, -9, 9, 9, 9, 9];
        var (labels, organs) = Relabel(data, 1, scores, organs: 3);
        Assert.Equal([0u, Organ1, Organ2, 0u], labels.Pseudo.InWords());
        Assert.Equal([Labels.Of(0), Labels.Of(1), Labels.Of(2), Labels.Ignore], labels.Labels);
        Assert.Equal([0L, 1L, 1L], organs.Select(o => o.Candidates));
        Assert.Equal([0, 1, 1], organs.Select(o => o.Cases));
    }

    [Fact]
    public void An_annotated_organ_gets_no_pseudo_label_where_it_is_absent()
    {
        var (labels, organs) = Relabel(Row(3, annotated: Organ0), 1, [9, 9, 9]);
        Assert.All(labels.Pseudo.InWords(), word => Assert.Equal(0u, word));
        Assert.Equal(0, organs[0].Candidates);
    }

    [Fact]
    public void The_hidden_truth_is_not_looked_at()
    {
        float[] scores = [9, 1, 5, 7, 3, 8, -1, 2];
        var (with, _) = Relabel(Row(4, annotated: 0, labels: [Labels.Of(0), Labels.Of(1), 0, Labels.Of(0)]), 0.5, scores, organs: 2);
        var (without, _) = Relabel(Row(4, annotated: 0), 0.5, scores, organs: 2);
        Assert.Equal(without.Pseudo.InWords(), with.Pseudo.InWords());
        Assert.Equal(without.Labels, with.Labels);
    }

    [Fact]
    public void Organs_may_overlap_and_the_exported_label_is_the_highest_score()
    {
        var (labels, _) = Relabel(Row(3, annotated: 0), 1, [1, 2, 4, 3, 5, 5], organs: 2);
        Assert.Equal([Organ0 | Organ1, Organ0 | Organ1, Organ0 | Organ1], labels.Pseudo.InWords());
        Assert.Equal([Labels.Of(1), Labels.Of(0), Labels.Of(0)], labels.Labels);
    }

    [Fact]
    public void Labels_are_rebuilt_each_round_unless_they_are_to_be_kept()
    {
        uint[] earlier = [Organ0, 0, Organ0, Organ0];
        float[] scores = [-3, 5, 4, -1];
        CaseData data = Row(4, annotated: Organ1, labels: [0, 0, 0, Labels.Of(1)]);
        var (rebuilt, _) = Relabel(data, 0.5, [.. scores.SelectMany(s => new[] { s, -9f })], organs: 2, earlier: earlier);
        Assert.Equal([0u, Organ0, 0u, 0u], rebuilt.Pseudo.InWords());
        var (kept, organs) = Relabel(data, 0.5, [.. scores.SelectMany(s => new[] { s, -9f })], organs: 2, earlier: earlier,
            settings: new RelabelSettings { Keep = true });
        // Voxel 3 is certainly organ 1, whatever an earlier round said; kept voxels are no candidates by that alone.
        Assert.Equal([Organ0, Organ0, Organ0, 0u], kept.Pseudo.InWords());
        Assert.Equal((2, 3), (organs[0].Candidates, organs[0].Selected));
    }

    [Fact]
    public void The_volume_is_ranked_as_a_whole_unless_each_slice_is_to_be()
    {
        // Slice 0 has all the high scores.
        CaseData data = Box(depth: 2, width: 4, annotated: 0, new byte[8]);
        float[] scores = [9, 8, 7, 6, 4, 3, 2, 1];
        Assert.Equal([Organ0, Organ0, Organ0, Organ0, 0u, 0u, 0u, 0u], Relabel(data, 0.5, scores).Labels.Pseudo.InWords());
        var (labels, organs) = Relabel(data, 0.5, scores, settings: new RelabelSettings { PerSlice = true });
        Assert.Equal([Organ0, Organ0, 0u, 0u, Organ0, Organ0, 0u, 0u], labels.Pseudo.InWords());
        Assert.Equal(8, organs[0].Candidates);
    }

    [Fact]
    public void The_model_sees_its_spacing_and_what_is_annotated_on_the_images_grid_stays()
    {
        // A pixel of the model's holds three of the image's.
        byte[] truth = [Labels.Of(1), 0, 0, 0, 0, 0];
        var rule = new ScoreRule((volume, visit, _) =>
        {
            Assert.Equal((1, 2), (volume.Geometry.Height, volume.Geometry.Width));
            Assert.Equal(3, volume.Geometry.Spacing.X, 1e-12);
            visit(0, [-1f, 3f, 1.9f, 3f]);
        });
        using var relabeller = new Relabeller(rule, new RelabelSettings(), 2, () => Backends.Open("scalar"), new PlaneSpacing(1, 3));
        var (labels, organs) = relabeller.Relabel(Row(6, Organ1, truth), 1, null, TestContext.Current.CancellationToken);
        // Organ 0's logits on the image's grid: -1 up to the middle of the first pixel, 1.9 from that of the second, linear between.
        Assert.Equal([0u, 0u, 0u, Organ0, Organ0, Organ0], labels.Pseudo.InWords());
        Assert.Equal([Labels.Of(1), 0, 0, Labels.Of(0), Labels.Of(0), Labels.Of(0)], labels.Labels);
        Assert.Equal((3, 3), (organs[0].Candidates, organs[0].Selected));
        Assert.Equal(0, organs[1].Candidates);
    }

    [Fact]
    public void Precision_and_recall_are_counted_where_the_truth_is_known()
    {
        byte[] truth = [Labels.Of(0), Labels.Of(0), 0, 0, Labels.Of(0)];
        var (_, organs) = Relabel(Row(5, annotated: 0, labels: truth), 1, [3, -1, 2, -1, -1]);
        Assert.Equal(new OrganRound(1, 2, 2, 2, 1, 3), organs[0]);
        Assert.Equal((0.5, 1 / 3.0), (organs[0].Precision, organs[0].Recall));

        var (_, unknown) = Relabel(Row(5, annotated: 0, labels: truth, truth: 0), 1, [3, -1, 2, -1, -1]);
        Assert.Equal((2, double.NaN, double.NaN), (unknown[0].Selected, unknown[0].Precision, unknown[0].Recall));
    }

    private static (CaseLabels Labels, IReadOnlyList<OrganRound> Organs) Relabel(CaseData data, double gamma,
        float[] scores, int organs = 1,
        uint[]? earlier = null, RelabelSettings? settings = null)
    {
        int slice = scores.Length / data.Geometry.Depth;
        var rule = new ScoreRule((volume, visit, _) =>
        {
            for (int z = 0; z < volume.Geometry.Depth; z++)
                visit(z, scores.AsSpan(z * slice, slice));
        });
        using var relabeller = new Relabeller(rule, settings ?? new RelabelSettings(), organs, () => Backends.Open("scalar"));
        OrganRuns? kept = earlier is null ? null : Bits.Runs(earlier, data.Labels.Pixels);
        return relabeller.Relabel(data, gamma, kept, TestContext.Current.CancellationToken);
    }

    private static CaseData Row(int voxels, uint annotated, byte[]? labels = null, uint truth = uint.MaxValue) =>
        Box(1, voxels, annotated, labels ?? new byte[voxels], truth);

    private static CaseData Box(int depth, int width, uint annotated, byte[] labels, uint truth = uint.MaxValue) =>
        new("case", new Volume(Geometry.Regular(depth, 1, width, 1, 1, 1), new float[depth * width]), labels, annotated, truth);
}
