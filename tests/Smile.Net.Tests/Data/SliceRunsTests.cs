using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class SliceRunsTests
{
    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(3, 7, 2)]
    [InlineData(4, 130, 3)]
    [InlineData(2, 200_000, 1)] // runs longer than 65535
    [InlineData(3, 70_000, 40)]
    public void What_goes_in_comes_out_slice_by_slice_and_as_a_whole(int depth, int pixels, int values)
    {
        uint[] voxels = Random(depth * pixels, values);
        var runs = SliceRuns.Of<uint>(voxels, pixels);
        Assert.Equal((pixels, depth, depth * pixels), (runs.Pixels, runs.Depth, runs.Length));
        Assert.Equal(voxels, runs.ToArray());
        uint[] slice = new uint[pixels];
        for (int z = 0; z < depth; z++)
        {
            Array.Fill(slice, uint.MaxValue);
            runs.Decode(z, slice);
            Assert.Equal(voxels[(z * pixels)..((z + 1) * pixels)], slice);
        }

        Assert.Equal(voxels.Select(value => value + 5), runs.Map(value => value + 5).ToArray());
    }

    [Fact]
    public void Values_are_counted_and_found_as_in_the_voxels_themselves()
    {
        byte[] voxels = [.. Random(5 * 300, 4).Select(value => (byte)value)];
        var runs = SliceRuns.Of<byte>(voxels, 300);
        for (byte value = 0; value < 6; value++)
        {
            Assert.Equal(voxels.Count(v => v == value), runs.Count(value));
            Assert.Equal(voxels.Contains(value), runs.Contains(value));
            for (int z = 0; z < 5; z++)
            {
                int[] places = [.. Enumerable.Range(0, 300).Where(p => voxels[z * 300 + p] == value)];
                Assert.Equal(places.Length, runs.Count(z, value));
                Assert.Equal(places.Length > 0, runs.Contains(z, value));
                Assert.Equal(places, Enumerable.Range(0, places.Length).Select(n => runs.IndexOf(z, value, n)));
                Assert.Equal(-1, runs.IndexOf(z, value, places.Length));
            }
        }
    }

    [Fact]
    public void A_label_map_of_few_organs_takes_a_small_part_of_a_byte_a_voxel()
    {
        byte[] voxels = new byte[10 * 512 * 512];
        for (int v = 0; v < voxels.Length; v++)
        {
            int y = v / 512 % 512, x = v % 512;
            voxels[v] = (y - 250) * (y - 250) + (x - 200) * (x - 200) < 120 * 120 ? (byte)1 : (byte)0;
        }

        Assert.InRange(SliceRuns.Of<byte>(voxels, 512 * 512).Bytes, 1, voxels.Length / 100);
    }

    [Fact]
    public void Runs_that_are_not_those_of_whole_slices_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SliceRuns.Of<byte>(new byte[7], 2));
        Assert.Equal([1, 1, 2, 3], SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 1], [1, 3])!.ToArray());
        Assert.Null(SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 1], [1, 2])); // runs are left over
        Assert.Null(SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 1], [1, 4])); // one is missing
        Assert.Null(SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 1], [2, 1, 3])); // slices go back
        Assert.Null(SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 2], [1, 3])); // a slice is too long
        Assert.Null(SliceRuns<byte>.From(2, [1, 2], [2, 1, 1], [1, 2]));
        Assert.Null(SliceRuns<byte>.From(2, [1, 2, 3], [2, 1, 1], []));
    }

    private static uint[] Random(int count, int values)
    {
        var rng = new Rng(5);
        var voxels = new uint[count];
        for (int v = 0; v < count; v++)
            voxels[v] = v > 0 && rng.NextDouble() < 0.7 ? voxels[v - 1] : (uint)rng.Next(values);
        return voxels;
    }
}
