using System.Text.Json;
using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class OrganBitsTests
{
    private static readonly int[] _some = [0, 31, 32, 63, 64, 96, 127];

    [Fact]
    public void A_set_has_what_it_is_made_of_and_nothing_else()
    {
        var set = OrganBits.Of(_some);
        Assert.Equal(_some, set.Organs());
        Assert.Equal(_some, Enumerable.Range(0, 128).Where(set.Has));
        Assert.Equal((7, 0), (set.Count, set.Lowest));
        Assert.Equal([0x8000_0001u, 0x8000_0001u, 1u, 0x8000_0001u], Enumerable.Range(0, 4).Select(set.Word));
        Assert.Equal(121, (~set).Count);
        Assert.True((set & ~set).IsEmpty && !set.IsEmpty);
        Assert.Equal(128, default(OrganBits).Lowest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(117)]
    [InlineData(128)]
    public void The_first_organs_are_those(int count) =>
        Assert.Equal(Enumerable.Range(0, count), OrganBits.First(count).Organs());

    [Fact]
    public void As_JSON_a_set_is_the_number_of_its_bits_and_comes_back()
    {
        Assert.Equal("5", JsonSerializer.Serialize((OrganBits)5));
        foreach (OrganBits set in new OrganBits[] { default, 5, OrganBits.Of(_some), OrganBits.All })
            Assert.Equal(set, JsonSerializer.Deserialize<OrganBits>(JsonSerializer.Serialize(set)));
        foreach (string wrong in new[] { "-1", "1.5", "\"5\"", "340282366920938463463374607431768211456" })
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<OrganBits>(wrong));
    }

    [Fact]
    public void What_is_kept_moves_together()
    {
        OrganBits kept = OrganBits.Of([1, 40, 100]);
        Assert.Equal(OrganBits.Of([0, 2]), OrganSet.Compact(OrganBits.Of([1, 2, 99, 100]), kept));
        Assert.Equal(Labels.Background, Labels.Keeping(Labels.Of(3), kept));
        Assert.Equal(Labels.Of(0), Labels.Keeping(Labels.Of(1), kept));
        Assert.Equal(Labels.Ignore, Labels.Keeping(Labels.Ignore, kept));
    }

    [Fact]
    public void Runs_of_several_words_come_back_and_keep_some_organs()
    {
        var voxels = new VoxelBits(117, 60);
        for (int v = 0; v < 60; v++)
            for (int k = v % 7; k < 117; k += 5 + v)
                voxels.Add(v, k);
        var runs = OrganRuns.Of(voxels, 20);
        Assert.Equal((4, 3, 60), (runs.Words, runs.Depth, runs.Length));
        Assert.Equal(voxels.InWords(), runs.InWords());
        Assert.Equal(Enumerable.Range(0, 60).Aggregate(default(OrganBits), (all, v) => all | voxels[v]), runs.Organs);
        OrganBits kept = OrganBits.First(117) & ~OrganBits.Of([0, 50, 51, 116]);
        VoxelBits some = runs.Keeping(kept).ToVoxels();
        for (int v = 0; v < 60; v++)
            Assert.Equal(OrganSet.Compact(voxels[v], kept), some[v]);
        Assert.Equal(1, runs.Keeping(OrganBits.Of([5, 100])).Words);
    }
}
