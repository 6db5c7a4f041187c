using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class NeighbouringSlicesTests
{
    public static TheoryData<int, int, int, bool> Cases =>
        new MatrixTheoryData<int, int, int, bool>([1, 2, 3, 7, 11], [1, 3, 5], [1, 2, 3, 8], [false, true]);

    [Theory, MemberData(nameof(Cases))]
    public void Each_slice_has_its_neighbours_from_the_lowest_up_and_each_is_read_once(int depth, int slices, int batch, bool downward)
    {
        using var slabs = new Numbered(depth, downward);
        var neighbours = new NeighbouringSlices(slabs, slices, batch);
        for (int first = 0; first < depth; first += batch)
        {
            int count = Math.Min(batch, depth - first);
            neighbours.Advance(first, count);
            for (int n = first; n < first + count; n++)
                for (int c = 0; c < slices; c++)
                {
                    int z = Math.Clamp(slabs.SliceAt(n) + c - slices / 2, 0, depth - 1);
                    Assert.Equal([z, z, z, z, z, z], neighbours.Slice(n, c).ToArray().Select(value => (int)value));
                }
        }

        Assert.Equal(depth, slabs.Asked);
    }

    /// <summary>Every voxel is its z; each slice may be asked for once, in order.</summary>
    private sealed class Numbered(int depth, bool downward) : ISlabReader
    {
        public int Asked { get; private set; }

        public Geometry Geometry { get; } = Geometry.Regular(depth, 2, 3, 1, 1, 1);

        public int SliceAt(int n) => downward ? depth - 1 - n : n;

        public void Read(int n, int count, float[] slab)
        {
            Assert.Equal(Asked, n);
            Assert.InRange(n + count, 1, depth);
            for (int i = 0; i < count * 6; i++)
                slab[i] = SliceAt(n + i / 6);
            Asked += count;
        }

        public void Dispose()
        {
        }
    }
}
