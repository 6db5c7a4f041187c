using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>Voxels of one organ in one test case.</summary>
/// <param name="Right">Predicted as the organ and the organ.</param>
/// <param name="Predicted">Predicted as the organ.</param>
/// <param name="Reference">The organ.</param>
internal sealed record OrganVoxels(long Right, long Predicted, long Reference);

/// <summary>
/// What a Dice is made of, from the voxels of all test cases of a split together: the predicted volume over the true one, precision and
/// recall. Volume is recall over precision; above 1 the organ is over-predicted.
/// </summary>
/// <param name="Volume">Predicted over true voxels; NaN where there are no true ones.</param>
/// <param name="Precision">Share of the predicted voxels that are the organ; NaN where nothing is predicted.</param>
/// <param name="Recall">Share of the organ's voxels that are predicted; NaN where there are none.</param>
internal readonly record struct VoxelScore(double Volume, double Precision, double Recall)
{
    /// <summary>Of a cell; NaN where it was made by a version that kept no voxels.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="organ">From 0; the number of organs for the mean over them.</param>
    public static VoxelScore Of(CellResult cell, int organ)
    {
        if (organ == cell.Dice.Count)
        {
            VoxelScore[] each = [.. Enumerable.Range(0, organ).Select(k => Of(cell, k))];
            return new VoxelScore(Statistics.Mean(each.Select(s => s.Volume)), Statistics.Mean(each.Select(s => s.Precision)),
                Statistics.Mean(each.Select(s => s.Recall)));
        }

        OrganVoxels[] voxels = [.. cell.Cases.Where(c => c.Voxels is not null).Select(c => c.Voxels![organ])];
        double right = voxels.Sum(v => v.Right), predicted = voxels.Sum(v => v.Predicted), reference = voxels.Sum(v => v.Reference);
        return new VoxelScore(reference > 0 ? predicted / reference : double.NaN, right / predicted, right / reference);
    }
}

/// <summary><see cref="VoxelScore"/> of a curve at one alpha: mean and sample standard deviation over the splits.</summary>
internal sealed record VoxelSummary(
    string Label, double Alpha, string Organ, double Volume, double VolumeDeviation, double Precision, double PrecisionDeviation,
    double Recall, double RecallDeviation)
{
    /// <inheritdoc cref="Cell.TrainCases"/>
    public int TrainCases { get; init; }

    /// <summary>Of an organ, or of the mean over them.</summary>
    /// <param name="point">The cells' variant, alpha and number of training cases.</param>
    /// <param name="cells">One a split.</param>
    /// <param name="organ">From 0; the number of organs for the mean.</param>
    /// <param name="name">The organ's.</param>
    public static VoxelSummary Of(StudyPoint point, IReadOnlyList<CellResult> cells, int organ, string name)
    {
        VoxelScore[] scores = [.. cells.Select(cell => VoxelScore.Of(cell, organ))];
        double[] volume = [.. scores.Select(s => s.Volume)], precision = [.. scores.Select(s => s.Precision)],
            recall = [.. scores.Select(s => s.Recall)];
        return new VoxelSummary(point.Label, point.Alpha, name, Statistics.Mean(volume), Statistics.Deviation(volume),
            Statistics.Mean(precision), Statistics.Deviation(precision), Statistics.Mean(recall), Statistics.Deviation(recall))
        {
            TrainCases = point.TrainCases,
        };
    }
}
