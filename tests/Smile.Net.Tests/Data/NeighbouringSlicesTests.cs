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
        var neighbours = new NeighbouringSlices(slabs, slices, default, batch);
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

    [Theory]
    [InlineData(2.0, 2)] // thin slices: every other one
    [InlineData(3.6, 4)]
    [InlineData(0.5, 1)] // half a slice away: the next
    [InlineData(0.4, 0)] // thick slices: the same one again
    [InlineData(100.0, 100)]
    public void Neighbours_lie_as_far_apart_as_is_asked_for(double mm, int steps)
    {
        foreach (bool downward in (bool[])[false, true])
            foreach (int batch in (int[])[1, 2, 5])
            {
                using var slabs = new Numbered(9, downward);
                var distance = new SliceDistance(mm);
                var neighbours = new NeighbouringSlices(slabs, 3, distance, batch);
                for (int first = 0; first < 9; first += batch)
                {
                    int count = Math.Min(batch, 9 - first);
                    neighbours.Advance(first, count);
                    for (int n = first; n < first + count; n++)
                        for (int c = 0; c < 3; c++)
                        {
                            int z = Math.Clamp(slabs.SliceAt(n) + (c - 1) * steps, 0, 8);
                            Assert.Equal(z, neighbours.Slice(n, c)[0]);
                            Assert.Equal(z, distance.SliceOf(slabs.SliceAt(n), c, 3, slabs.Geometry)); // training sees the same
                        }
                }

                Assert.Equal(9, slabs.Asked);
            }
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
