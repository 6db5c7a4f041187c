using Smile.Host.Imaging.Dicom;
using Smile.Net;

namespace Smile.Host.Tests.Imaging.Dicom;

/// <summary>Random sets against sets of numbers; rows are longer than one word and than two.</summary>
public sealed class PixelSetTests
{
    private const int Rows = 7;

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(130)]
    public void It_is_a_set(int columns)
    {
        var rng = new Rng((ulong)columns);
        for (int n = 0; n < 200; n++)
        {
            (PixelSet one, HashSet<int> ones) = Some(rng, columns);
            (PixelSet other, HashSet<int> others) = Some(rng, columns);
            Same(ones, one, columns);
            Assert.Equal(ones.Count, one.Count);
            Assert.Equal(ones.IsSubsetOf(others), one.IsSubsetOf(other));
            Assert.Equal(ones.Overlaps(others), one.Overlaps(other));
            Assert.Equal(ones.Except(others).Count() + others.Except(ones).Count(), one.Difference(other));

            var all = new PixelSet(columns, 0, Rows);
            all.UnionWith(one);
            Assert.True(one.IsSubsetOf(all) && all.IsSubsetOf(one));
            PixelSet toggled = new(all), less = new(all);
            all.UnionWith(other);
            Same([.. ones.Union(others)], all, columns);
            less.ExceptWith(other);
            Same([.. ones.Except(others)], less, columns);
            toggled.SymmetricExceptWith(other);
            Same([.. ones.Except(others), .. others.Except(ones)], toggled, columns);
        }
    }

    [Fact]
    public void What_has_further_rows_is_not_added()
    {
        var set = new PixelSet(5, 2, 4);
        Assert.Throws<ArgumentException>(() => set.UnionWith(new PixelSet(5, 1, 4)));
        Assert.Throws<ArgumentException>(() => set.ExceptWith(new PixelSet(5, 3, 5)));
        set.UnionWith(new PixelSet(5, 9, 3)); // no rows at all
        Assert.Equal(0, set.Count);
    }

    private static (PixelSet Set, HashSet<int> Numbers) Some(Rng rng, int columns)
    {
        int top = rng.Next(Rows), bottom = top + rng.Next(Rows - top + 1);
        var set = new PixelSet(columns, top, bottom);
        var numbers = new HashSet<int>();
        for (int row = top; row < bottom; row++)
        {
            int from = rng.Next(columns), to = from + rng.Next(columns - from + 1), single = rng.Next(columns);
            set.Add(row, from, to);
            set.Add(row, single);
            numbers.UnionWith(Enumerable.Range(from, to - from).Append(single).Select(column => row * columns + column));
        }

        return (set, numbers);
    }

    private static void Same(HashSet<int> expected, PixelSet set, int columns)
    {
        var found = new List<int>();
        set.ForEach((row, column) => found.Add(row * columns + column));
        Assert.Equal(expected.Order(), found);
    }
}
