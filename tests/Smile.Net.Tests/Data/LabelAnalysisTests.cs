using Smile.Net.Data;

namespace Smile.Net.Tests.Data;

public sealed class LabelAnalysisTests
{
    private static readonly OrganSet Organs = new(["liver", "stomach", "pancreas"]);

    [Fact]
    public void Counts_of_a_small_set_are_those_counted_by_hand()
    {
        // 10 voxels a case: 4 liver, 2 stomach, 1 pancreas, 3 background; stomach and pancreas hidden in b, everything in c.
        CaseData[] cases = [Case("a", 0b111, 4, 2, 1, 3), Case("b", 0b001, 4, 2, 1, 3), Case("c", 0b000, 4, 2, 1, 3)];
        OrganLabels stomach = LabelAnalysis.Of(cases, Organs)[1];
        Assert.Equal((30L, 6L, 2), (stomach.Voxels, stomach.Positives, stomach.MissingCases));
        Assert.Equal(new LabelCells(2, 4, 0, 24), stomach.Baseline);
        Assert.Equal(new LabelCells(2, 0, 0, 8 + 4), stomach.Smile);
        Assert.Equal(4, stomach.OtherOrgans);
        Assert.Equal((2 / 30.0, 4 / 30.0, 0, 24 / 30.0), stomach.Baseline.Of(stomach.Voxels));
    }

    [Fact]
    public void The_papers_expressions_hold_exactly_with_the_alpha_weighted_by_voxels()
    {
        var rng = new Rng(11);
        CaseData[] cases = [.. Enumerable.Range(0, 12).Select(i =>
            Case($"c{i}", (uint)rng.Next(8), rng.Next(90), rng.Next(40), 1 + rng.Next(20), 200 + rng.Next(300)))];
        foreach (OrganLabels row in LabelAnalysis.Of(cases, Organs))
        {
            // As integers, exactly.
            Assert.Equal(row.Positives - row.MissingPositives, row.Baseline.TruePositives);
            Assert.Equal(row.Baseline.TruePositives, row.Smile.TruePositives);
            Assert.Equal(row.MissingPositives, row.Baseline.FalseNegatives);
            Assert.Equal(row.Voxels - row.Positives, row.Baseline.TrueNegatives);
            Assert.Equal(0, row.Baseline.FalsePositives);
            Assert.Equal(row.Voxels, row.Baseline.Used);
            Assert.Equal(0, row.Smile.FalseNegatives);
            Assert.Equal(0, row.Smile.FalsePositives);
            Assert.Equal(row.Voxels - row.MissingVoxels - (row.Positives - row.MissingPositives) + row.OtherOrgans,
                row.Smile.TrueNegatives);

            // As shares, to the rounding of a few float64 operations on numbers below 1.
            var (tp, fn, _, tn) = row.Baseline.Of(row.Voxels);
            Assert.Equal(row.ExpectedTruePositives(row.AlphaByOrgan), tp, 1e-15);
            Assert.Equal(row.ExpectedBaselineFalseNegatives(row.AlphaByOrgan), fn, 1e-15);
            Assert.Equal(row.ExpectedBaselineTrueNegatives, tn, 1e-15);
            Assert.Equal(row.ExpectedSmileTrueNegatives(row.AlphaByBackground), row.Smile.Of(row.Voxels).TrueNegatives, 1e-15);

            // And the alpha by cases is another one here, or the test would show nothing.
            Assert.True(Math.Abs(row.AlphaByCases - row.AlphaByOrgan) > 1e-3);
        }
    }

    [Fact]
    public void With_cases_of_one_size_the_three_alphas_are_one()
    {
        CaseData[] cases = [.. Enumerable.Range(0, 10).Select(i => Case($"c{i}", (uint)(i < 3 ? 7 : i % 7), 40, 12, 3, 145))];
        foreach (OrganLabels row in LabelAnalysis.Of(cases, Organs))
        {
            Assert.Equal(row.AlphaByCases, row.AlphaByOrgan, 1e-15);
            Assert.Equal(row.AlphaByCases, row.AlphaByBackground, 1e-15);
            Assert.Equal(row.ExpectedTruePositives(row.AlphaByCases), row.Smile.Of(row.Voxels).TruePositives, 1e-15);
        }
    }

    [Fact]
    public void Epsilon_is_the_sum_of_the_other_betas_where_all_others_and_only_they_are_annotated()
    {
        CaseData[] cases = [Case("a", 0b101, 40, 12, 3, 145), Case("b", 0b101, 20, 30, 5, 60)];
        IReadOnlyList<OrganLabels> rows = LabelAnalysis.Of(cases, Organs);
        Assert.Equal(rows[0].Beta + rows[2].Beta, rows[1].Epsilon, 1e-15);
        Assert.Equal(0, rows[0].Epsilon);
        Assert.Equal(1, rows[1].AlphaByCases);
        Assert.Equal(rows[1].Epsilon, rows[1].Smile.Of(rows[1].Voxels).TrueNegatives, 1e-15);
    }

    [Fact]
    public void Ignored_voxels_are_left_out()
    {
        CaseData source = Case("a", 0b011, 4, 2, 1, 3);
        byte[] labels = source.Labels.ToArray();
        labels[0] = labels[9] = Labels.Ignore;
        OrganLabels liver = LabelAnalysis.Of([new CaseData("a", source.Image.ToVolume(), labels, 0b011)], Organs)[0];
        Assert.Equal((8L, 3L), (liver.Voxels, liver.Positives));
        Assert.Equal(8, liver.Smile.Used);
    }

    [Fact]
    public void What_needs_a_hidden_truth_that_nobody_knows_is_no_number()
    {
        CaseData full = Case("x", 0b001, 4, 2, 1, 3), annotated = Case("y", 0b111, 4, 2, 1, 3);
        CaseData partial = new("x", full.Image.ToVolume(), full.Labels.ToArray(), 0b001, truth: 0b011);
        IReadOnlyList<OrganLabels> rows = LabelAnalysis.Of([partial, annotated], Organs);
        OrganLabels stomach = rows[1], pancreas = rows[2];
        Assert.Equal((1, 1), (pancreas.MissingCases, pancreas.UnknownCases));
        var (tp, fn, fp, tn) = pancreas.BaselineShares;
        Assert.Equal((0.05, double.NaN, 0, double.NaN), (tp, fn, fp, tn));
        double[] unknown = [pancreas.Beta, pancreas.AlphaByOrgan, pancreas.AlphaByBackground, pancreas.ExpectedTruePositives(0.5)];
        Assert.All(unknown, value => Assert.True(double.IsNaN(value)));
        // SMILE learns from known labels alone: no hidden truth is needed to judge them.
        Assert.Equal((0.05, 0, 0, 13 / 20.0), pancreas.SmileShares);
        Assert.Equal(0, stomach.UnknownCases);
        Assert.Equal(2 / 20.0, stomach.BaselineShares.FalseNegatives);
        Assert.Throws<DataException>(() => LabelAnalysis.Of([], Organs));
    }

    /// <summary>A case with so many voxels of liver, stomach, pancreas and background.</summary>
    private static CaseData Case(string id, uint annotated, params int[] counts)
    {
        byte[] labels = [.. counts.SelectMany((count, i) => Enumerable.Repeat((byte)((i + 1) % 4), count))];
        return new CaseData(id, new Volume(Geometry.Regular(1, 1, labels.Length, 1, 1, 1), new float[labels.Length]), labels, annotated);
    }
}
