using System.Text.Json.Serialization;
using Smile.Net.Evaluation;

namespace Smile.Host.Experiments;

/// <summary>Dice of a curve at one alpha, over the splits.</summary>
/// <param name="Label">The variant.</param>
/// <param name="Alpha">Share dropped.</param>
/// <param name="Organ">An organ, or "average".</param>
/// <param name="Mean">Over splits.</param>
/// <param name="Deviation">Sample standard deviation over splits.</param>
/// <param name="Splits">How many.</param>
internal sealed record DiceSummary(string Label, double Alpha, string Organ, double Mean, double Deviation, int Splits)
{
    /// <inheritdoc cref="Cell.TrainCases"/>
    public int TrainCases { get; init; }

    [JsonIgnore]
    public StudyPoint Point => new(TrainCases, Alpha, Label);

    /// <summary>One standard deviation below the mean, as far as Dice goes; the mean where there is none.</summary>
    [JsonIgnore]
    public double Low => Math.Max(0, Mean - Spread);

    /// <summary>As <see cref="Low"/>, above.</summary>
    [JsonIgnore]
    public double High => Math.Min(1, Mean + Spread);

    private double Spread => double.IsFinite(Deviation) ? Deviation : 0;
}

/// <summary>Pseudo labels of one round against the hidden truth: means over the splits.</summary>
internal sealed record RoundSummary(
    string Label, double Alpha, int Round, double Gamma, string Organ, double Added, double Precision, double PrecisionDeviation,
    double Recall, double RecallDeviation, int Splits)
{
    /// <inheritdoc cref="Cell.TrainCases"/>
    public int TrainCases { get; init; }
}

/// <summary>What a study's cells come to at one kind of threshold, as <see cref="StudyResults"/> has it.</summary>
internal sealed record ThresholdResults(
    IReadOnlyList<DiceSummary> Dice, IReadOnlyList<VoxelSummary> Voxels, IReadOnlyList<Difference> Differences);

/// <summary>results.json: the study, its cells without pictures, and what they come to.</summary>
internal sealed record StudyResults
{
    /// <summary>The name of the mean over organs.</summary>
    public const string AverageName = "average";

    public required StudyRecord Study { get; init; }

    public required IReadOnlyList<CellResult> Cells { get; init; }

    public required IReadOnlyList<DiceSummary> Dice { get; init; }

    /// <summary>Predicted against true volumes; empty where all cells are of versions that kept no voxels.</summary>
    public required IReadOnlyList<VoxelSummary> Voxels { get; init; }

    public required IReadOnlyList<Difference> Differences { get; init; }

    public required IReadOnlyList<RoundSummary> Rounds { get; init; }

    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>The same at calibrated thresholds; null where no cell has any.</summary>
    public ThresholdResults? Calibrated { get; init; }

    /// <summary>The results at calibrated thresholds in place of those at 1/2; null where there are none.</summary>
    public StudyResults? AtCalibrated() => Calibrated is null ? null : this with
    {
        Cells = [.. Cells.Select(c => c.AtCalibrated()).OfType<CellResult>()],
        Dice = Calibrated.Dice,
        Voxels = Calibrated.Voxels,
        Differences = Calibrated.Differences,
        Calibrated = null,
    };

    /// <summary>The organs' names and that of their mean: the columns of a table of Dice.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Columns => [.. Study.Organs, AverageName];

    /// <summary>Takes the means.</summary>
    /// <param name="study">The study.</param>
    /// <param name="cells">Finished ones, shared results included.</param>
    public static StudyResults Of(StudyRecord study, IReadOnlyList<CellResult> cells)
    {
        var points = Points(study, cells);
        var (dice, voxels, differences) = Scores(study, points);
        CellResult[] calibrated = [.. cells.Select(c => c.AtCalibrated()).OfType<CellResult>()];
        ThresholdResults? atCalibrated = calibrated.Length > 0 ? Scores(study, Points(study, calibrated)) : null;
        return new StudyResults
        {
            Study = study,
            Cells = [.. cells.Select(c => c with { Slices = [] })],
            Dice = dice,
            Voxels = voxels,
            Differences = differences,
            Calibrated = atCalibrated,
            Rounds = [.. points.SelectMany(p => RoundsOf(p.Key, p.Value))],
            Expectations = [.. Expectation.All(study, differences, atCalibrated?.Differences ?? [], cells)],
        };
    }

    private static Dictionary<StudyPoint, IReadOnlyList<CellResult>> Points(StudyRecord study, IReadOnlyList<CellResult> cells) =>
        cells.GroupBy(StudyPoint.Of).OrderBy(g => Order(g.Key.Label, study)).ThenBy(g => g.Key.TrainCases)
            .ThenBy(g => g.Key.Alpha).ToDictionary(g => g.Key, g => (IReadOnlyList<CellResult>)[.. g.OrderBy(c => c.Split)]);

    private static ThresholdResults Scores(StudyRecord study, Dictionary<StudyPoint, IReadOnlyList<CellResult>> points)
    {
        string[] columns = [.. study.Organs, AverageName];
        return new ThresholdResults(
            [.. points.SelectMany(p => columns.Select((organ, k) => Dices(p.Key, p.Value, organ, k)))],
            [.. points.Where(p => p.Value.Any(c => c.Cases.Any(each => each.Voxels is not null)))
                .SelectMany(p => columns.Select((organ, k) => VoxelSummary.Of(p.Key, p.Value, k, organ)))],
            [.. Difference.All(study, points)]);
    }

    /// <summary>
    /// The part of a study with one number of training cases, which figures and tables show at a time; the whole where it has one.
    /// </summary>
    public StudyResults At(int trainCases) => this with
    {
        Study = Study with { Cells = [.. Study.Cells.Where(c => c.TrainCases == trainCases)] },
        Cells = [.. Cells.Where(c => c.TrainCases == trainCases)],
        Dice = [.. Dice.Where(d => d.TrainCases == trainCases)],
        Voxels = [.. Voxels.Where(v => v.TrainCases == trainCases)],
        Differences = [.. Differences.Where(d => d.TrainCases == trainCases)],
        Calibrated = Calibrated is null ? null : new ThresholdResults(
            [.. Calibrated.Dice.Where(d => d.TrainCases == trainCases)], [.. Calibrated.Voxels.Where(v => v.TrainCases == trainCases)],
            [.. Calibrated.Differences.Where(d => d.TrainCases == trainCases)]),
        Rounds = [.. Rounds.Where(r => r.TrainCases == trainCases)],
    };

    /// <summary>The order in which a study lists its variants.</summary>
    private static int Order(string label, StudyRecord study) =>
        study.Cells.Select(c => c.Label).Distinct().ToList().IndexOf(label);

    private static DiceSummary Dices(StudyPoint point, IReadOnlyList<CellResult> cells, string organ, int k)
    {
        double[] values = [.. cells.Select(c => k < c.Dice.Count ? c.Dice[k] : c.Average)];
        return new DiceSummary(point.Label, point.Alpha, organ, Statistics.Mean(values), Statistics.Deviation(values), values.Length)
        {
            TrainCases = point.TrainCases,
        };
    }

    private static IEnumerable<RoundSummary> RoundsOf(StudyPoint point, IReadOnlyList<CellResult> cells) =>
        cells.SelectMany(c => c.Rounds).GroupBy(r => (r.Round, r.Organ)).Select(g => new RoundSummary(
            point.Label, point.Alpha, g.Key.Round, g.First().Gamma, g.Key.Organ, Statistics.Mean(g.Select(r => (double)r.Added)),
            Statistics.Mean(g.Select(r => r.Precision)), Statistics.Deviation(g.Select(r => r.Precision)),
            Statistics.Mean(g.Select(r => r.Recall)), Statistics.Deviation(g.Select(r => r.Recall)), g.Count())
        {
            TrainCases = point.TrainCases,
        });
}
