using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net.Data;

namespace Smile.Host.Experiments;

/// <summary>The paper's table 1: its expressions, what they come to, and what is measured in the training labels.</summary>
internal static class LabelExpressions
{
    private static readonly string[] _header =
        ["organ", "method", "labels", "expression", "expected %", "measured %"];

    /// <summary>
    /// Shares of all voxels of the training cases. alpha is the share of cases in which the organ is not annotated, beta the organ's share
    /// of the voxels, epsilon the share that other, annotated organs fill in cases that lack this one. A dash where the hidden truth that
    /// a number needs is not known.
    /// </summary>
    public static Table Measure(IReadOnlyList<CaseData> cases, OrganSet organs) =>
        new(_header, [.. LabelAnalysis.Of(cases, organs).SelectMany(Rows)]);

    private static IEnumerable<string[]> Rows(OrganLabels organ)
    {
        double alpha = organ.AlphaByCases;
        var baseline = organ.BaselineShares;
        var smile = organ.SmileShares;
        string name = $"{organ.Organ} (alpha {Invariant.Text(alpha, "0.00")}, beta {Invariant.Text(organ.Beta, "0.0000")})";
        return
        [
            Row("baseline", "true positive", "(1-alpha) beta", organ.ExpectedTruePositives(alpha), baseline.TruePositives),
            Row("baseline", "false negative", "alpha beta", organ.ExpectedBaselineFalseNegatives(alpha), baseline.FalseNegatives),
            Row("baseline", "false positive", "0", 0, baseline.FalsePositives),
            Row("baseline", "true negative", "1-beta", organ.ExpectedBaselineTrueNegatives, baseline.TrueNegatives),
            Row("SMILE", "true positive", "(1-alpha) beta", organ.ExpectedTruePositives(alpha), smile.TruePositives),
            Row("SMILE", "false negative", "0", 0, smile.FalseNegatives),
            Row("SMILE", "false positive", "0", 0, smile.FalsePositives),
            Row("SMILE", "true negative", "(1-alpha)(1-beta) + epsilon", organ.ExpectedSmileTrueNegatives(alpha), smile.TrueNegatives),
        ];

        string[] Row(string method, string labels, string expression, double expected, double measured) =>
            [name, method, labels, expression, Percent(expected), Percent(measured)];
    }

    private static string Percent(double share) => Invariant.Text(100 * share);
}
