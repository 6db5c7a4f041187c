using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class PlaneGridTests
{
    /// <summary>Rows, columns, their spacing and the wanted one, (y, x) mm.</summary>
    public static TheoryData<int, int, double, double, double, double> Grids { get; } = new()
    {
        { 7, 5, 1, 1, 2.7, 2.7 }, // shrinking by 2.7
        { 13, 22, 0.8, 0.8, 3, 3 },
        { 9, 11, 3, 3, 0.8, 0.8 },
        { 8, 8, 1, 1, 2, 2 },
        { 1, 1, 1, 1, 3, 0.4 }, // one pixel
        { 1, 9, 2, 0.7, 1.1, 1.5 },
        { 12, 10, 0.7, 1.9, 1.3, 1.3 }, // not square: shrinks one axis, stretches the other
        { 6, 6, 1, 1, 1, 1.7 }, // one axis stays
        { 5, 4, 1, 1, 40, 40 }, // farther than the image reaches
    };

    [Theory]
    [MemberData(nameof(Grids))]
    public void Middle_and_extent_stay(int height, int width, double dy, double dx, double y, double x)
    {
        (Geometry source, PlaneGrid grid) = Grid(height, width, dy, dx, y, x);
        Geometry result = grid.Of(source);
        Assert.Equal((source.Depth, grid.Height, grid.Width), (result.Depth, result.Height, result.Width));
        Assert.Equal(y, result.Spacing.Y, 1e-9);
        Assert.Equal(x, result.Spacing.X, 1e-9);
        Assert.Equal(source.Spacing.Z, result.Spacing.Z, 1e-12);
        for (int r = 0; r < 3; r++)
            Assert.Equal(Middle(source, r), Middle(result, r), 1e-9);
        Assert.Equal(Math.Max(1, Math.Round(height * dy / y)), grid.Height);
        Assert.Equal(Math.Max(1, Math.Round(width * dx / x)), grid.Width);
        Assert.Equal((height, width), (grid.Back.Height, grid.Back.Width));
        Geometry back = grid.Back.Of(result);
        Assert.True(back.Matches(source, 1e-9));
    }

    [Theory]
    [MemberData(nameof(Grids))]
    public void Pixels_are_area_means_where_they_grow_and_linear_where_they_shrink(
        int height, int width, double dy, double dx, double y, double x)
    {
        (_, PlaneGrid grid) = Grid(height, width, dy, dx, y, x);
        var rng = new Rng(11);
        float[] source = [.. Enumerable.Range(0, height * width * 2).Select(_ => (float)rng.Normal())];
        var result = new float[grid.Height * grid.Width * 2 + 1];
        result[^1] = 77; // beyond the slice: stays
        grid.Numbers(source, result.AsSpan(0, result.Length - 1), channels: 2);
        Assert.Equal(77, result[^1]);
        for (int j = 0; j < grid.Height; j++)
        {
            for (int i = 0; i < grid.Width; i++)
            {
                double[] down = Shares(height, dy, y, grid.Height, j), right = Shares(width, dx, x, grid.Width, i);
                for (int c = 0; c < 2; c++)
                {
                    double expected = 0;
                    for (int r = 0; r < height; r++)
                        for (int s = 0; s < width; s++)
                            expected += down[r] * right[s] * source[(r * width + s) * 2 + c];
                    Assert.Equal(expected, result[(j * grid.Width + i) * 2 + c], 2e-5);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Grids))]
    public void Of_labels_the_one_with_the_largest_share_of_the_box_wins(int height, int width, double dy, double dx, double y, double x)
    {
        (_, PlaneGrid grid) = Grid(height, width, dy, dx, y, x);
        var rng = new Rng(12);
        byte[] source = [.. Enumerable.Range(0, height * width)
            .Select(_ => rng.Next(5) is < 4 and var label ? (byte)label : Labels.Ignore)];
        byte[] result = [.. Enumerable.Repeat((byte)99, grid.Height * grid.Width + 1)];
        grid.Labels(source, result.AsSpan(0, result.Length - 1));
        Assert.Equal(99, result[^1]);
        for (int j = 0; j < grid.Height; j++)
        {
            for (int i = 0; i < grid.Width; i++)
            {
                double[] down = Shares(height, dy, y, grid.Height, j), right = Shares(width, dx, x, grid.Width, i);
                var votes = new double[256];
                for (int v = 0; v < source.Length; v++)
                    votes[source[v]] += down[v / width] * right[v % width];
                // A tie but for rounding may go either way.
                Assert.InRange(votes[result[j * grid.Width + i]], votes.Max() - 1e-6, 1 + 1e-6);
            }
        }
    }

    [Fact]
    public void Ties_go_to_the_smallest_label()
    {
        (_, PlaneGrid grid) = Grid(2, 2, 1, 1, 2, 2);
        var result = new byte[1];
        grid.Labels([3, Labels.Ignore, Labels.Ignore, 3], result);
        Assert.Equal(3, result[0]);
        grid.Labels([3, 0, 0, 3], result);
        Assert.Equal(Labels.Background, result[0]);
    }

    [Fact]
    public void Every_label_that_there_is_may_stand_in_one_box()
    {
        (_, PlaneGrid grid) = Grid(6, 6, 1, 1, 6, 6);
        byte[] source = [.. Enumerable.Range(0, 36).Select(i => i < 33 ? (byte)i : Labels.Ignore)];
        var result = new byte[1];
        grid.Labels(source, result);
        Assert.Equal(Labels.Ignore, result[0]);
    }

    [Fact]
    public void The_same_spacing_but_for_rounding_is_left_alone()
    {
        Geometry grid = Geometry.Regular(2, 512, 512, 5, 0.7421875, 0.7421875);
        Assert.Null(PlaneGrid.To("ct", grid, null));
        Assert.Null(PlaneGrid.To("ct", grid, new PlaneSpacing(0.742188, 0.742187)));
        Assert.NotNull(PlaneGrid.To("ct", grid, new PlaneSpacing(0.744, 0.742187)));
        Assert.Null(PlaneGrid.Between(grid, grid));
    }

    [Fact]
    public void A_spacing_that_is_no_millimetres_is_refused_by_name()
    {
        Geometry grid = Geometry.Regular(1, 512, 512, 1, 700, 700);
        string message = Assert.Throws<DataException>(() => PlaneGrid.To("/data/ct.nii", grid, new PlaneSpacing(0.8, 0.8))).Message;
        Assert.StartsWith("/data/ct.nii: ", message, StringComparison.Ordinal);
        Assert.Contains("700 x 700 mm", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slabs_are_the_slices_of_the_whole()
    {
        var rng = new Rng(13);
        Geometry source = Geometry.Regular(5, 9, 7, 3, 1, 1.2);
        var volume = new Volume(source, [.. Enumerable.Range(0, (int)source.Voxels).Select(_ => (float)rng.Normal())]);
        PlaneGrid grid = PlaneGrid.To("ct", source, new PlaneSpacing(2.5, 0.9))!;
        Volume whole = grid.Image("ct", volume);
        using var slabs = new ResampledSlabs(new VolumeSlabs(volume), grid);
        Assert.True(slabs.Geometry.Matches(whole.Geometry));
        int pixels = grid.Height * grid.Width;
        var slab = new float[2 * pixels];
        for (int n = 0; n < 5; n += 2)
        {
            int count = Math.Min(2, 5 - n);
            slabs.Read(n, count, slab);
            Assert.Equal(whole.Voxels.AsSpan(n * pixels, count * pixels), slab.AsSpan(0, count * pixels));
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0b01u)]
    [InlineData(0b10u)]
    [InlineData(0b11u)]
    public void What_training_sees_of_a_resampled_case_does_not_depend_on_hidden_labels(uint annotated)
    {
        var rng = new Rng(14);
        Geometry source = Geometry.Regular(3, 14, 11, 3, 1, 1);
        byte[] labels = [.. Enumerable.Range(0, (int)source.Voxels).Select(_ => (byte)rng.Next(3))];
        byte[] seen = [.. labels.Select(label => AmbiguityMap.Visible(label, annotated))];
        var volume = new Volume(source, new float[source.Voxels]);
        var spacing = new PlaneSpacing(2.7, 1.6);
        CaseData all = new CaseData("one", volume, labels, annotated, 0b11).At(spacing),
            visible = new CaseData("one", volume, seen, annotated, 0b11).At(spacing);
        byte[] whole = PlaneGrid.To("one", source, spacing)!.Map("one", new LabelMap(source, labels)).Voxels;
        Assert.True(spacing.IsOf(all.Geometry));
        byte[] found = all.Labels.ToArray(), shown = all.VisibleLabels().ToArray();
        Assert.Equal(visible.VisibleLabels().ToArray(), shown);
        for (int v = 0; v < found.Length; v++)
            if (found[v] != shown[v]) // hidden truth stands where it has the largest share
                Assert.Equal(whole[v], found[v]);

        Assert.Equal(annotated != 0b11, !found.SequenceEqual(shown));
        Assert.Same(all, all.At(spacing));
        Assert.Same(all, all.At(null));
        Assert.Equal((all.Annotated, all.Truth, all.Id), (visible.Annotated, visible.Truth, visible.Id));
    }

    [Fact]
    public void The_median_of_an_even_number_is_between_the_two_in_the_middle()
    {
        PlaneSpacing Median(params double[] spacings) => PlaneSpacing.Median(spacings.Select(s => Geometry.Regular(1, 1, 1, 1, s, 2 * s)));
        Assert.Equal(new PlaneSpacing(0.8, 1.6), Median(0.9, 0.7, 0.8));
        Assert.Equal(1, Median(0.5, 4, 0.8, 1.2).Y, 1e-12);
        Assert.Equal("0.8,1.6", Median(0.8).ToString());
        Assert.True(PlaneSpacing.TryParse(Median(0.7421875).ToString(), out PlaneSpacing read));
        Assert.Equal(new PlaneSpacing(0.7421875, 1.484375), read);
    }

    /// <summary>By the definition: the share of each pixel of the source in the box around pixel n.</summary>
    private static double[] Shares(int source, double spacing, double wanted, int count, int n)
    {
        bool same = spacing == wanted;
        double at = same ? n : (source - 1) / 2.0 + (n - (count - 1) / 2.0) * wanted / spacing;
        at = Math.Clamp(at, 0, source - 1);
        double half = Math.Max(1, wanted / spacing) / 2, low = Math.Max(-0.5, at - half), high = Math.Min(source - 0.5, at + half);
        var shares = new double[source];
        for (int k = 0; k < source; k++)
            shares[k] = Math.Max(0, Math.Min(high, k + 0.5) - Math.Max(low, k - 0.5)) / (high - low);
        Assert.Equal(1, shares.Sum(), 1e-12);
        return shares;
    }

    private static double Middle(Geometry g, int r) => g.Affine[4 * r + 3] + g.Affine[4 * r] * (g.Width - 1) / 2.0
        + g.Affine[4 * r + 1] * (g.Height - 1) / 2.0 + g.Affine[4 * r + 2] * (g.Depth - 1) / 2.0;

    private static (Geometry Source, PlaneGrid Grid) Grid(int height, int width, double dy, double dx, double y, double x)
    {
        // Oblique, so that the affine's columns are no axes.
        double c = Math.Cos(0.3), s = Math.Sin(0.3);
        var source = new Geometry(2, height, width, [dx * c, -dy * s, 0, 5, dx * s, dy * c, 0, -7, 0, 0, 3, 11]);
        return (source, PlaneGrid.To("test", source, new PlaneSpacing(y, x))!);
    }
}
