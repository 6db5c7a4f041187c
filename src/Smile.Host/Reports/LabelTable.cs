using System.Globalization;
using Smile.Net.Data;

namespace Smile.Host.Reports;

/// <summary>The paper's table 1 as rows: what each method trains on, in percent of all voxels.</summary>
internal static class LabelTable
{
    private static readonly string[] _header =
        ["organ", "missing in", "method", "true pos. %", "false neg. %", "false pos. %", "true neg. %", "unused %"];

    /// <summary>One row an organ and method; null where the label maps do not hold the truth of every organ.</summary>
    public static Table? Measure(IReadOnlyList<CaseData> cases, OrganSet organs)
    {
        if (cases.Count == 0 || cases.Any(c => (organs.All & ~c.Truth) != 0))
            return null;
        var rows = LabelAnalysis.Of(cases, organs).SelectMany(o => new[] { Row(o, "baseline", o.Baseline), Row(o, "SMILE", o.Smile) });
        return new Table(_header, rows.ToArray());
    }

    private static string[] Row(OrganLabels organ, string method, LabelCells cells)
    {
        var share = cells.Of(organ.Voxels);
        return
        [
            organ.Organ, string.Create(CultureInfo.InvariantCulture, $"{organ.MissingCases} of {organ.Cases}"), method,
            Percent(share.TruePositives), Percent(share.FalseNegatives), Percent(share.FalsePositives), Percent(share.TrueNegatives),
            Percent(1 - (double)cells.Used / organ.Voxels),
        ];
    }

    private static string Percent(double share) => (100 * share).ToString("0.000", CultureInfo.InvariantCulture);
}
