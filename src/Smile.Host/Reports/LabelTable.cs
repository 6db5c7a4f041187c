using System.Globalization;
using Smile.Host.Cli;
using Smile.Net.Data;

namespace Smile.Host.Reports;

/// <summary>The paper's table 1 as rows: what each method trains on, in percent of all voxels.</summary>
internal static class LabelTable
{
    private static readonly string[] _header =
        ["organ", "missing in", "method", "true pos. %", "false neg. %", "false pos. %", "true neg. %", "unused %"];

    /// <summary>
    /// One row an organ and method; a dash where a case without the organ's annotation does not hold its truth either.
    /// </summary>
    /// <exception cref="Smile.Net.DataException">There is no case.</exception>
    public static Table Measure(IReadOnlyList<CaseData> cases, OrganSet organs) => new(_header,
        [.. LabelAnalysis.Of(cases, organs).SelectMany(organ => new[]
        {
            Row(organ, "baseline", organ.BaselineShares, organ.Baseline.Used), Row(organ, "SMILE", organ.SmileShares, organ.Smile.Used),
        })]);

    private static string[] Row(OrganLabels organ, string method,
        (double TruePositives, double FalseNegatives, double FalsePositives, double TrueNegatives) share, long used) =>
    [
        organ.Organ, string.Create(CultureInfo.InvariantCulture, $"{organ.MissingCases} of {organ.Cases}"), method,
        Percent(share.TruePositives), Percent(share.FalseNegatives), Percent(share.FalsePositives), Percent(share.TrueNegatives),
        Percent(1 - (double)used / organ.Voxels),
    ];

    private static string Percent(double share) => Invariant.Text(100 * share);
}
