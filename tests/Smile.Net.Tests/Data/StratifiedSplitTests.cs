using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class StratifiedSplitTests
{
    [Fact]
    public void Where_nothing_is_missing_it_is_the_random_split()
    {
        SplitCase[] cases = [.. Enumerable.Range(0, 20).Select(i => new SplitCase($"case_{i:00}", i % 7 == 0 ? "p" : null, 0b111))];
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Split random = Splits.Random(cases.Select(each => (each.Id, each.Group)), seed, 0.3);
            Split split = StratifiedSplit.Of(cases, seed, 0.3);
            Assert.Equal(random.Train, split.Train);
            Assert.Equal(random.Validation, split.Validation);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    public void Each_organ_keeps_a_training_case_and_has_a_held_out_one_where_it_can(double heldOut)
    {
        // Organ 0 in one case, organ 1 in two, organ 2 in every second, organ 3 nowhere.
        SplitCase[] cases = [.. Enumerable.Range(0, 12).Select(i =>
            new SplitCase($"case_{i:00}", null, (i == 3 ? 1u : 0) | (i is 5 or 6 ? 2u : 0) | (i % 2 == 0 ? 4u : 0)))];
        for (ulong seed = 1; seed <= 40; seed++)
        {
            Split split = StratifiedSplit.Of(cases.Reverse().ToArray(), seed, heldOut);
            Assert.Equal((int)Math.Round(12 * heldOut), split.Validation.Count);
            Assert.Equal(cases.Select(each => each.Id), split.Train.Concat(split.Validation).Order(StringComparer.Ordinal));
            OrganBits train = Shown(cases, split.Train), held = Shown(cases, split.Validation);
            Assert.Equal(0b111u, train);
            // One held-out case may show organs 1 and 2, several do.
            Assert.Equal(0b110u, held);
        }
    }

    [Fact]
    public void Where_held_out_cases_are_no_matter_it_is_the_random_split_unless_an_organ_lost_its_training_case()
    {
        // Organ 0 in two cases, organ 1 in all.
        SplitCase[] cases = [.. Enumerable.Range(0, 8).Select(i => new SplitCase($"case_{i:00}", null, i < 2 ? 3u : 2u))];
        int moved = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            Split random = Splits.Random(cases.Select(each => (each.Id, each.Group)), seed, 0.4);
            Split split = StratifiedSplit.Of(cases, seed, 0.4, eachHeldOut: false);
            bool kept = Shown(cases, random.Train) == 3;
            Assert.Equal(kept, random.Validation.SequenceEqual(split.Validation));
            Assert.Equal(3u, Shown(cases, split.Train));
            moved += kept ? 0 : 1;
        }

        Assert.InRange(moved, 1, 39);
    }

    [Fact]
    public void A_patients_cases_change_sides_together()
    {
        SplitCase[] cases = [.. Enumerable.Range(0, 12)
            .Select(i => new SplitCase($"case_{i:00}", $"p{i / 3}", i == 4 ? 3u : i < 6 ? 1u : 0))];
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Split split = StratifiedSplit.Of(cases, seed, 0.5);
            Assert.Contains("case_04", split.Train);
            Assert.All(new[] { "case_03", "case_05" }, id => Assert.Contains(id, split.Train));
            Assert.Contains("case_00", split.Validation);
            Assert.Equal((6, 6), (split.Train.Count, split.Validation.Count));
        }
    }

    [Fact]
    public void What_is_shown_is_annotated_and_there()
    {
        var volume = new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), new float[4]);
        Assert.Equal(0b101u, new CaseData("a", volume, [1, 2, 3, Labels.Ignore], 0b1101, 0b1111).Shown);
    }

    private static OrganBits Shown(SplitCase[] cases, IReadOnlyList<string> ids) =>
        cases.Where(each => ids.Contains(each.Id)).Aggregate(default(OrganBits), (bits, each) => bits | each.Shown);
}
