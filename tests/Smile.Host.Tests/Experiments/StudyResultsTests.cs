using Smile.Host.Experiments;
using Smile.Net.Settings;
using static Smile.Host.Tests.Experiments.StudyCells;

namespace Smile.Host.Tests.Experiments;

public sealed class StudyResultsTests
{
    /// <summary>
    /// Two splits whose differences are 0.1 (0.0 and 0.2 on its two cases) and 0.3: mean 0.2, s = 0.1414, t(1) = 12.7062, so ± 1.27062.
    /// </summary>
    [Fact]
    public void A_difference_has_an_interval_over_splits_and_a_bootstrap_beside_it()
    {
        Difference d = StudyResults.Of(Record(0.1, 0.2),
        [
            Of(Methods.Smile, 0.5, 0, 0.5, 0.5), Of(Methods.Baseline, 0.5, 0, 0.5, 0.3),
            Of(Methods.Smile, 0.5, 1, 0.6), Of(Methods.Baseline, 0.5, 1, 0.3),
        ]).Differences.Single(d => d.Organ == StudyResults.AverageName);
        Assert.Equal([0.1, 0.3], d.BySplit.Select(each => Math.Round(each, 12)));
        Assert.Equal(0.2, d.Mean, 1e-12);
        Assert.Equal(0.2 - 1.27062, d.Low, 1e-5);
        Assert.Equal(0.2 + 1.27062, d.High, 1e-5);
        Assert.Equal((2, 6), (d.Interval.Count, d.Pairs));
        Assert.InRange(d.BootstrapLow, 0, 0.1);
        Assert.Equal(0.3, d.BootstrapHigh, 1e-12);
    }

    /// <summary>Liver: 6 of 8 predicted voxels right, 12 true. Pancreas: 2 of 4, 2 true. Means: volume (8/12 + 2) / 2, and so on.</summary>
    [Fact]
    public void Volume_precision_and_recall_are_of_all_test_cases_together()
    {
        CellResult cell = Of(Methods.Smile, 0.5, 0, 0.5, 0.5);
        cell = cell with
        {
            Cases =
            [
                cell.Cases[0] with { Voxels = [new(5, 5, 6), new(2, 3, 2)] },
                cell.Cases[1] with { Voxels = [new(1, 3, 6), new(0, 1, 0)] },
            ],
        };
        Assert.Equal(new VoxelScore(8 / 12.0, 6 / 8.0, 6 / 12.0), VoxelScore.Of(cell, 0));
        Assert.Equal(new VoxelScore(2, 0.5, 1), VoxelScore.Of(cell, 1));
        Assert.Equal(new VoxelScore((8 / 12.0 + 2) / 2, 0.625, 0.75), VoxelScore.Of(cell, 2));
        Assert.Equal([8 / 12.0, 2, (8 / 12.0 + 2) / 2], StudyResults.Of(Record(0.1, 0.2), [cell]).Voxels.Select(v => v.Volume));
        Assert.Empty(StudyResults.Of(Record(0.1, 0.2), [Of(Methods.Smile, 0.5, 0, 0.5)]).Voxels);
    }

    [Fact]
    public void Both_sides_of_a_difference_are_calibrated_and_a_claim_says_which_it_is_of()
    {
        CellResult[] cells = [.. Enumerable.Range(0, 2).SelectMany(split => new[]
        {
            Calibrated(Of(Methods.Smile, 0.5, split, 0.6 + 0.01 * split), 0.7), Calibrated(Of(Methods.Smiler, 0.5, split, 0.8), 0.71),
        })];
        Claim claim = new("better", Methods.Smiler, 0.5, Methods.Smile, 0.5) { Above = 0.05 };
        StudyRecord record = Record(0.1, double.NaN) with { Claims = [claim, claim with { Calibrated = true }] };
        StudyResults results = StudyResults.Of(record, cells), calibrated = results.AtCalibrated()!;
        Assert.Equal([0.195, 0.01], new[] { results, calibrated }.Select(each =>
            Math.Round(each.Differences.Single(d => d.Organ == StudyResults.AverageName).Mean, 12)));
        Assert.Equal([0.7, 0.7, 0.71, 0.71], calibrated.Cells.OrderBy(c => c.Label, StringComparer.Ordinal).Select(c => c.Average));
        Assert.Equal([Verdict.Holds, Verdict.Missed], results.Expectations.Select(e => e.Verdict));
        Assert.Null(StudyResults.Of(Record(0.1, 0.2), [Of(Methods.Smile, 0.5, 0, 0.5)]).AtCalibrated());

        static CellResult Calibrated(CellResult cell, double dice)
        {
            CellResult other = Of(cell.Label, cell.Alpha, cell.Split, dice);
            return cell with { Calibrated = new CalibratedScore([0.3, 0.5], other.Dice, other.Average, other.Cases) };
        }
    }

    [Fact]
    public void Numbers_of_training_cases_are_compared_apart()
    {
        CellResult[] cells = [.. new[] { 8, 24 }.SelectMany(n => new[]
        {
            Of(Methods.Smile, 0.5, 0, n / 100.0 + 0.2) with { TrainCases = n }, Of(Methods.Baseline, 0.5, 0, 0.2) with { TrainCases = n },
        })];
        StudyResults results = StudyResults.Of(Record(0.1, 0.2), cells);
        Assert.Equal([(8, 0.08), (24, 0.24)], results.Differences.Where(d => d.Organ == StudyResults.AverageName)
            .Select(d => (d.TrainCases, Math.Round(d.Mean, 12))));
        Assert.Equal([0.28, 0.2], results.At(8).Dice.Where(d => d.Organ == "liver").Select(d => Math.Round(d.Mean, 12)));
    }
}
