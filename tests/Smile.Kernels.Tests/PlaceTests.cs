using Smile.Kernels.Memory;

namespace Smile.Kernels.Tests;

public class PlaceTests
{
    [Fact]
    public void Places_of_a_plan_are_aligned_apart_and_inside()
    {
        var plan = new ArenaPlan();
        Place[] places = [.. ((int[])[1, 64, 65, 0, 127, 3]).Select(n => plan.Take(Arena.Batch, n))];
        Assert.Equal([1, 64, 65, 0, 127, 3], places.Select(p => p.Length));
        for (int i = 0; i < places.Length; i++)
        {
            Assert.Equal(0, places[i].Offset % ArenaPlan.Alignment);
            Assert.True(places[i].Offset + places[i].Length <= plan.Words(Arena.Batch));
            Assert.DoesNotContain(places[..i], p => p.Overlaps(places[i]));
        }

        Assert.Equal(0, plan.Words(Arena.Weights));
        Assert.Equal(plan.TotalWords, plan.Words(Arena.Batch));
    }

    [Fact]
    public void At_least_only_grows()
    {
        var plan = new ArenaPlan();
        plan.AtLeast(Arena.Scratch, 100);
        Assert.Equal(128, plan.Words(Arena.Scratch));
        plan.AtLeast(Arena.Scratch, 5);
        Assert.Equal(128, plan.Words(Arena.Scratch));
        Assert.Equal(128, plan.Take(Arena.Scratch, 1).Offset);
    }

    [Theory]
    [InlineData(0, 10, 9, 1, true)]
    [InlineData(0, 10, 10, 1, false)]
    [InlineData(5, 1, 0, 5, false)]
    [InlineData(5, 1, 0, 6, true)]
    [InlineData(5, 0, 0, 10, false)]
    public void Overlap_is_a_shared_word_of_one_arena(long a, int length, long b, int other, bool overlaps)
    {
        Place first = new(Arena.Weights, a, length), second = new(Arena.Weights, b, other);
        Assert.Equal(overlaps, first.Overlaps(second));
        Assert.Equal(overlaps, second.Overlaps(first));
        Assert.False(first.Overlaps(second with { Arena = Arena.Gradients }));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(3, -1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void A_part_lies_inside(int start, int length) =>
        Assert.Throws<ArgumentException>(() => new Place(Arena.Weights, 64, 10).Part(start, length));

    [Fact]
    public void A_part_counts_from_its_place() =>
        Assert.Equal(new Place(Arena.Weights, 67, 7), new Place(Arena.Weights, 64, 10).Part(3, 7));
}
