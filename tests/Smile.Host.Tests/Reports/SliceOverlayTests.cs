using Smile.Host.Imaging;
using Smile.Host.Reports;
using Smile.Net.Data;

namespace Smile.Host.Tests.Reports;

public sealed class SliceOverlayTests
{
    private static readonly (double, double) _window = (-100, 100);
    private static readonly Colour[] _colours = OrganColours.Of(["liver", "stomach"]);

    /// <summary>2 slices of 2 x 3; HU grows with the index, the last voxel is above the window.</summary>
    private static Volume Volume() =>
        new(Geometry.Regular(2, 2, 3, 1, 1, 1), [0, 0, 0, 0, 0, 0, -100, -50, 0, 50, 100, 900]);

    [Fact]
    public void The_patients_right_is_on_the_left_and_anterior_on_top()
    {
        var picture = SliceOverlay.Draw(Volume(), 1, [], _colours, _window);
        Assert.Equal(new Colour(0, 0, 0), picture[2, 1]); // voxel x = 0, y = 0
        Assert.Equal(new Colour(255, 255, 255), picture[0, 0]); // voxel x = 2, y = 1
        Assert.Equal(new Colour(127, 127, 127), picture[0, 1]); // voxel x = 2, y = 0: 0 HU, the middle of the window
    }

    [Fact]
    public void An_organ_covers_the_grey_by_60_percent_and_ignored_voxels_stay_grey()
    {
        byte[] labels = [0, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0, 2];
        var picture = SliceOverlay.Draw(Volume(), 1, labels, _colours, _window);
        Assert.Equal(_colours[0].Over(new Colour(0, 0, 0), 0.6), picture[2, 1]);
        Assert.Equal(_colours[1].Over(new Colour(255, 255, 255), 0.6), picture[0, 0]);
        Assert.Equal(new Colour(63, 63, 63), picture[1, 1]);
    }

    [Fact]
    public void Added_pseudo_labels_are_visible_over_any_grey()
    {
        var added = new VoxelBits([0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0], 12);
        var picture = SliceOverlay.Draw(Volume(), 1, [], _colours, _window, added);
        Assert.Equal(new Colour(255, 255, 255), picture[2, 1]);
        Assert.Equal(_colours[1], picture[1, 1]);
    }

    [Fact]
    public void The_ambiguity_map_tells_organ_certain_background_and_ignored_apart()
    {
        VoxelBits isOrgan = new([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 12), isKnown = new([0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0], 12);
        var picture = SliceOverlay.DrawAmbiguity(Volume(), 1, 0, isOrgan, isKnown, _colours[0], _window);
        Assert.Equal(_colours[0].Over(new Colour(0, 0, 0), 0.6), picture[2, 1]);
        Assert.Equal(new Colour(63, 63, 63), picture[1, 1]);
        Assert.NotEqual(picture[0, 1].R, picture[0, 1].B); // ignored: tinted
    }

    [Theory]
    [InlineData(0, 1, new byte[] { 1, 0, 0, 0, 0, 0, 255, 255, 3, 0, 0, 0 })] // ignored and undeclared labels count nothing
    [InlineData(1, 1.25, new byte[] { 1, 1, 1, 1, 0, 0, 1, 2, 0, 0, 0, 0 })] // a small organ counts as much as a large one
    [InlineData(1, 2, new byte[] { 2, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0 })]
    public void The_fullest_slice_shows_the_most_of_each_organ(int expected, double shown, byte[] labels) =>
        Assert.Equal((expected, shown), SliceOverlay.FullestSlice(Volume().Geometry, labels, organs: 2));

    [Fact]
    public void The_papers_organs_have_the_papers_colours_and_all_differ()
    {
        var colours = OrganColours.Of(["spleen", "liver", "pancreas", "left kidney", "stomach"]);
        Assert.Equal([OkabeIto.Blue, OkabeIto.Vermilion, OkabeIto.Green], [colours[1], colours[2], colours[4]]);
        Assert.Equal(colours.Length, colours.Distinct().Count());
    }
}
