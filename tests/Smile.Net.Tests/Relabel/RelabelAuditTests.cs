using Smile.Net.Data;
using Smile.Net.Relabel;
using Smile.Net.Settings;

namespace Smile.Net.Tests.Relabel;

public sealed class RelabelAuditTests
{
    private static readonly OrganSet Organs = new(["liver", "stomach"]);

    [Theory]
    [InlineData(0.1, 2)]
    [InlineData(0.3, 6)]
    [InlineData(0.001, 1)]
    [InlineData(0.5, 10)]
    public void The_share_of_each_organs_annotations_is_held_out_one_at_least(double share, int expected)
    {
        CaseData[] cases = [.. Enumerable.Range(0, 20).Select(i => Case(i, 0b11))];
        var audit = Audit(cases, share);
        for (int k = 0; k < 2; k++)
            Assert.Equal(expected, Enumerable.Range(0, 20).Count(i => audit.HeldOut(i).Has(k)));
        var larger = Audit(cases, Math.Min(1, 2 * share));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(0u, audit.HeldOut(i) & ~larger.HeldOut(i)));
    }

    [Fact]
    public void Only_annotations_with_voxels_are_held_out_and_the_last_one_never()
    {
        // The liver: annotated in two cases. The stomach: in three, in one of which it is absent; and once more where it is not annotated.
        CaseData[] cases = [Case(0, 0b01), Case(1, 0b01), Case(2, 0b10), Case(3, 0b10), Case(4, 0b10, stomach: false), Case(5, 0b00)];
        var audit = Audit(cases, 0.5);
        Assert.Single(Enumerable.Range(0, 6), i => audit.HeldOut(i) == 0b01);
        Assert.Single(Enumerable.Range(0, 6), i => audit.HeldOut(i) == 0b10);
        Assert.Equal((0u, 0u), (audit.HeldOut(4), audit.HeldOut(5)));
    }

    [Fact]
    public void A_patients_annotations_are_held_out_together()
    {
        // Five patients with three cases each, in any order.
        CaseData[] cases = [.. Enumerable.Range(0, 15).Select(i => Case(i, 0b11, group: $"p{i * 7 % 5}"))];
        for (double share = 0.2; share < 0.9; share += 0.2)
        {
            var audit = Audit(cases, share);
            for (int k = 0; k < 2; k++)
            {
                int[] held = [.. Enumerable.Range(0, 15).Where(i => audit.HeldOut(i).Has(k))];
                string[] patients = [.. held.Select(i => cases[i].Group!).Distinct()];
                Assert.Equal((int)Math.Round(share * 5), patients.Length);
                Assert.Equal(3 * patients.Length, held.Length);
            }
        }

        Assert.Throws<ConfigException>(() => Audit([Case(0, 0b11, group: "p"), Case(1, 0b11, group: "p")], 0.5));
    }

    [Fact]
    public void Without_a_share_nothing_is_held_out_and_a_share_that_cannot_be_is_refused()
    {
        Assert.False(Audit([Case(0, 0b11), Case(1, 0b11)], 0).On);
        Assert.Contains("relabel.audit", Assert.Throws<ConfigException>(() => Audit([Case(0, 0b11)], 0.2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_fall_beyond_tolerance_and_noise_stops_and_one_within_does_not()
    {
        // Ten cases with one F1 a case (a thousand of two thousand voxels put back, of which the share is right); both organs alike.
        double[] first = [.. Enumerable.Repeat(0.9, 10)];
        Assert.True(Stops(first, [.. Enumerable.Repeat(0.7, 10)]));
        Assert.False(Stops(first, [.. Enumerable.Repeat(0.8, 10)])); // within the tolerance of 0.1
        Assert.False(Stops(first, [.. Enumerable.Repeat(0.95, 10)])); // a rise
        // A mean fall of 0.12 by two cases of ten alone: the standard error is 0.08, so it may be chance.
        Assert.False(Stops(first, [0, 0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]));
    }

    /// <summary>gamma grows, and with it what is put back: precision falls from 0.95 to 0.80, recall rises from 0.14 to 0.54.</summary>
    [Fact]
    public void A_round_that_puts_more_back_at_a_lower_precision_is_no_fall()
    {
        var audit = Audit(Pairs(4), 0.5);
        var (_, best) = audit.Judge(Round(audit, 4, Of(selected: 295, right: 280)), audit.Unjudged, []);
        var (second, next) = audit.Judge(Round(audit, 4, Of(selected: 1350, right: 1080)), best, []);
        Assert.False(second.Stopped, string.Join("; ", second.Reasons));
        Assert.All(second.Falls, fall => Assert.True(fall.Mean < -0.3));
        // As much put back with less of it right is one.
        var (third, _) = audit.Judge(Round(audit, 4, Of(selected: 1350, right: 800)), next, []);
        Assert.Contains("stomach: F1 on held-out annotations fell by 0.17", third.Reasons);
    }

    [Theory]
    [InlineData(440, true)]
    [InlineData(499, true)]
    [InlineData(500, false)]
    public void A_precision_below_the_floor_refuses_the_first_round_already(int right, bool stops)
    {
        var audit = Audit(Pairs(4), 0.5);
        var (judged, _) = audit.Judge(Round(audit, 4, Of(selected: 1000, right)), audit.Unjudged, []);
        Assert.Equal(stops, judged.Stopped);
        if (stops)
            Assert.StartsWith("liver: precision on held-out annotations 0.", judged.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_put_back_has_no_precision_and_is_below_no_floor()
    {
        var audit = Audit(Pairs(4), 0.5);
        Assert.False(audit.Judge(Round(audit, 4, Of(selected: 0, right: 0)), audit.Unjudged, []).Audit.Stopped);
    }

    [Fact]
    public void Far_more_than_people_drew_stops()
    {
        var audit = Audit(Pairs(4), 0.5);
        ExcessVolume excess = new(1, 1, "case_00", 223.4, 1);
        var (judged, _) = audit.Judge(Round(audit, 4, Of(selected: 1000, right: 900)), audit.Unjudged, [excess]);
        Assert.Equal(["stomach: far more was added than people drew"], judged.Reasons);
    }

    [Fact]
    public void A_single_case_goes_by_the_tolerance_alone() =>
        Assert.Equal((true, false), (Stops([0.9], [0.7]), Stops([0.9], [0.8])));

    [Fact]
    public void Nothing_put_back_is_an_F1_of_0()
    {
        Assert.False(Stops([double.NaN, double.NaN], [0.1, 0.1]));
        Assert.True(Stops([0.9, 0.9], [double.NaN, double.NaN]));
        Assert.False(Stops([0.9, double.NaN], [0.7, 0.9]));
    }

    [Fact]
    public void A_slow_fall_is_measured_from_the_best_round()
    {
        var audit = Audit(Pairs(4), 0.5);
        double[] best = audit.Unjudged;
        foreach (var (right, stopped) in new[] { (0.7, false), (0.9, false), (0.8, false), (0.7, true) })
        {
            (RoundAudit judged, best) = audit.Judge(Round(audit, 4, [right, right, right, right]), best, []);
            Assert.Equal(stopped, judged.Stopped);
        }
    }

    [Fact]
    public void The_held_out_voxels_are_summed_for_each_organ()
    {
        var audit = Audit(Pairs(2), 0.5);
        var (judged, _) = audit.Judge(Round(audit, 2, [0.5, 0.7]), audit.Unjudged, []);
        Assert.Equal(new OrganRound(2, 2000, 2000, 2000, 1200, 4000), judged.Organs[0]);
        Assert.Equal((0.6, 0.3, 0.4), (judged.Organs[0].Precision, judged.Organs[0].Recall, judged.Organs[0].F1));
        Assert.True(double.IsNaN(judged.Falls[0].Mean));
    }

    private static bool Stops(double[] first, double[] second)
    {
        // Without a floor, which has tests of its own.
        var audit = Audit(Pairs(first.Length), 0.5, floor: 0);
        var (_, best) = audit.Judge(Round(audit, first.Length, first), audit.Unjudged, []);
        return audit.Judge(Round(audit, first.Length, second), best, []).Audit.Stopped;
    }

    /// <summary>So many cases that half of them, all with both organs, are n held-out annotations of each organ.</summary>
    private static CaseData[] Pairs(int n) => [.. Enumerable.Range(0, 2 * n).Select(i => Case(i, 0b11))];

    /// <summary>A round in which all held-out annotations are put back alike.</summary>
    private static OrganRound[]?[] Round(RelabelAudit audit, int n, OrganRound each) => Round(audit, 2 * n, _ => each);

    /// <summary>A round in which the held-out annotations of each organ, by case, have these precisions.</summary>
    private static OrganRound[]?[] Round(RelabelAudit audit, int n, double[] precision)
    {
        int[] next = [0, 0];
        return Round(audit, 2 * n, k => Of(precision[next[k]++]));
    }

    private static OrganRound[]?[] Round(RelabelAudit audit, int cases, Func<int, OrganRound> heldOut) =>
        [.. Enumerable.Range(0, cases).Select(i => audit.HeldOut(i) == 0 ? null : Enumerable.Range(0, 2)
            .Select(k => !audit.HeldOut(i).Has(k) ? OrganRound.Nothing : heldOut(k)).ToArray())];

    private static OrganRound Of(double precision) => double.IsNaN(precision)
        ? new OrganRound(1, 0, 0, 0, 0, 2000)
        : new OrganRound(1, 1000, 1000, 1000, (long)Math.Round(1000 * precision), 2000);

    private static OrganRound Of(long selected, long right) => new(1, selected, selected, selected, right, 2000);

    private static RelabelAudit Audit(CaseData[] cases, double share, double floor = 0.5) =>
        new(cases, Organs, new RelabelSettings { Audit = share, AuditTolerance = 0.1, AuditFloor = floor }, seed: 5);

    private static CaseData Case(int i, uint annotated, bool stomach = true, string? group = null) => new($"case_{i:00}",
        new Volume(Geometry.Regular(1, 1, 4, 1, 1, 1), new float[4]), [1, 0, stomach ? (byte)2 : (byte)0, 0], annotated, 0b11)
    { Group = group };
}
