using Smile.Net.Augment;

namespace Smile.Net.Tests.Augment;

public sealed class PlaneMapTests
{
    private static readonly AugmentSettings _still = new() { Shift = 0, RotationShare = 1, ScaleShare = 1 };

    [Fact]
    public void Without_a_change_every_pixel_is_its_voxel()
    {
        (float[] image, int[] voxels) = Mapped(_still, 5, 7, 5, 7);
        Assert.Equal(Enumerable.Range(0, 35), voxels);
        Assert.Equal(Enumerable.Range(0, 35).Select(i => (float)i), image);
    }

    [Fact]
    public void A_crop_begins_where_it_is_told_and_what_lies_outside_is_no_voxel()
    {
        (float[] image, int[] voxels) = Mapped(_still, 3, 3, 4, 4, top: 2, left: -1);
        Assert.Equal([-1, 8, 9, -1, 12, 13, -1, -1, -1], voxels);
        Assert.Equal([-7, 8, 9, -7, 12, 13, -7, -7, -7], image);
    }

    [Fact]
    public void A_mirrored_slice_is_mirrored_round_its_own_middle()
    {
        (_, int[] voxels) = Mapped(_still, 2, 3, 2, 3, flip: true);
        Assert.Equal([2, 1, 0, 5, 4, 3], voxels);
    }

    [Fact]
    public void At_twice_the_size_a_pixel_is_half_a_voxel()
    {
        // log(2) is drawn alone: low and high of the logarithm are the same.
        (float[] image, int[] voxels) = Mapped(_still with { ScaleLow = 2, ScaleHigh = 2 }, 3, 3, 3, 3);
        Assert.Equal([2, 2.5f, 3, 3.5f, 4, 4.5f, 5, 5.5f, 6], image.Select(v => MathF.Round(v, 4)));
        Assert.Equal(4, voxels[4]);
    }

    [Theory]
    [InlineData(90, new[] { 6, 3, 0, 7, 4, 1, 8, 5, 2 }, new[] { 2, 5, 8, 1, 4, 7, 0, 3, 6 })]
    [InlineData(180, new[] { 8, 7, 6, 5, 4, 3, 2, 1, 0 }, new[] { 8, 7, 6, 5, 4, 3, 2, 1, 0 })]
    public void Quarter_turns_take_voxels_to_voxels(double angle, int[] oneWay, int[] otherWay)
    {
        // The angle is drawn between its bounds: seeds are tried until one meets them.
        for (ulong seed = 0; ; seed++)
        {
            var rng = new Rng(seed);
            rng.NextDouble();
            double drawn = rng.Uniform(-angle, angle);
            if (Math.Abs(drawn) < angle - 2)
                continue;
            var map = new PlaneMap(3, 3);
            map.Draw(_still with { Rotation = angle }, 0, 0, false, new Rng(seed));
            var voxels = new int[9];
            map.Nearest(3, 3, voxels);
            Assert.Equal(drawn > 0 ? oneWay : otherWay, voxels);
            return;
        }
    }

    [Fact]
    public void Images_and_labels_meet_at_every_map()
    {
        // The image holds the index of a ramp that is linear in the plane, so that its bilinear value tells where a pixel lies.
        var settings = AugmentPresets.Of(AugmentPresets.Light) with { Shear = 10, Elastic = 2 };
        const int Size = 33;
        float[] down = [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i / Size))];
        float[] right = [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i % Size))];
        for (ulong seed = 0; seed < 20; seed++)
        {
            var map = new PlaneMap(Size, Size);
            map.Draw(settings, 0, 0, seed % 2 == 0, new Rng(seed));
            float[] rows = new float[Size * Size], columns = new float[Size * Size];
            var voxels = new int[Size * Size];
            map.Resample(down, Size, Size, float.NaN, rows);
            map.Resample(right, Size, Size, float.NaN, columns);
            map.Nearest(Size, Size, voxels);
            int met = 0;
            for (int i = 0; i < voxels.Length; i++)
            {
                if (float.IsNaN(rows[i]))
                    continue;
                Assert.True(voxels[i] >= 0);
                Assert.True(Math.Abs(voxels[i] / Size - rows[i]) <= 0.501f && Math.Abs(voxels[i] % Size - columns[i]) <= 0.501f);
                met++;
            }

            Assert.InRange(met, Size * Size / 4, Size * Size);
        }
    }

    private static (float[] Image, int[] Voxels) Mapped(
        AugmentSettings settings, int height, int width, int rows, int columns, int top = 0, int left = 0, bool flip = false)
    {
        var map = new PlaneMap(height, width);
        map.Draw(settings, top, left, flip, new Rng(1));
        var image = new float[height * width];
        var voxels = new int[height * width];
        map.Resample([.. Enumerable.Range(0, rows * columns).Select(i => (float)i)], rows, columns, -7, image);
        map.Nearest(rows, columns, voxels);
        return (image, voxels);
    }
}
