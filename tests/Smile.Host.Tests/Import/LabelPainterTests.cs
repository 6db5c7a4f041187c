using Smile.Host.Imaging.Dicom;
using Smile.Host.Import;
using Smile.Host.Tests.Imaging.Dicom;

namespace Smile.Host.Tests.Import;

/// <summary>What the voxels of a label map become that regions claim, or may claim.</summary>
public sealed class LabelPainterTests : DicomFolder
{
    private static readonly SourceRegion Liver = new("a"), Stomach = new("b"), LeftLobe = new("c"), Ignored = new("d");

    private static readonly RegionMapping Mapping = new([(Liver, "liver"), (Stomach, "stomach"), (LeftLobe, "liver"), (Ignored, null)]);

    [Fact]
    public void What_two_organs_claim_is_ignored_and_what_is_in_doubt_is_unless_another_organ_is_there()
    {
        foreach (bool doubtFirst in new[] { true, false })
        {
            (RegionMask liver, RegionMask stomach) = (Mask("i?i??. "), Mask("ii?i.? "));
            (SourceRegion, RegionMask)[] regions = [(Liver, liver), (Stomach, stomach)];
            (LabelPainter painter, CaseNotes notes) = Paint(doubtFirst ? regions : [.. regions.Reverse()]);
            //           both claim, the other's doubt loses on either side, both doubt, one doubts
            Assert.Equal([255, 2, 1, 2, 255, 255, 0], painter.Voxels[..7]);
            Assert.Equal(0b11u, painter.Annotated);
            Assert.Equal(3, notes.All.Count);
            Assert.Contains("liver: 1 voxel in doubt, set to ignore.", notes.All);
            Assert.Contains("stomach: 1 voxel in doubt, set to ignore.", notes.All);
            Assert.Contains(notes.All, note => note.Contains("1 voxel that another organ claims too", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Doubt_of_an_organ_that_is_not_annotated_changes_nothing_and_that_of_a_part_counts_for_the_whole()
    {
        RegionMask lost = Mask("??");
        lost.IsAnnotated = false;
        (LabelPainter alone, CaseNotes none) = Paint([(Liver, lost), (Stomach, Mask(".i"))]);
        Assert.Equal([0, 2, 0], alone.Voxels[..3]);
        Assert.Equal(0b10u, alone.Annotated);
        Assert.Empty(none.All);
        (LabelPainter part, CaseNotes told) = Paint([(Liver, lost), (LeftLobe, Mask("..i"))]);
        Assert.Equal([255, 255, 1], part.Voxels[..3]);
        Assert.Equal(0b01u, part.Annotated);
        Assert.Equal("liver: 2 voxels in doubt, set to ignore.", Assert.Single(told.All));
    }

    [Fact]
    public void What_may_be_one_of_several_organs_is_ignored_and_an_ignored_region_is_not_there()
    {
        RegionMask doubt = Mask("?.");
        (LabelPainter painter, CaseNotes notes) = Paint([(Liver, doubt), (Stomach, doubt), (Ignored, Mask(".i")), (LeftLobe, doubt)]);
        Assert.Equal([255, 0], painter.Voxels[..2]);
        Assert.Equal("several organs: 1 voxel in doubt, set to ignore.", Assert.Single(notes.All));
    }

    private (LabelPainter Painter, CaseNotes Notes) Paint((SourceRegion Region, RegionMask Mask)[] regions)
    {
        var painter = new LabelPainter(Series.Geometry, Mapping);
        foreach ((SourceRegion region, RegionMask mask) in regions)
            painter.Add(region, mask);
        var notes = new CaseNotes();
        painter.Finish(notes);
        return (painter, notes);
    }

    private CtStack Series => _series ??= Stack(new CtImage(), 1);

    private CtStack? _series;

    /// <summary>The first voxels: i inside, ? in doubt.</summary>
    private RegionMask Mask(string voxels)
    {
        var mask = new RegionMask(Series) { IsAnnotated = true };
        for (int at = 0; at < voxels.Length; at++)
            mask.Voxels[at] = voxels[at] switch { 'i' => RegionMask.Inside, '?' => RegionMask.Doubt, _ => RegionMask.Outside };
        return mask;
    }
}
