using System.Globalization;
using Smile.Host.Reports;

namespace Smile.Host.Experiments;

/// <summary>How many annotations of each organ the training cases keep: what alpha comes to.</summary>
internal static class AnnotatedTable
{
    public const string Note = "In how many of a split's training cases an organ is annotated: one number where it is the same on every "
        + "split, else split after split.";

    /// <summary>Null where the plan does not say, as in studies of earlier versions.</summary>
    public static Table? Of(StudyRecord study)
    {
        // Methods of one drop see the same annotations: a row stands for all of them.
        var rows = study.Cells.Where(cell => cell.Annotated is not null).GroupBy(cell => (cell.TrainCases, cell.Alpha, cell.Label))
            .Select(point => (point.Key, Cells: point.OrderBy(cell => cell.Split).ToArray()))
            .Select(point => (point.Key.TrainCases, point.Key.Alpha, point.Key.Label,
                Trained: Joined(point.Cells, cell => cell.Trained),
                Organs: study.Organs.Select((_, k) => Joined(point.Cells, cell => cell.Annotated![k])).ToArray()))
            .GroupBy(row => (row.TrainCases, row.Alpha, row.Trained, Organs: string.Join(';', row.Organs)))
            .OrderBy(group => group.Key.TrainCases).ThenBy(group => group.Key.Alpha)
            .Select(group => new[]
            {
                group.Key.Trained, (100 * group.Key.Alpha).ToString("0.##", CultureInfo.InvariantCulture),
                string.Join(", ", group.Select(row => MethodLook.Of(row.Label).Name)),
            }.Concat(group.First().Organs).ToArray()).ToArray();
        return rows.Length == 0 ? null : new Table(["training cases", "alpha %", "methods", .. study.Organs], rows);
    }

    /// <summary>One number where it is the same on every split.</summary>
    private static string Joined(PlannedCell[] cells, Func<PlannedCell, int> number)
    {
        int[] numbers = [.. cells.Select(number)];
        return numbers.Distinct().Count() == 1
            ? numbers[0].ToString(CultureInfo.InvariantCulture)
            : string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
    }
}
