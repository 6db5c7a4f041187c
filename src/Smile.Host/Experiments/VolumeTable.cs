using System.Globalization;
using Smile.Host.Reports;
using static Smile.Host.Experiments.StudyText;

namespace Smile.Host.Experiments;

/// <summary>What the Dice are made of: predicted against true volume, precision and recall of each method and variant.</summary>
internal static class VolumeTable
{
    public const string Note = "Predicted over true volume / precision / recall, from the voxels of all test cases of a split together, "
        + "then the mean over the splits; above 1 an organ is over-predicted.";

    /// <summary>Null where no cell has voxels, as in studies of earlier versions.</summary>
    public static Table? Of(StudyResults results)
    {
        if (results.Voxels.Count == 0)
            return null;
        var rows = results.Voxels.GroupBy(v => (v.Alpha, v.Label)).OrderBy(g => g.Key.Alpha).Select(g =>
            new[] { (100 * g.Key.Alpha).ToString("0.##", CultureInfo.InvariantCulture), MethodLook.Of(g.Key.Label).Name }
                .Concat(results.Columns.Select(organ => Text(g.First(v => v.Organ == organ)))).ToArray());
        return new Table(["alpha %", "method", .. results.Columns], [.. rows]);
    }

    private static string Text(VoxelSummary v) =>
        $"{Spread(v.Volume, v.VolumeDeviation, "0.00")} / {Spread(v.Precision, v.PrecisionDeviation, "0.00")} / "
            + Spread(v.Recall, v.RecallDeviation, "0.00");
}
