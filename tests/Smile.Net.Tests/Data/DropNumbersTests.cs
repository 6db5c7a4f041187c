using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

/// <summary>Annotations that are missing for a reason: by site, by pathology.</summary>
public sealed class DropNumbersTests
{
    private static readonly OrganSet Organs = new(["liver", "stomach", "pancreas"]);

    [Fact]
    public void At_random_the_bits_are_those_of_the_first_study()
    {
        // 'smile dataset drop --alpha 0.5 --seed 3' of the version that knew no other mode. Liver 1, stomach 2, pancreas 4.
        Assert.Equal([0u, 2, 1, 2, 0, 2, 5, 1], Bits(AnnotationDrop.Drop(Cases(8), Organs, 0.5, 3, LastAnnotation.Dropped)));
        Assert.Equal([0u, 2, 1, 2, 0, 2, 5, 1], Bits(Drop(Cases(8), 0.5, DropNumbers.Random(Cases(8), Organs, 3))));
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.4, 2)]
    [InlineData(0.5, 3)]
    [InlineData(1.0, 6)]
    public void The_share_alpha_of_the_sites_annotates_one_organ_alone(double alpha, int single)
    {
        var sites = Drop(Cases(200), alpha, PerSite(Cases(200))).GroupBy(each => DropNumbers.SiteOf(each, 3, 6)).ToArray();
        Assert.Equal(6, sites.Length);
        Assert.All(sites, site => Assert.Single(site.Select(each => each.Annotated).Distinct()));
        Assert.Equal(single, sites.Count(site => site.First().Annotated.Count == 1));
        Assert.Equal(6 - single, sites.Count(site => site.First().Annotated == 7));
    }

    [Fact]
    public void Joined_single_organ_sites_hold_each_organ_equally_often()
    {
        var sites = Drop(Cases(200), 1, PerSite(Cases(200))).GroupBy(each => DropNumbers.SiteOf(each, 3, 6));
        Assert.Equal([1u, 1u, 2u, 2u, 4u, 4u], sites.Select(site => site.First().Annotated.Word(0)).Order());
    }

    [Fact]
    public void A_site_depends_on_seed_and_name_alone()
    {
        Case[] all = Cases(60);
        uint[] expected = Bits(Drop(all, 0.5, PerSite(all)));
        Assert.Equal(expected[20..], Bits(Drop(all[20..], 0.5, PerSite(all[20..]))));
        Assert.NotEqual(expected, Bits(Drop(all, 0.5, DropNumbers.PerSite(all, Organs, 4, 6))));
    }

    [Fact]
    public void A_patient_belongs_to_one_site()
    {
        Case[] cases = [.. Cases(60).Select((each, i) => each with { Group = $"p{i / 3}" })];
        Assert.All(Enumerable.Range(0, 20),
            p => Assert.Single(cases.Skip(3 * p).Take(3).Select(each => DropNumbers.SiteOf(each, 3, 6)).Distinct()));
        Assert.Equal(6, cases.Select(each => DropNumbers.SiteOf(each, 3, 6)).Distinct().Count());
    }

    [Theory]
    [InlineData(LastAnnotation.Dropped)]
    [InlineData(LastAnnotation.Retained)]
    public void What_is_missing_at_a_lower_alpha_is_missing_at_a_higher_one(LastAnnotation last)
    {
        Case[] cases = Cases(40);
        foreach (double[][] numbers in new[] { PerSite(cases), DropNumbers.PerPathology(cases, Organs, 3, Volumes(40)) })
        {
            uint[] before = Bits(cases);
            for (int percent = 0; percent <= 100; percent += 5)
            {
                uint[] now = Bits(AnnotationDrop.Drop(cases, Organs, percent / 100.0, numbers, last));
                Assert.All(now.Zip(before), pair => Assert.Equal(0u, pair.First & ~pair.Second));
                Assert.True(last == LastAnnotation.Dropped || now.Aggregate((a, b) => a | b) == 7);
                before = now;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_smallest_organs_lose_the_annotation_first_or_the_largest(bool enlargedLost)
    {
        Case[] cases = Cases(20);
        double[][] volumes = Volumes(20);
        var dropped = AnnotationDrop.Drop(cases, Organs, 0.7, DropNumbers.PerPathology(cases, Organs, 3, volumes, enlargedLost),
            LastAnnotation.Dropped);
        for (int k = 0; k < 3; k++)
        {
            var parts = dropped.Zip(volumes).ToLookup(pair => pair.First.Annotated.Has(k), pair => pair.Second[k]);
            Assert.Equal(6, parts[true].Count());
            Assert.True(enlargedLost ? parts[true].Max() < parts[false].Min() : parts[true].Min() > parts[false].Max());
        }
    }

    [Fact]
    public void Only_annotated_cases_are_ranked_and_equal_volumes_go_by_the_seed()
    {
        Case[] cases = [.. Cases(20).Select((each, i) => each with { Annotated = i < 10 ? 7u : 6u })];
        double[][] equal = [.. cases.Select(_ => new double[3])];
        uint[] first = Bits(Drop(cases, 0.5, DropNumbers.PerPathology(cases, Organs, 1, equal)));
        uint[] second = Bits(Drop(cases, 0.5, DropNumbers.PerPathology(cases, Organs, 2, equal)));
        Assert.Equal((5, 10), (first.Count(bits => (bits & 1) != 0), first.Count(bits => (bits & 2) != 0)));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Volumes_are_in_cubic_millimetres()
    {
        byte[] labels = [1, 1, 0, 3, Labels.Ignore, 1, 0, 0];
        Assert.Equal([3 * 7.5, 0, 7.5], DropNumbers.Volumes(new LabelMap(Geometry.Regular(2, 2, 2, 5, 1.5, 1), labels), 3),
            (a, b) => Math.Abs(a - b) <= 1e-12);
    }

    [Fact]
    public void No_site_is_refused() => Assert.Throws<ConfigException>(() => DropNumbers.PerSite(Cases(2), Organs, 1, 0));

    private static double[][] PerSite(Case[] cases) => DropNumbers.PerSite(cases, Organs, 3, 6);

    private static IReadOnlyList<Case> Drop(Case[] cases, double alpha, double[][] numbers) =>
        AnnotationDrop.Drop(cases, Organs, alpha, numbers, LastAnnotation.Dropped);

    private static uint[] Bits(IEnumerable<Case> cases) => [.. cases.Select(each => each.Annotated.Word(0))];

    /// <summary>Three different orders of the cases.</summary>
    private static double[][] Volumes(int n) => [.. Enumerable.Range(0, n).Select(i => new double[] { 100 + i, 50 + i * 7 % 20, 30 - i })];

    private static Case[] Cases(int n) =>
        [.. Enumerable.Range(0, n).Select(i => new Case($"case_{i:000}", "", null, 7, LabelMapping.Identity(3)))];
}
