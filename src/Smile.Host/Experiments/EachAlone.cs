using System.Globalization;
using Smile.Kernels.Hashing;
using Smile.Net.Data;
using Smile.Net.Evaluation;
using Smile.Net.Settings;

namespace Smile.Host.Experiments;

/// <summary>
/// A cell in which each organ is learnt by a model of its own, as people do who have a data set an organ: one part a model, and of each
/// model the organ that it was taught.
/// </summary>
internal static class EachAlone
{
    /// <summary>The parts, in the order of the organs; together they make as many updates as any other cell.</summary>
    public static Cell[] Parts(Cell cell, Study study, OrganSet organs)
    {
        RunSettings whole = cell.Settings(study);
        string[] share =
        [
            string.Create(CultureInfo.InvariantCulture, $"train.steps={Math.Max(1, whole.Train.Steps / organs.Count)}"),
            string.Create(CultureInfo.InvariantCulture,
                $"run.validate_every={(whole.Run.ValidateEvery + organs.Count - 1) / organs.Count}"),
        ];
        return [.. Enumerable.Range(0, organs.Count)
            .Select(organ => cell with { EachAlone = false, Only = organ, Set = [.. cell.Set, .. share] })];
    }

    /// <summary>The cell's result, of its parts.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="key">Its key.</param>
    /// <param name="parts">An organ each, tested on the same cases.</param>
    public static CellResult Join(Cell cell, string key, IReadOnlyList<CellResult> parts)
    {
        CalibratedScore[] calibrated = [.. parts.Select(p => p.Calibrated).OfType<CalibratedScore>()];
        double[] dice = Own(parts, p => p.Dice);
        return parts[0] with
        {
            Id = cell.Id,
            Key = key,
            Dice = dice,
            Average = Mean(dice),
            Cases = Cases([.. parts.Select(p => p.Cases)]),
            Calibrated = calibrated.Length < parts.Count ? null : new CalibratedScore(Own(calibrated, c => c.Thresholds),
                Own(calibrated, c => c.Dice), Mean(Own(calibrated, c => c.Dice)), Cases([.. calibrated.Select(c => c.Cases)])),
            Validations = [],
            Predictions = Sha256.Of(string.Join(' ', parts.Select(p => p.Predictions))),
            Weights = Sha256.Of(string.Join(' ', parts.Select(p => p.Weights))),
            Seconds = parts.Sum(p => p.Seconds),
            Finished = parts.Max(p => p.Finished)!,
        };
    }

    private static CaseDice[] Cases(IReadOnlyList<CaseDice>[] parts) => [.. parts[0].Select((first, i) =>
        new CaseDice(first.Case, Own(parts, p => p[i].Dice))
        {
            Voxels = first.Voxels is null ? null : Own(parts, p => p[i].Voxels!),
        })];

    /// <summary>The k-th number of the k-th part.</summary>
    private static T[] Own<TPart, T>(IReadOnlyList<TPart> parts, Func<TPart, IReadOnlyList<T>> of) => [.. parts.Select((p, k) => of(p)[k])];

    private static double Mean(double[] dice) => Statistics.Mean(dice.Where(d => !double.IsNaN(d)));
}
