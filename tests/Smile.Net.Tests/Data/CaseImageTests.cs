using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class CaseImageTests
{
    private static readonly Geometry _grid = Geometry.Regular(3, 7, 5, 2, 1, 1);

    [Fact]
    public void Whole_HU_take_two_bytes_a_voxel_and_come_back_bit_by_bit()
    {
        float[] hu = [.. Enumerable.Range(0, 105).Select(i => (float)(i * 600 - 32768))];
        hu[104] = short.MaxValue;
        var image = new CaseImage(new Volume(_grid, hu));
        Assert.True(image.IsWhole);
        Assert.Equal(2 * 105, image.Bytes);
        AssertSame(hu, image);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(32768f)]
    [InlineData(-32769f)]
    [InlineData(65536f)]
    [InlineData(1e10f)]
    [InlineData(-0f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void One_voxel_that_no_short_holds_keeps_the_image_in_float32(float odd)
    {
        for (int at = 0; at < 105; at++)
        {
            float[] hu = [.. Enumerable.Range(0, 105).Select(i => (float)i)];
            hu[at] = odd;
            var image = new CaseImage(new Volume(_grid, hu));
            Assert.False(image.IsWhole);
            Assert.Equal(4 * 105, image.Bytes);
            AssertSame(hu, image);
        }
    }

    [Fact]
    public void A_predictor_reads_what_is_in_the_volume()
    {
        float[] hu = [.. Enumerable.Range(0, 105).Select(i => (float)i)];
        using ISlabReader slabs = new CaseImage(new Volume(_grid, hu)).Slabs();
        float[] slab = new float[3 * 35];
        slabs.Read(1, 2, slab);
        Assert.Equal(hu[35..], slab[..70]);
        Assert.Equal((1, _grid), (slabs.SliceAt(1), slabs.Geometry));
    }

    private static void AssertSame(float[] hu, CaseImage image)
    {
        Assert.Equal(Bits(hu), Bits(image.ToVolume().Voxels));
        float[] slice = new float[35], part = new float[20];
        for (int z = 0; z < 3; z++)
        {
            image.Read(z, slice);
            Assert.Equal(Bits(hu[(35 * z)..(35 * z + 35)]), Bits(slice));
            image.Plane(z, []).Read(11, part);
            Assert.Equal(Bits(slice[11..31]), Bits(part));
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
