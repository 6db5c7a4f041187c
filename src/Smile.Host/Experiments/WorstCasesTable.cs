using Smile.Host.Cli;
using Smile.Host.Reports;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>Which test cases a study's networks fail on.</summary>
internal static class WorstCasesTable
{
    private const int Most = 20;

    public const string Note = "Dice of a test case, mean over the splits that test it; the worst organ of the last method first, at most "
        + "20 rows.";

    /// <summary>At <see cref="StudyRecord.ShownAlpha"/>; null where no cell is there.</summary>
    public static Table? Of(StudyResults results)
    {
        StudyRecord study = results.Study;
        CellResult[] cells = [.. results.Cells.Where(cell => cell.Alpha == study.ShownAlpha && Methods.All.Contains(cell.Label))];
        string[] methods = [.. Methods.All.Where(method => cells.Any(cell => cell.Label == method))];
        if (methods.Length == 0)
            return null;
        var rows = cells.SelectMany(cell => cell.Cases.SelectMany(each => each.Dice.Select((dice, k) => (cell.Label, each.Case, k, dice))))
            .Where(each => double.IsFinite(each.dice))
            .GroupBy(each => (each.Case, each.k))
            .Select(group => (group.Key, Dice: methods.Select(method => group.Where(each => each.Label == method)
                .Select(each => each.dice).DefaultIfEmpty(double.NaN).Average()).ToArray()))
            .OrderBy(row => double.IsNaN(row.Dice[^1])).ThenBy(row => row.Dice[^1]).ThenBy(row => row.Key.Case, StringComparer.Ordinal)
            .Take(Most)
            .Select(row => (string[])[row.Key.Case, study.Organs[row.Key.k], .. row.Dice.Select(dice => Invariant.Text(dice, "0.000"))]);
        return new Table(["case", "organ", .. methods.Select(method => MethodLook.Of(method).Name)], [.. rows]);
    }
}
