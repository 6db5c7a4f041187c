using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class AnnotationDropTests
{
    private static readonly OrganSet Organs = new(["liver", "stomach", "pancreas"]);

    [Fact]
    public void Nothing_goes_at_zero_and_everything_at_one()
    {
        Assert.All(Drop(Cases(50), 0), each => Assert.Equal(7u, each.Annotated));
        Assert.All(Drop(Cases(50), 1), each => Assert.Equal(0u, each.Annotated));
    }

    [Theory]
    [InlineData(LastAnnotation.Dropped)]
    [InlineData(LastAnnotation.Retained)]
    public void What_is_missing_at_a_lower_alpha_is_missing_at_a_higher_one(LastAnnotation last)
    {
        uint[] before = [.. Cases(60).Select(each => each.Annotated.Word(0))];
        for (int percent = 0; percent <= 100; percent += 5)
        {
            uint[] now = [.. AnnotationDrop.Drop(Cases(60), Organs, percent / 100.0, 3, last).Select(each => each.Annotated.Word(0))];
            Assert.All(now.Zip(before), pair => Assert.Equal(0u, pair.First & ~pair.Second));
            before = now;
        }
    }

    [Fact]
    public void The_share_is_alpha_and_organs_are_dropped_independently()
    {
        const int n = 4000;
        var kept = Drop(Cases(n), 0.7);
        // Five standard deviations of a binomial share: 5 sqrt(p (1 - p) / n).
        for (int k = 0; k < 3; k++)
            Assert.Equal(0.3, kept.Count(each => each.Annotated.Has(k)) / (double)n, 5 * Math.Sqrt(0.21 / n));
        for (int a = 0; a < 3; a++)
            for (int b = a + 1; b < 3; b++)
                Assert.Equal(0.09, kept.Count(each => each.Annotated.Has(a) && each.Annotated.Has(b)) / (double)n,
                    5 * Math.Sqrt(0.09 * 0.91 / n));
    }

    [Fact]
    public void The_draw_depends_on_seed_and_names_alone()
    {
        Case[] all = Cases(40);
        uint[] expected = [.. Drop(all, 0.5).Select(each => each.Annotated.Word(0))];
        Assert.Equal(expected[20..], Drop(all[20..], 0.5).Select(each => each.Annotated.Word(0)));
        Assert.NotEqual(expected, AnnotationDrop.Drop(all, Organs, 0.5, 4, LastAnnotation.Dropped).Select(each => each.Annotated.Word(0)));
        var reordered = new OrganSet(["pancreas", "liver", "stomach"]);
        uint[] other = [.. AnnotationDrop.Drop(all, reordered, 0.5, 3, LastAnnotation.Dropped).Select(each => each.Annotated.Word(0))];
        Assert.Equal(expected, other.Select(bits => (bits >> 1 | bits << 2) & 7));
    }

    [Fact]
    public void What_was_not_annotated_stays_so()
    {
        Case[] cases = [.. Cases(30).Select(each => each with { Annotated = 0b010 })];
        Assert.All(Drop(cases, 0.5), each => Assert.Equal(0u, each.Annotated & 0b101));
    }

    [Fact]
    public void Keep_one_leaves_each_organ_one_case_and_no_promise_is_made_without_it()
    {
        var kept = AnnotationDrop.Drop(Cases(10), Organs, 1, 3, LastAnnotation.Retained);
        for (int k = 0; k < 3; k++)
            Assert.Single(kept, each => each.Annotated.Has(k));
        Assert.Equal(0, Drop(Cases(10), 1).Sum(each => each.Annotated.Count));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void An_alpha_out_of_range_is_refused(double alpha) => Assert.Throws<ConfigException>(() => Drop(Cases(1), alpha));

    private static IReadOnlyList<Case> Drop(Case[] cases, double alpha) =>
        AnnotationDrop.Drop(cases, Organs, alpha, 3, LastAnnotation.Dropped);

    private static Case[] Cases(int n) =>
        [.. Enumerable.Range(0, n).Select(i => new Case($"case_{i:000}", "", null, 7, LabelMapping.Identity(3)))];
}
