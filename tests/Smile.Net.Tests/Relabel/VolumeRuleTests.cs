using Smile.Kernels.Backend;
using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;
using Smile.Net.Tests.Data;

namespace Smile.Net.Tests.Relabel;

/// <summary>As many of the highest scores as the organ's mean annotated volume says, against sorting by hand.</summary>
public sealed class VolumeRuleTests
{
    private const int Depth = 3, Height = 4, Width = 5, Organs = 2;

    [Theory]
    [InlineData(0.33, 1.0)]
    [InlineData(0.66, 1.0)]
    [InlineData(1.0, 1.0)]
    [InlineData(0.66, 2.5)] // mm between slices: fewer voxels are as much
    [InlineData(0.0, 1.0)]
    public void The_highest_scores_are_taken_whether_they_are_predicted_as_the_organ_or_not(double gamma, double thick)
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var rng = new Rng(seed);
            var grid = Geometry.Regular(Depth, Height, Width, thick, 1, 1);
            float[] logits = [.. Enumerable.Range(0, (int)grid.Voxels * Organs).Select(_ => rng.Next(15) - 9f)]; // many are equal
            logits[rng.Next(logits.Length)] = float.NaN;
            byte[] labels = [.. Enumerable.Range(0, (int)grid.Voxels).Select(_ => rng.Next(8) == 0 ? Labels.Ignore : Labels.Background)];
            // Volumes of organ 0: 12, 0 and 21 mm3; organ 1 is annotated nowhere.
            CaseData[] drawn = [Drawn(12, annotated: 1), Drawn(0, annotated: 1), Drawn(21, annotated: 1)];
            var data = new CaseData("case", new Volume(grid, new float[grid.Voxels]), labels, annotated: 0);
            var (pseudo, organs) = Relabel(Learnt(Pass(logits), drawn), data, gamma);

            int[] first = Highest(logits, labels, organ: 0, -4, (int)Math.Floor(gamma * 11 / thick));
            int positives = Highest(logits, labels, organ: 1, 0, int.MaxValue).Length;
            int[] second = Highest(logits, labels, organ: 1, 0, (int)Math.Floor(gamma * positives));
            Assert.Equal(Enumerable.Range(0, labels.Length).Select(v => (first.Contains(v) ? 1u : 0) | (second.Contains(v) ? 2u : 0)),
                pseudo);
            Assert.Equal((first.Length, second.Length), (organs[0].Selected, organs[1].Selected));
            Assert.Equal(positives, organs[1].Candidates);
        }
    }

    [Fact]
    public void There_are_never_more_than_candidates_and_what_lies_deep_is_none()
    {
        float[] logits = [.. Enumerable.Repeat(-4f, Depth * Height * Width * Organs)];
        (logits[8 * Organs], logits[30 * Organs]) = (-3.99f, -0.5f);
        var grid = Geometry.Regular(Depth, Height, Width, 1, 1, 1);
        var data = new CaseData("case", new Volume(grid, new float[grid.Voxels]), new byte[grid.Voxels], annotated: 0);
        var (pseudo, organs) = Relabel(Learnt(Pass(logits), Drawn(100, annotated: 1)), data, 1);
        Assert.Equal([8, 30], Enumerable.Range(0, pseudo.Length).Where(v => pseudo[v] != 0));
        Assert.Equal((2, 2), (organs[0].Candidates, organs[0].Selected));
    }

    [Theory]
    [InlineData(1.0, 0.5)]
    [InlineData(4.0, 0.5)]
    [InlineData(1.0, 1.0)]
    public void A_slice_is_expected_to_show_the_mean_cross_section(double thick, double gamma)
    {
        // 12 + 6 mm3 in one and two slices of 1 mm: a cross-section of 6 mm2, whatever a case's number of slices.
        float[] logits = [.. Enumerable.Range(0, Depth * Height * Width * Organs).Select(at => at / Organs % 7 - 3f)];
        CaseData[] drawn = [Drawn(12, annotated: 1), new CaseData("two", new Volume(Geometry.Regular(2, 1, 50, 1, 1, 1), new float[100]),
            [.. Enumerable.Range(0, 100).Select(v => v is > 47 and < 54 ? Labels.Of(0) : Labels.Background)], annotated: 1)];
        var grid = Geometry.Regular(Depth, Height, Width, thick, 1, 1);
        var data = new CaseData("case", new Volume(grid, new float[grid.Voxels]), new byte[grid.Voxels], annotated: 0);
        VolumeRule perSlice = new(Pass(logits), Organs, VolumeBases.Slice);
        perSlice.Learn(drawn, TestContext.Current.CancellationToken);
        int number = (int)Math.Floor(gamma * 6 * Depth); // the slices' distance is in both the height and the voxel
        int[] expected = Highest(logits, new byte[grid.Voxels], organ: 0, -4, number);
        var (pseudo, organs) = Relabel(perSlice, data, gamma);
        Assert.Equal(number, organs[0].Selected);
        Assert.Equal(expected.Order(), Enumerable.Range(0, pseudo.Length).Where(v => (pseudo[v] & 1) != 0));
        Assert.Equal((int)Math.Floor(gamma * 9 / thick), Relabel(Learnt(Pass(logits), drawn), data, gamma).Organs[0].Selected);
    }

    [Fact]
    public void An_organ_that_is_always_absent_gets_nothing_and_each_round_learns_anew()
    {
        float[] logits = [.. Enumerable.Repeat(9f, Depth * Height * Width * Organs)];
        var grid = Geometry.Regular(Depth, Height, Width, 1, 1, 1);
        var data = new CaseData("case", new Volume(grid, new float[grid.Voxels]), new byte[grid.Voxels], annotated: 0);
        VolumeRule rule = Learnt(Pass(logits), Drawn(50, annotated: 1));
        rule.Learn([Drawn(0, annotated: 1)], TestContext.Current.CancellationToken);
        Assert.Equal(0, Relabel(rule, data, 1).Organs[0].Selected);
    }

    /// <summary>The first so many of an organ's open voxels above the floor, ordered by score, then by voxel.</summary>
    private static int[] Highest(float[] logits, byte[] labels, int organ, float floor, int number) =>
        [.. Enumerable.Range(0, labels.Length).Where(v => labels[v] != Labels.Ignore && logits[v * Organs + organ] > floor)
            .OrderByDescending(v => logits[v * Organs + organ]).ThenBy(v => v).Take(number)];

    private static CaseData Drawn(int voxels, uint annotated) =>
        new("drawn", new Volume(Geometry.Regular(1, 1, 100, 1, 1, 1), new float[100]),
            [.. Enumerable.Range(0, 100).Select(v => v < voxels ? Labels.Of(0) : Labels.Background)], annotated);

    private static VolumeRule Learnt(SlicePass pass, params CaseData[] drawn)
    {
        var rule = new VolumeRule(pass, Organs);
        rule.Learn(drawn, TestContext.Current.CancellationToken);
        return rule;
    }

    private static (uint[] Pseudo, IReadOnlyList<OrganRound> Organs) Relabel(VolumeRule rule, CaseData data, double gamma)
    {
        using var relabeller = new Relabeller(rule, new RelabelSettings(), Organs, () => Backends.Open("scalar"));
        var (labels, organs) = relabeller.Relabel(data, gamma, earlier: null, TestContext.Current.CancellationToken);
        return (labels.Pseudo.InWords(), organs);
    }

    private static SlicePass Pass(float[] logits) => (_, visit, _) =>
    {
        const int Slice = Height * Width * Organs;
        for (int z = 0; z < Depth; z++)
            visit(z, logits.AsSpan(z * Slice, Slice));
    };
}
