using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Data;
using Smile.Net.Relabel;

namespace Smile.Host.Tests.Reports;

public sealed class ProposalPageTests
{
    private static readonly Colour Red = new(255, 0, 0);

    [Fact]
    public void An_outline_runs_inside_its_voxels_and_the_patients_right_is_on_the_left()
    {
        // Two voxels side by side in a row of four: x 2 and 3, the patient's right.
        var volume = new Volume(Geometry.Regular(1, 2, 4, 1, 1, 1), new float[8]);
        Picture picture = OutlinePicture.Draw(volume, 0, new SliceBox(0, 0, 4, 2), 3, (0, 100), [new Outlined(v => v is 2 or 3, Red)]);
        // Row y = 0 is posterior: the lower one. Columns from the left: x 3, 2, 1, 0.
        string[] expected =
        [
            "............",
            "............",
            "............",
            "######......",
            "#....#......",
            "######......",
        ];
        Assert.Equal(expected,
            Enumerable.Range(0, 6).Select(y => string.Concat(Enumerable.Range(0, 12).Select(x => picture[x, y] == Red ? '#' : '.'))));
    }

    [Fact]
    public void A_box_holds_what_is_inside_with_a_margin_within_the_slice()
    {
        Geometry geometry = Geometry.Regular(2, 6, 8, 1, 1, 1);
        Assert.Equal(new SliceBox(4, 0, 4, 4), SliceBox.Around(geometry, v => v == 48 + 8 + 6, 2));
        Assert.Equal(new SliceBox(0, 0, 8, 6), SliceBox.Around(geometry, _ => false, 2));
    }

    [Theory]
    [InlineData(true, true, new[] { 1, 3 }, 3)]
    [InlineData(true, false, new[] { 2, 4 }, 2)]
    [InlineData(false, true, new[] { 1, 3 }, 3)]
    [InlineData(false, false, new int[0], 0)]
    public void Slices_are_spread_over_what_is_proposed_and_what_is_hidden(bool proposed, bool truth, int[] expected, int panels)
    {
        // Proposed in slices 1 to 4, hidden in 0 to 3; organ 0 is annotated and nowhere.
        Geometry geometry = Geometry.Regular(5, 4, 4, 1, 1, 1);
        var labels = new byte[80];
        var pseudo = new VoxelBits(2, 80);
        for (int z = 0; z < 4; z++)
        {
            labels[z * 16 + 5] = truth ? Labels.Of(1) : Labels.Background;
            if (proposed)
                pseudo.Add((z + 1) * 16 + 6, 1);
        }

        var data = new CaseData("case", new Volume(geometry, new float[80]), labels, annotated: 1);
        var slices = ProposalPage.Slices(data, new CaseLabels(pseudo, labels, [float.NaN, 0]), 1, ["liver", "pancreas"], (-160, 240),
            most: 2);
        Assert.Equal(expected, slices.Select(slice => slice.Z));
        Assert.All(slices, slice => Assert.Equal(panels, slice.Panels.Count));
    }

    [Theory]
    [InlineData(1, "One subject proves nothing about accuracy")]
    [InlineData(2, "Two subjects prove nothing about accuracy")]
    [InlineData(10, null)]
    public void A_few_subjects_prove_nothing(int subjects, string? expected)
    {
        string? caution = ProposalPage.Caution(subjects);
        Assert.True(expected is null ? caution is null : caution!.StartsWith(expected, StringComparison.Ordinal), caution);
    }
}
