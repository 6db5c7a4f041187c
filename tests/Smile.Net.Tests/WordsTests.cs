namespace Smile.Net.Tests;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0, "0 cases")]
    [InlineData(1, "1 case")]
    [InlineData(2, "2 cases")]
    [InlineData(5_000_000_000, "5000000000 cases")]
    public void One_is_one(long count, string words) => Assert.Equal(words, Words.Count(count, "case", "cases"));

    [Theory]
    [InlineData(1, 4, "1 of 4 cases has")]
    [InlineData(2, 4, "2 of 4 cases have")]
    [InlineData(1, 1, "1 of 1 case has")]
    [InlineData(0, 1, "0 of 1 case have")]
    public void The_verb_goes_with_the_part_and_the_noun_with_the_whole(long count, long all, string words) =>
        Assert.Equal(words, Words.Of(count, all, "case", "cases", "has", "have"));

    [Fact]
    public void Nothing_follows_where_nothing_is_said() => Assert.Equal("1 of 2 cells", Words.Of(1, 2, "cell", "cells"));
}
